import base64
import dataclasses
import hashlib
import html.parser
import re

import numpy as np
import pytest
from PIL import Image

from lab6.render import style
from lab6.report import page
from tests import saved
from tests.check.sides import checked
from tests.report.conftest import LEFT_OUT
from tests.samples import (
    DRAWN,
    FIFTY,
    LONG,
    OVER_TIME,
    SAMPLES,
    TO_TARGET,
    document,
    found,
    machines,
    pictures,
    plain_page,
    sample,
    ways,
    without_pictures,
)

VOID = {"meta", "link", "br", "img", "path", "use", "image"}


class Elements(html.parser.HTMLParser):
    """All elements of a page in their order: name and attributes. Raises AssertionError where one is not closed."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, name, attributes):
        self.found.append((name, dict(attributes)))
        if name not in VOID:
            self.open.append(name)

    def handle_startendtag(self, name, attributes):
        self.found.append((name, dict(attributes)))

    def handle_endtag(self, name):
        if name not in VOID:
            assert self.open.pop() == name, f"{name} closes another"

    def values(self, attribute):
        return [attributes[attribute] for _, attributes in self.found if attribute in attributes]


@pytest.fixture(scope="module")
def elements(report):
    return Elements(report.html)


def words(shown):
    """What a page says, without its markup: the page of a sample, or of findings without pictures."""
    text = plain_page(shown) if isinstance(shown, str) else without_pictures(shown)
    text = re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", text).split()))


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "crowded"])
def test_every_page_is_well_formed(name):
    found = Elements(plain_page(name))
    headings = [int(tag[1]) for tag, _ in found.found if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert max(np.diff(headings)) <= 1


def test_nothing_is_loaded_from_anywhere(report, elements):
    for attribute in ("src", "href", "action", "data", "poster", "srcset", "xlink:href"):
        for value in elements.values(attribute):
            assert value.startswith(("#", "data:")), f"{attribute}={value}"
    assert not re.findall(r"@import|url\((?!#)|https?://", report.html)


def test_the_policy_allows_the_page_s_own_script_only(report, elements):
    (policy,) = [own["content"] for _, own in elements.found if own.get("http-equiv") == "Content-Security-Policy"]
    (script,) = re.findall(r"<script>(.*?)</script>", report.html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert {rules[name] for name in rules} <= {"'none'", "data:", "'unsafe-inline'", f"'sha256-{digest}'"}
    assert not [name for _, own in elements.found for name in own if name.startswith("on")]


def test_ids_are_unique_and_links_lead_to_them(elements):
    ids = elements.values("id")
    assert len(ids) == len(set(ids)) > 100
    inside = [value[1:] for value in elements.values("href") if value.startswith("#")]
    assert set(inside) <= set(ids)
    assert {"answer", "pictures", "tables", "lab", "machines", "how", "left-out"} <= set(inside)


def test_each_picture_is_there_for_wide_and_narrow_paper_and_says_what_it_is(report, elements):
    svgs = [own for name, own in elements.found if name == "svg"]
    assert len(svgs) == 2 * len((*DRAWN, *TO_TARGET, *OVER_TIME))
    assert {own["role"] for own in svgs} == {"img"}
    for picture in pictures(report.findings).values():
        assert len([own for own in svgs if own["aria-label"].startswith(f"{picture.title}. ")]) == 2


@pytest.mark.parametrize(("name", "most"), [("crowded", 3_000_000), ("fifty machines", 5_000_000)])
def test_a_page_of_many_machines_is_no_larger_than_a_few_megabytes(name, most):
    shown = page.pictures_of(sample(name))
    every = [own for part in shown.values() for own in part]
    drawn = {own.name: {layout.name: document(name, own.name, layout.name) for layout in own.layouts} for own in every}
    text = page.render(sample(name), shown, drawn)
    assert text.count("<svg") == sum(map(len, drawn.values()))
    assert len(text.encode()) < most


def test_a_table_of_very_many_rows_is_in_the_csv_only(monkeypatch):
    findings = found(saved.run())
    assert words(findings).count("Data as a table") == 4
    monkeypatch.setattr(page, "MOST_ROWS", 8)
    assert words(findings).count("Data as a table") == 3
    assert "Data as CSV (9 rows)" in words(findings)


def test_the_page_gives_the_answer_first(report):
    title = re.search("<title>(.*)</title>", report.html)[1]
    assert title == f"lab6: start with minibatch size {report.findings.answer.headline.batch_size}"
    (heading,) = re.findall("<h1>(.*?)</h1>", report.html, re.DOTALL)
    start = r"<strong>Start with minibatch size 1?0+( \(not distinguished from [^<]*\))?"
    assert re.fullmatch(start + r'<span class="quiet">: </span></strong>with \w+ on .*', heading)


def test_budgets_are_answered_where_they_are_asked_for(report):
    answered = re.findall(r"<p>(Within 0\.5 s, .*?)</p>", report.html)
    assert len(answered) == len(report.findings.answer.starts) == 6
    assert "<p>Within" not in plain_page("one machine")


def test_what_was_left_out_is_said_and_linked(report):
    text = html.unescape(re.sub(r".*<section id=\"left-out\">", "", report.html, flags=re.DOTALL))
    for sentence in LEFT_OUT:
        assert sentence in text
    assert "<b>Expecting" not in report.html
    assert report.html.count('href="#left-out"') == 2
    assert "left-out" not in plain_page("one machine")


def test_the_lab_report_alone_is_not_put_beside_itself():
    assert "own numbers. pytest benchmarks --benchmark-save measures" in words("lab report")
    assert "report measured five sizes by hand" not in words("lab report")
    assert "report measured five sizes by hand" in words("beside the lab report")


OWN = {
    "dataset": "clothes",
    "network": None,
    "model": "convnet",
    "model_digest": "sha256:1",
    "parameter_count": 34_826,
    "optimizer": "mine",
    "optimizer_digest": "sha256:2",
    "learning_rate": None,
}
"""The fields of one's own network, optimizer and data."""


