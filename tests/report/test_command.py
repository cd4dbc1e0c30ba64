import json
import re
import shlex

import pandas as pd
import pytest
from rich.cells import cell_len

from lab6.compare import command as compare_command
from lab6.report import command, page
from lab6.store import workload
from tests import saved
from tests.program import lab6
from tests.samples import FIFTY, ODD, compared, found, machines, measured, numbered, sample, selected, shown, ways


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in, with a run in results/."""
    saved.write(tmp_path / "results" / "here" / "0001_run.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(arguments):
    """What ``lab6`` prints: the answer and the notes."""
    result = lab6(*arguments.split())
    assert result.returncode == 0
    return result.stdout, result.stderr


def test_a_report_goes_to_build_report_and_says_so(folder, one_picture):
    answer, notes = ran("report")
    assert (folder / "build" / "report" / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert (folder / "build" / "report" / "figures" / "budget.png").exists()
    assert answer.startswith("Start with minibatch size 100")
    assert answer.endswith("\nThe page: build/report/report.html\n")
    assert notes == ""


@pytest.mark.parametrize("form", ["json", "markdown", "csv"])
def test_a_format_without_output_writes_no_page(folder, form):
    answer, notes = ran(f"report --format {form}")
    assert "100" in answer
    assert notes == ""
    assert [path.name for path in folder.iterdir()] == ["results"]


def test_a_format_with_output_writes_a_page_and_keeps_the_answer_clean(folder, one_picture):
    answer, notes = ran("report --format json --output new/deep")
    assert json.loads(answer)["series"][0]["start_with"] == 100
    assert (folder / "new" / "deep" / "report.html").exists()
    assert notes == "\nThe page: new/deep/report.html\n"


def test_what_is_asked_decides_what_is_answered(folder):
    saved.write(folder / "other.json", saved.run(engine="fit"))
    answer, _ = ran("report results other.json --where engine=fit --format json --tolerance 0.8 --budget 2")
    document = json.loads(answer)
    (series,) = document["series"]
    assert (series["method"], series["start_with"], series["best_within_budget"]) == ("fit", 60_000, 100)
    assert (document["tolerance"], document["budget"]) == (0.8, 2.0)


def test_bad_files_are_left_out_and_said_if_that_is_asked_for(folder):
    (folder / "results" / "bad.json").write_text("{")  # tests of the command line tell what happens otherwise
    (left_out,) = json.loads(ran("report --format json --skip-bad")[0])["left_out"]
    assert "bad.json is damaged" in left_out
    assert ran("combine --output all.parquet --skip-bad")[1].startswith("Left out: results/bad.json is damaged")


@pytest.mark.parametrize(("works", "note"), [(True, ""), (False, "No browser could be started here")])
@pytest.mark.parametrize("form", ["table", "json"])
def test_open_opens_the_page(folder, monkeypatch, form, works, note):
    opened = []
    monkeypatch.setattr(page, "write", lambda found, output, say: output / "report.html")
    monkeypatch.setattr(command.webbrowser, "open", lambda address: opened.append(address) or works)
    _, notes = ran(f"report --open --format {form}")
    assert opened == [(folder / "build" / "report" / "report.html").resolve().as_uri()]
    written = "\nThe page: build/report/report.html\n" if form == "json" else ""
    assert notes.removeprefix(written).startswith(note)
    assert (notes == written) == works


@pytest.mark.parametrize("output", ["file", "file/below"])
def test_a_folder_that_cannot_be_written_is_one_sentence(folder, output):
    (folder / "file").write_text("in the way")
    result = lab6("report", "--output", output)
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(f"lab6: {output} cannot be written .*--output DIR\\.\n", result.stderr)


def test_combine_writes_one_archive_that_gives_the_same_answer(folder):
    saved.write(folder / "other.json", saved.run(engine="fit"))
    assert ran("combine --output all.parquet") == ("all.parquet holds 9 rounds of 1 run\n", "")  # of results
    answer, _ = ran("combine results other.json --output all.parquet")
    assert answer == "all.parquet holds 18 rounds of 2 runs\n"
    assert len(pd.read_parquet("all.parquet")) == 18
    pd.testing.assert_frame_equal(
        selected("all.parquet").answer.summary.sizes, selected("results", "other.json").answer.summary.sizes
    )


def of_seconds(seconds):
    sizes = {60_000: (seconds, [0.91, 0.92, 0.93]), 10_000: (seconds, [0.71, 0.72, 0.73])}
    return found(saved.run(sizes, processes=3))


LONG_NAMES = [f"{'very ' * 12}long {number}" for number in range(7)]

FITTING = {
    "one machine": (lambda: sample("one machine"), "images"),
    "lab report": (lambda: sample("lab report"), "images"),
    "odd labels": (lambda: sample("odd labels"), "images"),
    "single round": (lambda: sample("single round"), "images"),
    "fifty machines": (lambda: sample("fifty machines"), "%"),
    "very short": (lambda: of_seconds([0.0012345, 0.0013456, 0.00135]), "start here"),
    "very long": (lambda: of_seconds([12_345.0, 13_456.0, 14_000.0]), "start here"),
    "ways": (lambda: found(*ways(limit_seconds=0.05)), "0.95"),
    "long names": (lambda: found(*machines(LONG_NAMES, ["compiled"])), "%"),
}
"""Findings, and what a terminal shows of each series of them, however narrow it is."""


@pytest.mark.parametrize("name", FITTING)
def test_a_terminal_of_80_columns_is_wide_enough(name):
    make, kept = FITTING[name]
    findings = make()
    text = "\n".join(line for line in shown(findings).splitlines() if not line.startswith("--where "))  # to be copied
    assert max(map(cell_len, text.splitlines())) <= 80
    assert "…" not in text
    assert text.count(kept) >= len(findings.answer.starts)


def test_a_terminal_shows_the_answer_a_table_a_series_and_what_was_left_out():
    label = f"[bold]{ODD}[/bold]"
    findings = found(measured("a"), measured(label), left_out=["x.json is [damaged]"], budget=0.5)
    lines = shown(findings, width=200).splitlines()
    assert lines[0].startswith("Start with minibatch size 10: with compiled on ")
    assert [line for line in lines if line.startswith("compiled on a: start with 10, in ")]
    assert [line for line in lines if line.startswith(f"compiled on {label}: start with 10, in ")]
    assert len([line for line in lines if line.endswith("start here")]) == 2
    assert len([line for line in lines if line.startswith("Within 0.5 s, ")]) == 2
    assert lines[-1] == "Left out: x.json is [damaged]"


def test_nine_ways_are_side_by_side():
    lines = shown(found(*ways(limit_seconds=0.05))).splitlines()
    first = lines.index("Side by side: epoch (s)")
    assert lines[first + 1].split() == ["way", "1", "10", "100", "1,000", "60,000"]
    assert lines[first + 11].split() == ["limit", *["0.05"] * 5]
    assert "Side by side: test accuracy" in lines
    assert "--where" not in "".join(lines)  # there is one machine only


def test_a_share_of_the_limit_takes_the_place_of_images_a_second_rather_than_of_intervals():
    sizes = {60_000: ([0.0951, 0.0982, 0.0999], [0.2, 0.3, 0.9]), 1: ([539.0, 601.0, 688.0], [0.9, 0.91, 0.99])}
    lines = shown(found(saved.run(sizes, limit_seconds=0.05, processes=3))).splitlines()
    headings = next(line for line in lines if "verdict" in line)
    assert "limit" in headings
    assert headings.count("interval") == 2
    assert max(map(cell_len, lines)) <= 80


def test_of_fifty_series_the_headline_s_has_a_table_and_all_are_ranked_a_row_each():
    text, answer = shown(sample("fifty machines")), sample("fifty machines").answer
    assert text.count("start here") == 1
    assert f"compiled on {FIFTY[-1]}: start with 10" in text
    assert "All 50 series" in text
    lines = text.splitlines()
    ranked = lines[next(place for place, line in enumerate(lines) if line.startswith("machine ")) + 1 :][:50]
    assert sorted(line.split(")")[0] + ")" for line in ranked) == sorted(FIFTY)
    (typed,) = re.findall("--where ('[^']*')", text)  # shows one of them
    assert set(workload.where(answer.summary.rounds, shlex.split(typed))["setup"]) == {answer.headline.setup}


def test_up_to_six_series_have_a_table_each_and_no_ranked_one():
    text = shown(numbered(6))
    assert text.count("start here") == 6
    assert "All 6 series" not in text
    assert "--where" not in text


def test_a_terminal_marks_disturbed_rounds():
    text = shown(found(saved.run(others={100: [0.0, 1.0, 0.0]})), width=200)
    (marked,) = [line for line in text.splitlines() if " * " in line]
    assert marked.startswith("   100")


def test_a_terminal_recommends_no_single_size():
    lines = shown(found(saved.run({100: ([1.0], [0.9])})), width=200).splitlines()
    assert lines[0].startswith("Minibatch size 100 is the only one here")
    assert lines[2] == "compiled on here"
    assert "start" not in "".join(lines)


def test_a_comparison_of_six_machines_has_the_speed_up_of_each_size_and_of_more_says_where_it_is():
    six, seven = (compared(numbered(count), 100) for count in (6, 7))
    assert "\nSpeed-up over machine 0\n" in six
    assert compare_command.REST not in six
    assert "Speed-up over machine 0, on average\n" in seven
    assert "\nSpeed-up over machine 0\n" not in seven
    assert "Machine cards" in seven
    assert compare_command.REST in seven
    assert seven.count("machine 6") >= 2


def test_a_comparison_of_fifty_machines_fits_into_80_columns_and_tells_a_few():
    lines = compared(sample("fifty machines")).splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert len(lines) < 150
