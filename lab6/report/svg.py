"""Pictures as SVG documents, and made fit for a page: colours by name, ids of their own, nothing to fetch."""

import io
import re
from typing import Any

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from lab6.report.style import COLOURS

LIGHT, DARK = 0, 1
"""Where each colour of a scheme is in :data:`lab6.report.style.COLOURS`."""


def render(figure: Figure) -> str:
    """The picture as an SVG document in the colours of light paper; the same bytes for the same picture."""
    buffer = io.StringIO()
    canvas: Any = FigureCanvasSVG(figure)  # savefig would draw the figure twice, the first time only to measure it
    canvas.print_svg(buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return re.sub(r"(\d\.\d{2})\d+", r"\1", buffer.getvalue())  # a hundredth of a point is small enough


def dark(document: str) -> str:
    """The same document in the colours of dark paper."""
    return _recoloured(document, dict(COLOURS.values()))


def inline(document: str, name: str, description: str) -> str:
    """The ``<svg>`` element to put into a page, where colours are the page's variables, such as ``var(--series-1)``.

    ``name`` keeps its ids apart from those of other pictures; ``description`` is what a screen reader says, and must be
    escaped already.
    """
    element = document[document.index("<svg") :]
    element = re.sub(r"<(metadata|style)\b.*?</\1>", "", element, flags=re.DOTALL)
    element = re.sub(r'(\bid=")', rf"\1{name}-", element)
    element = re.sub(r'(href="#|url\(#)', rf"\1{name}-", element)
    element = re.sub(
        r'^<svg [^>]*?(viewBox="[^"]*")[^>]*>', rf'<svg \1 role="img" aria-label="{description}">', element
    )
    element = element.replace("xlink:href", "href")
    return _recoloured(element, {light: f"var(--{name})" for name, (light, _) in COLOURS.items()})


def _recoloured(text: str, colours: dict[str, str]) -> str:
    return re.sub("|".join(colours), lambda found: colours[found[0]], text)