@pytest.mark.parametrize(
    ("runs", "sentences"),
    [
        (
            [saved.run(dataset="digits")],
            ["Trained on the data set digits, not on MNIST.", "so the accuracies are not comparable"],
        ),
        ([saved.run(others={100: [0.0, 1.0, 0.0]})], ["3 (1 disturbed)"]),
        (
            [saved.run(network=[784, 256, 64, 10])],
            ["784-256-64-10, float32, trained with adam, learning rate 0.001", "784 x 256 + 256 200,960"],
        ),
        (
            [saved.run(**OWN)],
            [
                "The network convnet has 34,826 parameters that are trained; lab6 parameters --model PLACE writes",
                "these are of the network convnet on clothes, so neither times nor accuracies are comparable",
                "convnet, float32, trained with mine Clock",
            ],
        ),
        (ways(limit_seconds=0.05), ["Side by side: epoch (s)", "Side by side: test accuracy", "lab6 roofline"]),
    ],
    ids=["data set", "disturbed", "network", "one's own", "ways and limit"],
)
def test_what_is_special_about_runs_is_said_and_only_then(runs, sentences):
    special, plain = words(found(*runs)), words(found(saved.run(others={100: [0.0] * 3})))
    assert [sentence for sentence in sentences if sentence not in special or sentence in plain] == []


def test_a_label_is_never_markup():
    label = f'"><img src=x onerror=alert(1)> {LONG}'
    text = without_pictures(found(*machines([label, "other"], ["fit"])))
    assert not [own for name, own in Elements(text).found if name == "img" or "onerror" in own]
    assert label in html.unescape(text)


def test_the_folder_has_each_picture_in_all_forms(report):
    forms = [
        f"{picture}{form}"
        for picture in (*DRAWN, *TO_TARGET, *OVER_TIME)
        for form in (".svg", "-dark.svg", ".png", ".csv")
    ]
    assert sorted(path.name for path in (report.folder / "figures").iterdir()) == sorted(forms)
    assert sorted(path.name for path in report.folder.iterdir()) == ["figures", "report.html"]


@pytest.mark.parametrize("picture", DRAWN)
def test_a_png_shows_the_picture_at_print_resolution_and_a_csv_has_a_row_for_each_of_its_points(report, picture):
    with Image.open(report.folder / "figures" / f"{picture}.png") as image:
        assert image.width == 7.8 * 200
        pixels = np.asarray(image.convert("RGB"))
    assert 0.01 < (pixels != 255).any(axis=2).mean() < 0.5
    for colour in ("series-1", "series-2", "series-3"):  # one for each machine
        ink = np.array([int(style.colour(colour)[place : place + 2], 16) for place in (1, 3, 5)])
        assert (pixels == ink).all(axis=2).any(), colour
    header, *rows = (report.folder / "figures" / f"{picture}.csv").read_text().splitlines()
    data = pictures(report.findings)[picture].data
    assert header == ",".join(data.columns)
    assert len(rows) == len(data) > 0


def test_svg_files_are_for_light_and_for_dark_paper(report):
    light, dark = ((report.folder / "figures" / f"rounds{form}.svg").read_text() for form in ("", "-dark"))
    assert "fill: #ffffff" in light
    assert "fill: #14181d" in dark
    assert "#ffffff" not in dark


def test_a_page_of_a_single_size_recommends_none():
    text = words("one size")
    assert text.startswith("lab6: minibatch size 100 ")
    assert "tart with minibatch" not in text
    assert "start here" not in text


def test_a_page_of_fifty_machines_says_which_are_in_colour_and_lists_them_all():
    text = words("fifty machines")
    assert "Of 50 machines, pictures show 3 in colour" in text
    assert all(label in text for label in FIFTY)
    assert "in colour" not in words("several machines")


def test_a_check_has_a_section_with_its_verdict_and_tables():
    against = dataclasses.replace(sample("several machines"), check=checked(2.0))
    text = without_pictures(against)
    assert 'href="#check"' in text
    section = text.partition('<section id="check">')[2].partition("</section>")[0]
    for said in ("with compiled on cpu takes 2 times as long.", "Speed, compiled on cpu", "Learning, compiled on cpu"):
        assert said in section
    assert 'id="check"' not in plain_page("several machines")


def test_machines_are_compared_if_there_are_several_and_explained():
    several, alone = plain_page("several machines"), plain_page("one machine")
    assert all(said in several for said in ("Machines compared", "on average", "Machine cards"))
    assert "Machines compared" not in alone
    assert "Machine cards" in alone
