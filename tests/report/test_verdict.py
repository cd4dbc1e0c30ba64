import io
import json
import math
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from rich.console import Console

from lab6 import cli
from lab6.analysis.check import Terms, check
from lab6.errors import OptionError, ResultsError
from lab6.report import check_command, junit, verdict
from tests import saved
from tests.analysis.sides import runs

STEADY = (0.99, 1.0, 1.01, 1.0, 0.995)
SIZES = {10: 4.0, 100: 1.0}
SEEDS = (0.960, 0.964, 0.962)


def held(slower=1.0, accuracies=SEEDS, count=5, terms=None, **fields):
    """A check of five steady runs against ``count`` others."""
    sides = {"sizes": SIZES} | fields
    baseline = runs(*STEADY, accuracies=SEEDS, **sides)
    candidate = runs(*(slower * level for level in STEADY[:count]), accuracies=accuracies, year=2027, **sides)
    return check(baseline, candidate, terms or Terms())


def shown(found, width=80):
    console = Console(width=width, record=True, file=io.StringIO())
    check_command.show(console, found)
    return console.export_text()


def test_no_regression_is_said_in_one_sentence():
    found = held()
    assert verdict.headline(found) == "No regression: 2 same of 2, and all learn as well."
    assert not found.failed
    assert verdict.reasons(found) == []


def test_a_slower_row_is_named_with_how_much():
    found = held(1.2)
    assert found.failed
    assert verdict.headline(found) == (
        "Regressed: minibatch size 10 with compiled on cpu is 20.0% slower; minibatch size 100 with compiled on cpu is "
        "20.0% slower."
    )
    assert "takes 3 times as long" in verdict.headline(held(3.0))


def test_learning_less_fails_however_fast_it_is():
    found = held(0.5, accuracies=(0.8, 0.81, 0.8))
    assert found.failed
    assert verdict.headline(found).startswith("Regressed: minibatch size 10 with compiled on cpu learns less;")
    (one, other) = verdict.reasons(found)
    assert "test accuracy is 0.8033, at least 0.9" in one
    assert "minibatch size 100" in other


def test_divergence_fails():
    baseline, candidate = runs(*STEADY), runs(*STEADY, year=2027)
    candidate.loc[0, "training_loss"] = math.nan
    found = check(baseline, candidate, Terms())
    assert found.failed
    assert "diverged" in verdict.headline(found)
    assert verdict.reasons(found)[0].startswith("The loss of a round is NaN or infinite: minibatch size 100")


def test_what_is_open_is_said_with_what_would_settle_it_and_fails_only_if_strict():
    baseline, candidate = runs(1.0, sizes=SIZES), runs(1.5, sizes=SIZES, year=2027)
    found = check(baseline, candidate, Terms())
    assert not found.failed
    assert verdict.headline(found) == "No regression found: 2 inconclusive of 2, and all learn as well."
    settle, assumed = verdict.reasons(found)
    assert settle == (
        "Inconclusive: minibatch sizes 10 and 100 with compiled on cpu; three to five runs a side tell the noise, and "
        "mostly settle it."
    )
    assert "a spread of 15% or more is assumed" in assumed
    strict = check(baseline, candidate, Terms(strict=True))
    assert strict.failed
    assert verdict.headline(strict).startswith("Not settled: ")


def test_where_the_noise_is_known_the_number_of_runs_is_named():
    levels = (0.95, 1.0, 1.05, 1.02)
    near = check(runs(*levels), runs(*(1.002 * level for level in levels), year=2027), Terms())
    (settle,) = verdict.reasons(near)
    assert settle.startswith("Inconclusive: minibatch size 100 with compiled on cpu; about ")
    assert settle.endswith(" rounds) would settle it.")
    wild = (0.5, 1.0, 2.0, 4.0)
    (hardly,) = verdict.reasons(check(runs(*wild), runs(*wild, year=2027), Terms()))
    assert "even 50 runs a side would hardly settle it" in hardly


def test_a_candidate_of_one_run_is_told_that_the_noise_is_assumed():
    said = verdict.reasons(check(runs(*STEADY), runs(1.1, year=2027), Terms()))
    assert len(said) == 2
    assert "three to five runs a side tell the noise" in said[0]
    assert "a spread of 15% or more is assumed" in said[1]


