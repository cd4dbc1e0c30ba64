"""The fastest way to an accuracy in each form of a report."""

import json
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from lab6.report import formats
from lab6.target import words
from tests import saved
from tests.program import lab6
from tests.samples import found, machines, sample, shown, to_target, without_pictures
from tests.target.tried import STEPS, table, write

ONE = to_target(found(saved.run(processes=3)))
SEVERAL = to_target(found(*machines(["here", "there"], ["compiled", "fit"])))
FAILING = to_target(found(saved.run()), table({setting: [None] * 3 for setting in STEPS}))
RAN = saved.run({100: ([1.2, 1.3, 1.4], [0.97, 0.971, 0.9])}, learning_rate=0.004, target=0.97, evaluated_every=10)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in, with a run in results/ and a table in results/steps."""
    saved.write(tmp_path / "results" / "here" / "0001_run.json")
    write(tmp_path / "results" / "steps" / "mine.jsonl", table())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def document(*arguments):
    result = lab6("report", "--format", "json", *arguments)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("findings", [ONE, SEVERAL, FAILING], ids=["one", "several", "failing"])
def test_a_terminal_has_the_second_answer_after_the_first_in_80_columns(findings):
    lines = shown(findings).splitlines()
    text = " ".join(" ".join(lines).split())
    assert text.index(words.headline(findings.target)) > text.index("Start with minibatch size")
    assert all(reason in text for reason in findings.target_reasons)
    assert words.caveat(findings.target) in text
    assert max(map(cell_len, lines)) <= 80


def test_a_terminal_has_the_sizes_of_the_headlines_series_and_a_row_for_each_series():
    assert "To 97% with compiled on there\n" in shown(SEVERAL)
    assert "To 97% with each\n" in shown(SEVERAL)
    assert "To 97% with each" not in shown(ONE)
    assert re.search(r"^ +100 +0\.004 .* fastest$", shown(ONE), re.MULTILINE)


def test_the_page_has_the_second_answer_beside_the_first_and_a_part_of_its_own():
    page = without_pictures(ONE)
    first, rest = words.headings(ONE.target)
    assert f'<p class="second"><strong>{first}</strong>{rest} <a href="#target">' in page
    assert page.index("<h1>") < page.index('class="second"') < page.index('id="target"') < page.index('id="pictures"')
    part = page[page.index('<section id="target">') : page.index('<section id="pictures">')]
    assert part.count("<figure") == 3
    assert "The fastest way to 97%" in part
    assert words.caveat(ONE.target) in part


def test_a_page_says_how_to_get_the_second_answer_unless_nothing_is_known_of_the_work():
    assert "make one with lab6 steps" in without_pictures(found(saved.run()))
    assert "lab6 steps" not in without_pictures(sample("lab report"))
    assert "lab6 steps" not in without_pictures(ONE)
    assert 'id="target"' not in without_pictures(found(saved.run()))


def test_markdown_has_it_with_its_tables():
    markdown = formats.as_markdown(SEVERAL)
    assert f"\n**{words.headline(SEVERAL.target)}**\n" in markdown
    assert markdown.index("### The fastest way to 97%") < markdown.index("### Every minibatch size on the way to 97%")
    assert "make one with lab6 steps" in formats.as_markdown(found(saved.run()))


def test_json_has_it_and_null_without_a_table():
    own = json.loads(formats.as_json(ONE))["to_target"]
    assert (own["target"], own["steps_from"], own["trade"], own["runs"]) == (0.97, "table.jsonl", None, [])
    (series,) = own["series"]
    assert (series["method"], series["fastest"]) == ("compiled", 100)
    assert [(row["batch_size"], row["learning_rate"], row["decay_steps"]) for row in series["sizes"]] == [
        (10, 0.002, 5_000),
        (100, 0.004, None),
    ]
    assert json.loads(formats.as_json(found(saved.run())))["to_target"] is None
    assert json.loads(formats.as_json(FAILING))["to_target"]["series"] == []


def test_a_report_takes_ones_own_table_or_the_one_named_and_the_target_asked_for(folder):
    assert document()["to_target"]["steps_from"] == "mine.jsonl"
    other = write(folder / "other.jsonl", table({(10, 0.5, None): [10]}))
    named = document("--steps", "other.jsonl", "--target", "0.95")["to_target"]
    assert (named["steps_from"], named["target"]) == (other.name, 0.95)


def test_real_runs_are_shown_beside_what_was_predicted(folder):
    saved.write(folder / "results" / "here" / "0002_run.json", RAN)
    own = document()
    (row,) = own["to_target"]["runs"]
    assert (row["batch_size"], row["runs"], row["reached"], row["seconds"]) == (100, 3, 2, 1.25)
    assert row["predicted"] == pytest.approx(1.1, abs=0.01)
    assert [each["rounds"] for each in own["series"][0]["sizes"]] == [3, 3, 3]
    result = lab6("report", "--format", "markdown")
    assert "### Measured beside predicted" in result.stdout


def test_runs_without_epochs_and_targets_and_tables_that_do_not_fit_are_one_sentence(folder):
    write(Path("sgd.jsonl"), table(optimizer="sgd"))
    saved.write(Path("ran.json"), RAN)
    for arguments, told in {
        "ran.json": "lab6: these results are runs to an accuracy only",
        "--target 0.5": "lab6: --target: .*mine.jsonl has no steps to 0.5; give one of 0.95, 0.97, 0.98",
        "--target 0.98": "lab6: --target: no setting of .*mine.jsonl reaches 0.98",
        "--steps sgd.jsonl": "lab6: --steps: sgd.jsonl is of other work: optimizer is sgd there and adam in these",
        "--steps none.jsonl": "lab6: none.jsonl cannot be read",
    }.items():
        result = lab6("report", *arguments.split())
        assert (result.returncode, result.stdout) == (2, ""), arguments
        assert re.fullmatch(f"{told}[^\n]*\\.\n", result.stderr), result.stderr
