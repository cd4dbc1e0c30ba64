import re
import xml.etree.ElementTree as ET

import pytest
from matplotlib.figure import Figure

from lab6.render import style, svg
from tests import samples
from tests.samples import DRAWINGS, ODD, texts

LIGHT = [light for light, _ in style.COLOURS.values()]
DARK = [dark for _, dark in style.COLOURS.values()]

RENDERED = ["one machine", "lab report", "odd labels"]
"""Samples that take every way of drawing; a document takes time."""


@pytest.fixture(scope="module")
def document():
    """Of a picture that has all there is: points, lines, labels, a legend."""
    return samples.document("one machine", "throughput-accuracy", "wide")


def written(text):
    """The SVG document of a picture of this text only."""
    with style.style():
        figure = Figure(figsize=(4, 1))
        figure.text(0.5, 0.5, text, ha="center")
        return svg.render(figure)


def colours(text):
    return set(re.findall(r"#[0-9a-f]{6}\b", text))


@pytest.mark.parametrize(("name", "picture", "layout"), [key for key in DRAWINGS if key[0] in RENDERED])
def test_every_document_is_drawn_in_the_light_colours_only(name, picture, layout):
    document = samples.document(name, picture, layout)
    ET.fromstring(document)
    assert colours(document) <= set(LIGHT)
    assert colours(svg.dark(document)) <= set(DARK)


def test_a_document_has_short_coordinates_and_says_nothing_of_when_or_with_what_it_was_made(document):
    assert "dc:date" not in document
    assert "Matplotlib" not in document
    paths = " ".join(re.findall(r' d="([^"]*)"', document))
    assert re.findall(r"\d+\.\d{2}\b", paths)
    assert not re.findall(r"\d+\.\d{3}", paths)


@pytest.mark.parametrize(
    "text",
    [
        *("0.995", "-0.0025", "TensorFlow 2.21.0 on 3.14159 GHz", "0.001", "1.5"),
        *("#ffffff", "#0b62a8", 'id="x"', 'href="#x"', "url(#x)", "xlink:href", "metadata"),
    ],
)
def test_words_that_look_like_numbers_colours_or_svg_stay_as_they_are(text):
    document = written(text)
    assert texts(document) == texts(svg.dark(document)) == texts(svg.inline(document, "a", "b")) == [text]


def test_a_text_is_no_markup():
    document = svg.inline(written(ODD), "a", "b")
    assert "<script" not in document
    assert "".join(ET.fromstring(document).itertext()).strip() == ODD


def test_dark_changes_colours_and_nothing_else(document):
    dark = svg.dark(document)
    assert colours(dark) == {own for light, own in style.COLOURS.values() if light in document}
    assert re.sub("#[0-9a-f]{6}", "", dark) == re.sub("#[0-9a-f]{6}", "", document)


def test_inline_colours_are_the_page_s_variables(document):
    element = svg.inline(document, "name", "what it shows")
    assert not colours(element)
    assert "fill: var(--paper)" in element
    assert "stroke: var(--series-1)" in element
    assert set(re.findall(r"var\(--([\w-]+)\)", element)) <= set(style.COLOURS)


def test_inline_is_one_picture_that_fits_its_place_and_has_nothing_of_a_document_of_its_own(document):
    element = svg.inline(document, "name", 'a & "b" <c>')
    root = ET.fromstring(element)
    assert root.tag == "svg"
    assert root.attrib == {"viewBox": "0 0 561.6 338.4", "role": "img", "aria-label": 'a & "b" <c>'}
    for word in ("<style", "<metadata", "<?xml", "<!DOCTYPE", "xlink", "xmlns", "http"):
        assert word not in element


def test_inline_ids_are_its_own_and_all_references_are_to_them(document):
    one, other = (svg.inline(document, name, "description") for name in ("one", "other"))
    ids, others = (re.findall(r'\bid="([^"]*)"', element) for element in (one, other))
    assert len(ids) == len(set(ids)) > 10
    assert not set(ids) & set(others)
    references = re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', one)
    assert references
    assert {"".join(reference) for reference in references} <= set(ids)
