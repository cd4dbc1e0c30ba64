"""Pictures as SVG documents, and made fit for a page: colours by name, ids of their own, nothing to fetch."""

import io
import re
from typing import Any
from xml.etree import ElementTree

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from lab6.report.style import COLOURS

LIGHT, DARK = 0, 1
"""Where each colour of a scheme is in :data:`lab6.report.style.COLOURS`."""

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
HREF = f"{{{XLINK}}}href"
GEOMETRY = ("d", "x", "y", "transform", "width", "height")
"""Attributes of matplotlib's SVG that hold coordinates."""

ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def render(figure: Figure) -> str:
    """The picture as an SVG document in the colours of light paper; the same bytes for the same picture."""
    buffer = io.StringIO()
    canvas: Any = FigureCanvasSVG(figure)  # savefig would draw the figure twice, the first time only to measure it
    canvas.print_svg(buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    document = ElementTree.fromstring(buffer.getvalue())
    for element in document.iter():
        for name in GEOMETRY:
            if name in element.attrib:  # a hundredth of a point is small enough
                element.set(name, re.sub(r"(\.\d{2})\d+", r"\1", element.attrib[name]))
    return ElementTree.tostring(document, encoding="unicode")


def dark(document: str) -> str:
    """The same document in the colours of dark paper."""
    root = ElementTree.fromstring(document)
    _recolour(root, dict(COLOURS.values()))
    return ElementTree.tostring(root, encoding="unicode")


def inline(document: str, name: str, description: str) -> str:
    """The ``<svg>`` element to put into a page, where colours are the page's variables, such as ``var(--series-1)``.

    ``name`` keeps its ids apart from those of other pictures; ``description`` is what a screen reader says.
    """
    root = ElementTree.fromstring(document)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):  # a style would be the whole page's
                parent.remove(child)
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", f"{name}-{element.get('id')}")
        if HREF in element.attrib:  # of something in the same document, or of an image with its data
            address = element.attrib.pop(HREF)
            element.set("href", f"#{name}-{address[1:]}" if address.startswith("#") else address)
        for attribute in ("clip-path", "style"):
            if attribute in element.attrib:
                element.set(attribute, element.attrib[attribute].replace("url(#", f"url(#{name}-"))
    _recolour(root, {light: f"var(--{colour})" for colour, (light, _) in COLOURS.items()})
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.set("role", "img")
    root.set("aria-label", description)
    return ElementTree.tostring(root, encoding="unicode").replace(f' xmlns="{SVG}"', "", 1)


def _recolour(root: ElementTree.Element, colours: dict[str, str]) -> None:
    """Give other ``colours`` to what is drawn; words stay as they are."""
    pattern = re.compile("|".join(colours))
    for element in root.iter():
        if "style" in element.attrib:
            element.set("style", pattern.sub(lambda found: colours[found[0]], element.attrib["style"]))
