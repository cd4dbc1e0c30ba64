"""The page in a real browser: Debian's Chromium, driven by Playwright."""

import base64
import re

import pytest

from tests.report.conftest import NARROW, WIDE, needs
from tests.samples import DRAWN, ODD, OVER_TIME, TO_TARGET

SIZES = "#table-sizes"
"""The table of every minibatch size."""

SHORTEN = """() => {
    document.querySelectorAll("details").forEach((own) => own.open = true);
    document.querySelectorAll("tbody").forEach((body) => [...body.rows].slice(8).forEach((row) => row.remove()));
    document.querySelectorAll("svg path, svg use").forEach((own) => own.remove());
}"""
"""Opens what can be opened, and leaves out what only repeats itself: axe looks at each element, which takes time."""


@pytest.fixture
def window(look):
    """The page in a wide, light window."""
    return look()


def style(page, selector, name):
    """A computed style of the first element that the selector finds."""
    return page.locator(selector).first.evaluate(f"element => getComputedStyle(element).{name}")


def column(page, table, heading):
    """What a column shows, from top to bottom."""
    return page.locator(table).evaluate(
        """(table, heading) => {
            const headings = [...table.querySelectorAll("th")].map((cell) => cell.textContent.trim());
            const rows = [...table.querySelectorAll("tbody tr")];
            return rows.map((row) => row.cells[headings.indexOf(heading)].textContent.trim());
        }""",
        heading,
    )


def orders(page, table):
    """By which headings a table is sorted, and how."""
    return page.locator(table).evaluate(
        """table => Object.fromEntries([...table.querySelectorAll("th[aria-sort]")].map(
            (cell) => [cell.textContent.trim(), cell.getAttribute("aria-sort")]))"""
    )


def numbers(texts):
    """The first number of each text; None where there is a dash."""
    return [None if text == "-" else float(text.split()[0].replace(",", "")) for text in texts]


def heading(page, name, table=SIZES):
    return page.locator(f'{table} th button:text-is("{name}")')


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_a_missing_browser_is_told_and_fails_in_ci_only(monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="^the page is tested in a browser, but there is none: install one$"):
        needs("but there is none", "install one")


def test_opening_asks_for_nothing_complains_of_nothing_and_a_label_that_looks_like_a_script_is_text(window, report):
    requests = [text for text in window.trouble if not text.startswith("request: data:")]
    assert requests == [f"request: {report.page.as_uri()}"]  # no dialog and no error either
    assert window.title().startswith("lab6: start with minibatch size ")
    assert ODD in column(window, SIZES, "machine")
    assert ODD in window.locator("#throughput-accuracy .wide svg text").all_text_contents()
    assert window.locator("script").count() == 1


def test_a_click_sorts_numbers_as_numbers_upwards_and_downwards(window):
    before, rows = numbers(column(window, SIZES, "images/s")), window.locator(f"{SIZES} tbody tr")
    texts = rows.all_inner_texts()
    assert before != sorted(before) != sorted(before, key=str)
    for order, downwards in (("ascending", False), ("descending", True)):
        heading(window, "images/s").click()
        assert orders(window, SIZES) == {"images/s": order}
        assert numbers(column(window, SIZES, "images/s")) == sorted(before, reverse=downwards)
    assert sorted(rows.all_inner_texts()) == sorted(texts)  # rows stay whole


def test_what_is_not_known_stays_last(window):
    expected = [0.4] * 5 + [12.5] * 5
    for direction in (expected, expected[::-1]):
        heading(window, "compile (s)").click()
        assert numbers(column(window, SIZES, "compile (s)")) == direction + [None] * 20


def test_texts_are_sorted_as_texts_and_only_one_column_is_said_to_be_sorted(window):
    for name in ("minibatch size", "verdict"):  # as a screen reader calls them too: without the arrow
        window.locator(SIZES).get_by_role("button", name=name, exact=True).click()
    assert orders(window, SIZES) == {"verdict": "ascending"}
    verdicts = column(window, SIZES, "verdict")
    assert verdicts == sorted(verdicts)
    assert set(verdicts) == {"dominated", "frontier", "start here"}


