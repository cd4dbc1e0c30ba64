"""Pictures as SVG: documents for light and dark paper, and elements for a page."""

import io
import re
from typing import Any
from xml.etree import ElementTree

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from lab6.render.style import COLOURS

LIGHT, DARK = 0, 1
"""The places of the two schemes in :data:`lab6.render.style.COLOURS`."""

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
            if name in element.attrib:  # hundredths of a point are precise enough
                element.set(name, re.sub(r"(\.\d{2})\d+", r"\1", element.attrib[name]))
    return ElementTree.tostring(document, encoding="unicode")


def dark(document: str) -> str:
    """The same document in the colours of dark paper."""
    root = ElementTree.fromstring(document)
    _recolour(root, dict(COLOURS.values()))
    return ElementTree.tostring(root, encoding="unicode")


def inline(document: str, name: str, description: str) -> str:
    """The ``<svg>`` element for a page, with the page's variables as colours, such as ``var(--series-1)``.

    ``name``: a prefix of its ids; ``description``: for screen readers.
    """
    root = ElementTree.fromstring(document)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):  # a style would apply to the whole page
                parent.remove(child)
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", f"{name}-{element.get('id')}")
        if HREF in element.attrib:  # within the document, or an image's data
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
    """Replace ``colours`` in styles; texts stay as they are."""
    pattern = re.compile("|".join(colours))
    for element in root.iter():
        if "style" in element.attrib:
            element.set("style", pattern.sub(lambda found: colours[found[0]], element.attrib["style"]))