def test_a_single_seed_leaves_learning_open():
    baseline, candidate = (runs(*STEADY, year=year).query("round == 0") for year in (2026, 2027))
    found = check(baseline, candidate, Terms())
    assert not found.failed
    assert "Learning is not judged" in verdict.reasons(found)[0]
    assert check(baseline, candidate, Terms(strict=True)).failed


def test_rows_of_one_side_are_named_and_fail_only_if_strict():
    baseline, candidate = runs(*STEADY, sizes=SIZES), runs(*STEADY, sizes={100: 1.0, 7: 1.0}, year=2027)
    found = check(baseline, candidate, Terms())
    assert not found.failed
    assert verdict.reasons(found) == [
        "Only in the baseline, so not checked: minibatch size 10 with compiled on cpu.",
        "Only in the candidate, so not checked: minibatch size 7 with compiled on cpu.",
    ]
    assert check(baseline, candidate, Terms(strict=True)).failed


def test_disturbed_rounds_are_left_out_of_the_times_and_counted():
    baseline, candidate = runs(*STEADY, sizes=SIZES), runs(*STEADY, sizes=SIZES, year=2027)
    candidate.loc[candidate["batch_size"] == 100, "seconds"] *= 2
    candidate["other_cpu_seconds"] = 0.0
    candidate.loc[(candidate["batch_size"] == 100), "other_cpu_seconds"] = 1.0
    found = check(baseline, candidate, Terms())
    assert not found.failed
    assert found.set_aside == 15
    said = " ".join(verdict.reasons(found))
    assert "Other programs disturbed 15 of 60 rounds" in said
    assert "minibatch size 100 with compiled on cpu; no round of it was left alone by other programs" in said
    assert "inconclusive" in shown(found)
    one = candidate.assign(other_cpu_seconds=candidate["other_cpu_seconds"].where(candidate["round"] == 1, 0.0))
    assert check(baseline, one.assign(seconds=one["seconds"].where(one["round"] == 1, 1.0)), Terms()).set_aside == 5


def test_all_rounds_disturbed_is_open():
    baseline, candidate = runs(*STEADY), runs(*STEADY, year=2027).assign(other_cpu_seconds=5.0)
    found = check(baseline, candidate, Terms())
    assert not found.failed
    assert json.loads(check_command.as_json(found))["rows"][0]["speed"] == "inconclusive"
    assert "-" in shown(found)


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_shows_all_of_it_within_its_width(width):
    text = shown(held(1.2), width)
    assert max(map(len, text.splitlines())) <= width
    assert "Speed, compiled on cpu" in text
    assert "+20.0%" in text
    assert "Baseline: 5 runs, 30 rounds, run-0.json to run-4.json" in text


def test_json_has_the_numbers():
    document = json.loads(check_command.as_json(held(1.2)))
    assert document["failed"] is True
    assert document["terms"] == {"minimum_effect": 0.05, "allowed": [], "strict": False}
    assert [row["batch_size"] for row in document["rows"]] == [10, 100]
    assert document["rows"][0]["change"] == pytest.approx(0.2)
    assert document["rows"][0]["regressed"] is True
    assert document["baseline"]["runs"] == 5


def test_markdown_has_headline_reasons_and_tables():
    text = check_command.as_markdown(held(1.2))
    assert text.startswith("**Regressed: minibatch size 10")
    assert "| 10 | 4 | 4.8 | +20.0% |" in text


def test_junit_fails_what_regressed_and_skips_what_is_open():
    suite = ElementTree.fromstring(junit.render(held(1.2)))
    assert suite.attrib["failures"] == suite.attrib["tests"] == "2"
    assert suite.find("testcase/failure").attrib["message"].startswith("slower: time +20.0%")
    single = check(runs(1.0), runs(1.1, year=2027), Terms())
    suite = ElementTree.fromstring(junit.render(single))
    assert (suite.attrib["failures"], suite.attrib["skipped"]) == ("0", "1")
    strict = check(runs(1.0), runs(1.1, year=2027), Terms(strict=True))
    assert ElementTree.fromstring(junit.render(strict)).attrib["failures"] == "1"


OTHER = {"versions": {"python": "3.11.7", "tensorflow": "2.20.0", "keras": "3.15.1", "numpy": "2.4.6"}}


