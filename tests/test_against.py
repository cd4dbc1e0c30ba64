"""``pytest benchmarks --check-against`` on small data, with workers that train nothing."""

import json
import re

import pytest

from lab6.store.load import load, save
from tests.projects import lines, pretend, project, saved

SMALL = ("--dataset=digits", "--images=2000", "--devices=cpu", "--batch-sizes=1,20")


@pytest.fixture(scope="module")
def measured(tmp_path_factory, digits):
    """A project with a run that was saved as base."""
    folder = project(tmp_path_factory.mktemp("against"))
    result = pretend(folder, "benchmarks", *SMALL, "--benchmark-save=base")
    assert result.returncode == 0, lines(result)
    return folder


def test_learning_less_than_a_better_baseline_fails_and_the_run_is_saved(measured):
    content = json.loads(saved(measured)[0].read_text())
    for benchmark in content["benchmarks"]:
        for round_ in benchmark["extra_info"]["rounds"]:
            round_["test_accuracy"] = 0.95
    (measured / "better.json").write_text(json.dumps(content))
    result = pretend(measured, "benchmarks", *SMALL, "--check-against=better.json", "--benchmark-save=worse")
    assert result.returncode == 1, lines(result)
    text = " ".join(result.stdout.split())
    assert "Regressed: minibatch size 1 with compiled on cpu learns less" in text
    assert "Candidate: 1 run, 3 processes, 6 rounds, this run" in text
    assert text.index("One epoch with compiled") < text.index("Regressed:")
    assert [path.name for path in saved(measured)][-1].endswith("_worse.json")


def test_the_same_code_passes_and_the_run_can_be_named_by_its_number(measured):
    result = pretend(measured, "benchmarks", *SMALL, "--check-against=1", "--minimum-effect=100%")
    assert result.returncode == 0, lines(result)
    assert re.search(r"^(No regression|Nothing settled)\b.* of 2; all learn as well\.$", result.stdout, re.MULTILINE)
    assert "Not saved." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--check-against=nothing",), "--check-against: there is no run of the name or number 'nothing' in"),
        (
            ("--check-against=base", "--batch-sizes=7"),
            "it has digits-2000images-compiled-cpu-1 and this run digits-2000images-compiled-cpu-7",
        ),
        (("--check-against=base", "--allow-differing=hz"), "--allow-differing: 'hz' is not known"),
        (("--check-against=other.json",), "the machines differ: tensorflow is 1.0 in other.json and"),
        (("--check-against=broken.json",), "broken.json is damaged, or not a run of lab6 (Expecting property name"),
        (("--check-against=foreign.json",), "foreign.json is damaged, or not a run of lab6 (it has no 'lab6')"),
        (("--check-against=base", "--benchmark-disable"), "--check-against: nothing is timed with --benchmark-disable"),
        (("--check-against=archive.parquet",), "archive.parquet is an archive, but only a run as it was saved"),
    ],
)
def test_what_cannot_be_checked_is_refused_before_anything_is_measured(measured, arguments, message):
    content = json.loads(saved(measured)[0].read_text())
    content["machine_info"]["lab6"]["versions"]["tensorflow"] = "1.0"
    (measured / "other.json").write_text(json.dumps(content))
    (measured / "broken.json").write_text("{")
    (measured / "foreign.json").write_text('{"machine_info": {}}')
    save(load(str(saved(measured)[0])), str(measured / "archive.parquet"))
    result = pretend(measured, "benchmarks", *SMALL, *arguments)
    assert result.returncode == 2
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("ERROR: --")
    assert message in line
    assert not any("Not checked" in line or "One epoch" in line for line in lines(result))


@pytest.fixture
def renamed(measured):
    """The project after its host, and so its machine's folder, has got another name."""
    own = saved(measured)[0].parent
    yield own.rename(own.with_name("of-an-earlier-container"))
    own.with_name("of-an-earlier-container").rename(own)


def test_a_run_of_the_same_machine_under_another_name_is_found(measured, renamed):
    result = pretend(measured, "benchmarks", *SMALL, "--check-against=base", "--minimum-effect=100%")
    assert result.returncode == 0, lines(result)
    assert any(
        line.startswith("Baseline") and "of-an-earlier-container/0001_base.json" in line for line in lines(result)
    )


def test_a_run_of_another_machine_is_refused_with_its_place_and_how_they_differ(measured, renamed):
    file = renamed / "0001_base.json"
    text = file.read_text()
    file.write_text(text.replace('"tensorflow": "2.21.0"', '"tensorflow": "1.0"'))
    result = pretend(measured, "benchmarks", *SMALL, "--check-against=base")
    allowed = pretend(measured, "benchmarks", *SMALL, "--check-against=base", "--allow-differing=tensorflow")
    file.write_text(text)
    assert result.returncode == 2
    assert (
        f"{file} is of another machine: tensorflow is 1.0 there and 2.21.0 here; measure one here with" in result.stderr
    )
    assert "Baseline" in allowed.stdout


def test_an_option_that_says_nothing_is_refused_as_pytest_refuses_options(measured):
    result = pretend(measured, "benchmarks", *SMALL, "--check-against=base", "--minimum-effect=much")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--minimum-effect: 'much' is not allowed; give" in result.stderr
