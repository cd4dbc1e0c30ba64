import csv
import io
import json

import pytest
from markdown_it import MarkdownIt

from lab6.report import formats
from lab6.start import words
from tests import saved
from tests.samples import ODD, SAMPLES, found, machines, measured, sample


def parsed(findings):
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    return json.loads(formats.as_json(findings), parse_constant=refuse)


def cells(markdown, title):
    """The cells of a table, row for row and without its heading, as Markdown is read."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    titles = [place for place, token in enumerate(tokens) if token.content == title]
    rows = []
    for before, token in zip(tokens[titles[0] :], tokens[titles[0] + 1 :], strict=False):
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline" and before.type in ("td_open", "th_open"):
            rows[-1].append("".join(child.content for child in token.children))
        if token.type == "table_close":
            return rows[1:]
    raise AssertionError(f"no table {title}")


def seen(line):
    """What a reader sees of a line of Markdown."""
    (token,) = MarkdownIt("commonmark").parseInline(line)
    assert "html_inline" not in [child.type for child in token.children]
    return "".join(child.content for child in token.children)


@pytest.mark.parametrize("name", SAMPLES)
def test_json_has_no_number_that_json_does_not_know(name):
    document = parsed(sample(name))
    assert document["answer"].startswith("Minibatch size 100 is" if name == "one size" else "Start with minibatch size")
    assert all(row["seconds"] > 0 for series in document["series"] for row in series["sizes"])


def test_json_says_what_was_found():
    document = parsed(found(saved.run(processes=3), left_out=["one.json is damaged"], budget=0.7))
    assert list(document)[:6] == ["work", "answer", "reasons", "accuracy", "tolerance", "budget"]
    keys = ["series", "disturbed", "cut_off", "left_out", "to_target", "scaling", "history", "check"]
    assert list(document)[6:] == keys
    assert document["disturbed"] == document["cut_off"] == []
    assert document["accuracy"] == "test_accuracy"
    assert document["tolerance"] == 0.01
    assert document["budget"] == 0.7
    assert document["left_out"] == ["one.json is damaged"]
    (series,) = document["series"]
    sizes = series.pop("sizes")
    assert 0.7 < series.pop("share_of_draws") < 0.95
    assert series == {
        "setup": "here",
        "method": "compiled",
        "start_with": 100,
        "within_tolerance": [10, 100],
        "not_distinguished_from": [10],
        "best_within_budget": 60_000,
    }
    assert [row["batch_size"] for row in sizes] == [10, 100, 60_000]
    assert [row["seconds"] for row in sizes] == pytest.approx([4.1, 1.1, 0.53], abs=0.005)
    assert [row["dominated"] for row in sizes] == [False, False, False]


def test_json_has_null_for_what_is_not_known_and_recommends_no_single_size():
    (series,) = parsed(sample("lab report"))["series"]
    assert series["share_of_draws"] is None
    assert series["best_within_budget"] is None
    assert {row["test_accuracy"] for row in series["sizes"]} == {None}
    assert {row["seconds_low"] for row in series["sizes"]} == {None}
    assert parsed(sample("one size"))["series"][0]["start_with"] is None


def test_json_has_a_series_for_each_machine_and_method():
    series = parsed(sample("one machine"))["series"]
    assert {own["setup"] for own in series} == {"Intel Xeon 2 cores"}
    assert [(own["method"], len(own["sizes"])) for own in series] == [("compiled", 5), ("fit", 5), ("tape", 4)]


def test_markdown_has_the_answer_and_its_reasons():
    findings = found(saved.run())
    answer = findings.answer
    headline, _, *lines = formats.as_markdown(findings).splitlines()
    assert headline == f"**{words.headline(answer, answer.headline)}**"
    reasons = words.reasons(answer, answer.headline)
    assert lines[: len(reasons)] == [f"- {sentence}" for sentence in reasons]


def test_markdown_has_a_row_a_size_and_one_a_series_and_says_what_was_left_out():
    rows = cells(formats.as_markdown(found(saved.run())), "Every minibatch size")
    assert [row[:2] for row in rows] == [["10", "frontier"], ["100", "start here"], ["60,000", "frontier"]]
    markdown = formats.as_markdown(found(measured("a"), measured("b"), left_out=["x.json is damaged"]))
    assert [row[0] for row in cells(markdown, "Which minibatch size to start with")] == ["a", "b"]
    assert markdown.endswith("\nLeft out: x.json is damaged\n")


@pytest.mark.parametrize("label", [ODD, "a|<b>", "`code` *a* _b_", "[a](b) # a", "a&lt;b", "c:\\d"])
def test_markdown_shows_a_label_as_it_is(label):
    markdown = formats.as_markdown(found(*machines(["other", label], ["fit"], batch_sizes=[100])))
    assert [row[0] for row in cells(markdown, "Which minibatch size to start with")] == ["other", label]
    assert f"with fit on {label}, one epoch" in seen(markdown.splitlines()[0])


def test_every_format_has_the_limit():
    findings = found(saved.run(limit_seconds=0.05))
    size = parsed(findings)["series"][0]["sizes"][2]
    assert (size["limit_seconds"], size["of_limit"]) == pytest.approx((0.05, 0.1))
    (_, _, row) = csv.DictReader(io.StringIO(formats.as_csv(findings)))
    assert (row["limit_seconds"], float(row["of_limit"])) == ("0.05", pytest.approx(0.1))
    assert cells(formats.as_markdown(findings), "Every minibatch size")[2][4] == "10%"
    unknown = parsed(found(saved.run()))["series"][0]["sizes"][2]
    assert (unknown["limit_seconds"], unknown["of_limit"]) == (None, None)


def test_csv_is_the_summary_and_keeps_a_label_as_it_is():
    findings = found(saved.run(machine={"label": 'a, "b"; c'}))
    rows = list(csv.DictReader(io.StringIO(formats.as_csv(findings))))
    assert list(rows[0]) == list(findings.answer.summary.sizes.columns)
    assert {row["batch_size"]: float(row["seconds"]) for row in rows} == pytest.approx(
        {"10": 4.1, "100": 1.1, "60000": 0.5}
    )
    assert {row["setup"] for row in rows} == {'a, "b"; c'}
    assert {row["compile_seconds"] for row in rows} == {""}  # not known


def test_each_format_has_a_name_and_ends_with_a_newline():
    assert list(formats.FORMATS) == ["table", "json", "markdown", "csv"]
    for form in ("json", "markdown", "csv"):
        assert formats.FORMATS[form](sample("one machine")).endswith("\n")