@pytest.mark.parametrize(
    ("machine", "field", "values"),
    [
        ({"cpu_model": "Another"}, "cpu_model", ("A CPU", "Another")),
        ({"cpu_model": None}, "cpu_model", ("A CPU", "unknown")),
        ({"usable_cores": 4}, "usable_cores", ("2", "4")),
        ({"memory_bytes": 2**33}, "memory_bytes", (str(2**34), str(2**33))),
        ({"gpus": [{"name": "H100", "driver": "1"}]}, "gpu", ("none", "H100")),
        ({"intra_op_threads": 1}, "intra_op_threads", ("2", "1")),
        (OTHER, "tensorflow", ("2.21.0", "2.20.0")),
    ],
)
def test_other_machines_are_refused_with_field_and_values_unless_allowed(machine, field, values):
    baseline, candidate = runs(*STEADY), runs(*STEADY, machine=machine, year=2027)
    with pytest.raises(
        ResultsError, match=f"{field} is {values[0]} in the baseline .* and {values[1]} in the candidate"
    ):
        check(baseline, candidate, Terms())
    allowed = (field, "gpu_driver")
    found = check(baseline, candidate, Terms(allowed=allowed))
    assert (
        f"Differs, as was allowed: {field} is {values[0]} in the baseline and {values[1]}" in verdict.reasons(found)[0]
    )


def test_a_driver_is_part_of_the_machine():
    one, other = ({"gpus": [{"name": "H100", "driver": driver}]} for driver in ("550", "560"))
    with pytest.raises(ResultsError, match="gpu_driver is 550 in the baseline"):
        check(runs(1.0, machine=one), runs(1.0, machine=other, year=2027), Terms())


def test_what_is_only_a_name_or_jitters_is_allowed():
    candidate = runs(*STEADY, machine={"label": "other", "memory_bytes": int(2**34 * 1.001)}, year=2027)
    assert not check(runs(*STEADY), candidate, Terms()).failed


def test_other_work_a_run_on_both_sides_and_nothing_in_common_are_refused():
    with pytest.raises(ResultsError, match="training_images is 60000 .* and 600 in"):
        check(runs(1.0), runs(1.0, training_images=600, year=2027), Terms())
    with pytest.raises(ResultsError, match="is on both sides of this check"):
        check(runs(1.0, 1.1), runs(1.0), Terms())
    with pytest.raises(ResultsError, match="has no engine, device and minibatch size in common"):
        check(runs(1.0), runs(1.0, engine="fit", year=2027), Terms())
    mixed = pd.concat([runs(1.0, machine=OTHER, year=2028), runs(1.0, year=2027)])
    with pytest.raises(ResultsError, match="the candidate mixes what cannot be one side: tensorflow is"):
        check(runs(1.0), mixed, Terms(allowed=("tensorflow",)))
    with pytest.raises(OptionError, match="--allow-differing: 'hz' is not known; give any of cpu_model"):
        check(runs(1.0), runs(1.0, year=2027), Terms(allowed=("hz",)))