def test_the_keyboard_sorts_too(window):
    window.locator(f"{SIZES} .scroll").focus()
    focused = "document.activeElement.textContent"
    window.keyboard.press("Tab")
    assert window.evaluate(focused) == "machine"
    window.keyboard.press("Enter")
    assert orders(window, SIZES) == {"machine": "ascending"}
    window.keyboard.press("Enter")
    assert orders(window, SIZES) == {"machine": "descending"}
    window.keyboard.press("Tab")
    assert window.evaluate(focused) == "method"
    window.keyboard.press("Space")
    assert orders(window, SIZES) == {"method": "ascending"}
    methods = column(window, SIZES, "method")
    assert methods == sorted(methods)


def test_the_skip_link_leads_past_the_navigation(window):
    link = window.locator("a.skip")
    assert link.bounding_box()["x"] < 0
    window.keyboard.press("Tab")
    assert window.evaluate("document.activeElement.className") == "skip"
    assert link.bounding_box()["x"] > 0
    window.keyboard.press("Enter")
    window.keyboard.press("Tab")
    assert window.evaluate("document.activeElement.closest('#answer') !== null")


def test_dark_changes_paper_ink_and_pictures(window):
    drawing = "#throughput-accuracy .wide svg"
    parts = [
        ("body", "backgroundColor"),
        ("body", "color"),
        ("figure", "backgroundColor"),
        ("td", "color"),
        (f"{drawing} text", "fill"),
        (f"{drawing} #throughput-accuracy-wide-patch_1 path", "fill"),
        (f"{drawing} [style*='--series-1']", "stroke"),
    ]
    light = [style(window, *part) for part in parts]
    window.emulate_media(color_scheme="dark")
    dark = [style(window, *part) for part in parts]
    assert not [part for part, one, other in zip(parts, light, dark, strict=True) if one == other]
    assert dark[4] == "rgb(232, 235, 239)"


@pytest.mark.parametrize(("viewport", "shown"), [(WIDE, "wide"), (NARROW, "narrow")])
def test_each_paper_has_its_drawings_and_nothing_overflows(look, viewport, shown):
    page = look(viewport=viewport)
    for layout in ("wide", "narrow"):
        drawings = page.locator(f".drawing.{layout}").all()
        assert len(drawings) == len((*DRAWN, *TO_TARGET, *OVER_TIME))
        assert {drawing.is_visible() for drawing in drawings} == {layout == shown}
    for opened in (False, True):
        page.evaluate("opened => document.querySelectorAll('details').forEach((own) => own.open = opened)", opened)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(look, scheme, viewport):
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        needs("but axe is not installed", "pip install -e '.[dev]'")
    page = look(color_scheme=scheme, viewport=viewport)
    page.evaluate(SHORTEN)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response
    assert len(found["passes"]) > 20
    serious = [own for own in found["violations"] if own["impact"] in ("serious", "critical")]
    assert not [f"{own['id']}: {node['html'][:150]}" for own in serious for node in own["nodes"]]


def test_print_has_no_navigation_and_is_light(look):
    page = look(color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    for selector in ("header nav", "a.skip", ".data"):
        assert not page.locator(selector).first.is_visible(), selector
    assert style(page, "body", "backgroundColor") == "rgb(255, 255, 255)"
    assert style(page, "body", "color") == "rgb(26, 31, 38)"
    assert style(page, "#throughput-accuracy .wide svg text", "fill") == "rgb(26, 31, 38)"
    assert page.locator(".drawing.wide").first.is_visible()


def test_a_picture_s_data_are_downloaded_as_in_the_folder(window, report):
    for link in window.locator("a[download]").all():
        name, address = link.get_attribute("download"), link.get_attribute("href")
        content = base64.b64decode(re.fullmatch("data:text/csv;base64,(.*)", address)[1])
        assert content == (report.folder / "figures" / name).read_bytes()
    with window.expect_download() as download:
        window.locator("a[download='budget.csv']").click()
    assert download.value.path().read_bytes() == (report.folder / "figures" / "budget.csv").read_bytes()
