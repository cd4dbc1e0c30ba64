import io
import json
import os
import re
from xml.etree import ElementTree

import pytest
from rich.console import Console

from lab6.check import command, junit
from lab6.check.check import Terms, check
from tests import saved
from tests.check.sides import PAIRS, SIZES, STEADY, checked, duet, runs, stored
from tests.program import lab6


def shown(found, width=80):
    console = Console(width=width, record=True, file=io.StringIO())
    command.show(console, found)
    return console.export_text()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("found", [checked(1.2), checked(1.2, (0.7, 0.8, 0.9)), check(*duet(*PAIRS[:2]), Terms())])
def test_a_terminal_shows_all_of_it_within_its_width(found, width):
    text = shown(found, width)
    assert max(len(line) for line in text.splitlines() if not line.startswith(("Baseline", "Candidate"))) <= width
    assert "…" not in text
    assert "Speed, compiled on cpu" in text
    assert "Learning, compiled on cpu" in text
    assert " ".join(text.split()).rstrip().endswith(("--against REV", "--duration 600"))


def test_json_has_the_numbers():
    document = json.loads(command.as_json(checked(1.2)))
    assert document["failed"] is True
    assert document["terms"] == {"minimum_effect": 0.02, "allowed": [], "strict": False, "rows": None}
    assert [row["batch_size"] for row in document["rows"]] == [10, 100]
    row = document["rows"][0]
    assert row["change"] == pytest.approx(0.2)
    assert (row["speed"], row["regressed"], row["settled"], row["pairs"]) == ("slower", True, True, None)
    assert document["baseline"]["runs"] == 5
    (early,) = json.loads(command.as_json(check(*duet(*PAIRS[:2]), Terms())))["rows"]
    assert early["finds"] is early["change_low"] is None
    assert early["pairs"] == 2


def test_markdown_has_headline_reasons_tables_and_the_end():
    text = command.as_markdown(checked(1.2))
    assert text.startswith("**Regressed: minibatch size 10")
    assert "| 10 | 4 | 4.8 | +20.0% | +18.7% to +21.3% |" in text
    assert text.endswith("pytest benchmarks --against REV\n")


def suite(found):
    """The results of JUnit's XML."""
    return ElementTree.fromstring(junit.render(found))


STRICT = Terms(strict=True)


def test_junit_fails_what_regressed_and_skips_what_is_open_or_missing_unless_strict():
    failed = suite(checked(1.2))
    assert failed.attrib["failures"] == failed.attrib["tests"] == "2"
    assert "is 20.0% slower (95% interval" in failed.find("testcase/failure").attrib["message"]
    skipped = suite(checked(1.1, count=1))
    assert (skipped.attrib["failures"], skipped.attrib["skipped"]) == ("0", "2")
    assert skipped.find("testcase/skipped").attrib["message"] == "inconclusive: time +9.0%; learning as well"
    assert suite(checked(1.1, count=1, terms=STRICT)).attrib["failures"] == "2"
    open_learning = {"accuracies": (0.960, 0.964, 0.955)}
    assert suite(checked(**open_learning)).attrib["skipped"] == "0"
    assert suite(checked(**open_learning, terms=STRICT)).attrib["failures"] == "2"
    sides = runs(*STEADY, sizes=SIZES), runs(*STEADY, year=2027)
    (_, missing) = suite(check(*sides, Terms())).findall("testcase")
    assert missing.find("skipped").attrib["message"] == "not measured in the candidate"
    assert suite(check(*sides, STRICT)).attrib["failures"] == "1"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Runs saved under names, as ``--benchmark-save`` does, and a duet."""
    monkeypatch.chdir(tmp_path)
    stored(tmp_path, before=1.0, after=1.5, again=1.001)
    for side, seconds in (("baseline", 1.0), ("candidate", 1.05)):
        content = saved.run({100: ([seconds] * 8, [0.96] * 8)}, duet="d1", side=side, played="in turns")
        for pair, round_ in enumerate(content["benchmarks"][0]["extra_info"]["rounds"], 1):
            round_["process"] = pair
        saved.write(tmp_path / f"{side}.json", content)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("before again", 0, "No regression: 1 same of 1"),
        ("before after", 1, "Regressed: "),
        ("results/here/*_before.json results/here/*_after.json", 1, "Regressed: "),
        ("before after --minimum-effect 100%", 0, "No regression"),
        ("1 0006", 0, "Nothing settled: 1 inconclusive of 1"),
        ("before results/here/0006_after.json --strict --format junit", 1, "<failure "),
        ("baseline.json candidate.json", 1, "is 5.0% slower"),
        ("baseline.json candidate.json", 1, "Duet: 8 pairs a row, trained in turns"),
    ],
)
def test_runs_are_found_by_name_number_file_and_pattern_and_duets_compared_pair_by_pair(folder, arguments, code, said):
    result = lab6("check", *arguments.split())
    assert result.returncode == code
    assert said in result.stdout


def test_of_several_machines_the_one_that_was_measured_last_is_meant(folder):
    """Numbers are those of each machine's folder, and a clone has results of others."""
    for number, name in ((1, "before"), (6, "after")):
        path = folder / "results" / "there" / f"{number:04}_{name}.json"
        saved.write(path, saved.run(machine={"label": "there"}, datetime=f"2026-01-0{number}"))
    result = lab6("check", "before", "after")
    assert (result.returncode, "several machines have a run 'before'" in result.stderr) == (2, True)
    for path in (folder / "results" / "there").iterdir():
        os.utime(path, (0, 0))
    assert "results/here/" in lab6("check", "before", "after").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("before", "check takes two places"),
        ("before after again", "check takes two places, BASELINE and CANDIDATE, not 3"),
        ("before nothing", "candidate: there is no file or folder 'nothing', and no run of that name"),
        ("before after --format html", "--format: 'html' is not known"),
        ("before after --minimum-effect much", "--minimum-effect: 'much' is not allowed; give"),
        ("before after --minimum-effect 0", "--minimum-effect: '0' is not allowed"),
        ("before after --where engine=fit", "no result has engine=fit"),
    ],
)
def test_wrong_use_is_one_sentence(folder, arguments, message):
    result = lab6("check", *arguments.split())
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(f"lab6: {re.escape(message)}.*\n", result.stderr)


def test_a_report_checks_on_the_terms_that_it_is_given(folder):
    report = ["report", "results/here/*_after.json", "--check-against", "before", "--format", "json"]
    for more, failed in ((), True), (("--minimum-effect", "100%"), False):
        assert json.loads(lab6(*report, *more).stdout)["check"]["failed"] is failed