def command(*arguments):
    """The exit code of ``lab6 check`` in this process, or the error that ``main`` prints."""
    return cli.app(["check", *arguments], standalone_mode=False) or 0


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Runs saved under names, as ``--benchmark-save`` does."""
    monkeypatch.chdir(tmp_path)
    number = 0
    for name, slower in (("before", 1.0), ("after", 1.5), ("again", 1.001)):
        for level in STEADY:
            number += 1
            sizes = {100: ([level * slower * factor for factor in (0.99, 1, 1.01)], list(SEEDS))}
            content = saved.run(sizes, datetime=f"2026-01-02T03:04:{number:02}+00:00")
            saved.write(tmp_path / "results" / "here" / f"{number:04}_{name}.json", content)
    return tmp_path


def test_runs_are_found_by_name_number_file_and_pattern(stored, capsys):
    assert command("before", "again") == 0
    assert "No regression: 1 same of 1" in capsys.readouterr().out
    assert command("before", "after") == 1
    assert command("results/here/*_before.json", "results/here/*_after.json") == 1
    assert command("1", "0006") == 0
    assert "1 inconclusive of 1" in capsys.readouterr().out
    assert command("before", "results/here/0006_after.json", "--strict", "--format", "junit") == 1
    capsys.readouterr()
    assert command("before", "7") == 0
    assert command("before", "7", "--noise", "again") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["before"], "check takes two places"),
        (["before", "after", "again"], "but 3 were given"),
        (["before", "nothing"], "candidate: there is no file or folder 'nothing', and no run of that name"),
        (["before", "after", "--format", "html"], "--format: 'html' is not known"),
        (["before", "after", "--minimum-effect", "much"], "--minimum-effect: 'much' is no share"),
        (["before", "after", "--minimum-effect", "0"], "--minimum-effect: '0' is not allowed"),
        (["before", "after", "--where", "engine=fit"], "no result has engine=fit"),
    ],
)
def test_wrong_use_is_one_sentence(stored, arguments, message):
    with pytest.raises((OptionError, ResultsError), match=message.replace("(", r"\(")):
        command(*arguments)


def test_noise_is_shown_and_needs_several_runs(stored, capsys):
    assert (cli.app(["noise", "before"], standalone_mode=False) or 0) == 0
    text = capsys.readouterr().out
    assert "Noise of compiled on cpu" in text
    row = next(line for line in text.splitlines() if line.strip().startswith("100 "))
    assert "0.7%" in row
    cli.app(["noise", "before", "--format", "json"], standalone_mode=False)
    (found,) = json.loads(capsys.readouterr().out)["rows"]
    assert found["between"] == pytest.approx(0.0074, abs=0.0002)
    assert 0.05 < found["finds_5"] < found["finds_3"]
    with pytest.raises(ResultsError, match="is one run, but only several show"):
        cli.app(["noise", "0001"], standalone_mode=False)


def test_runs_that_tell_the_noise_are_no_other_runs_again_and_of_the_same_work():
    baseline, candidate = runs(1.0, 1.01, 0.99), runs(1.06, year=2027)
    assert check(baseline, candidate, Terms()).rows["speed"].iloc[0] == "inconclusive"
    with pytest.raises(ResultsError, match="is on both sides of this check, or in its --noise too"):
        check(baseline, candidate, Terms(), [baseline])
    with pytest.raises(ResultsError, match="training_images is 60000 .* and 600 in"):
        check(baseline, candidate, Terms(), [runs(*STEADY, training_images=600, year=2028)])
    with pytest.raises(ResultsError, match="usable_cores is 2 in the baseline .* and 4 in the --noise"):
        check(baseline, candidate, Terms(), [runs(*STEADY, machine={"usable_cores": 4}, year=2028)])


def test_a_missing_row_is_a_case_of_junit_and_nothing_is_a_number_that_is_none():
    baseline, candidate = runs(*STEADY, sizes=SIZES), runs(*STEADY, year=2027)
    (_, missing) = ElementTree.fromstring(junit.render(check(baseline, candidate, Terms()))).findall("testcase")
    assert missing.find("skipped").attrib["message"] == "not measured in the candidate"
    strict = ElementTree.fromstring(junit.render(check(baseline, candidate, Terms(strict=True))))
    assert strict.attrib["failures"] == "1"
    busy = check(runs(*STEADY), runs(*STEADY, year=2027).assign(other_cpu_seconds=5.0), Terms())
    assert "nan" not in junit.render(busy)


def test_a_report_shows_a_check_of_all_other_runs(stored, capsys):
    arguments = ["report", "results/here/*_after.json", "--check-against", "before", "--output", "page"]
    cli.app(arguments, standalone_mode=False)
    assert "Regressed: minibatch size 100" in capsys.readouterr().out
    assert 'id="check"' in (stored / "page" / "report.html").read_text()
    cli.app(["report", "results", "--check-against", "before", "--format", "json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["check"]["candidate"]["runs"] == 10
    with pytest.raises(ResultsError, match="leaves no other run to check"):
        cli.app(["report", "results/here/*_before.json", "--check-against", "before"], standalone_mode=False)


def test_a_name_on_several_machines_is_refused_and_a_long_one_is_a_name(stored):
    saved.write(stored / "results" / "there" / "0001_before.json", saved.run())
    with pytest.raises(ResultsError, match="several machines have a run 'before'"):
        command("before", "after")
    with pytest.raises(ResultsError, match="there is no file or folder 'a"):
        command("a" * 300, "after")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments", [["check", "before", "after"], ["noise", "before"], ["check", "1", "6", "--format", "json"]]
)
def test_an_answer_that_cannot_be_written_is_no_regression(stored, arguments):
    program = [sys.executable, "-c", "from lab6.cli import main; main()", *arguments]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 2
    assert result.stderr.startswith("lab6: the answer cannot be written (No space left on device)")
    assert "Traceback" not in result.stderr
