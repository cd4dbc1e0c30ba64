"""lab6's pytest plugin in projects of other people: twice for real, otherwise with workers that train nothing."""

import json
import os
import re
import shlex
import textwrap

import pytest

from lab6.measure.process import Process
from lab6.record import Record
from lab6.store.load import load
from tests import others
from tests.measure.conftest import git
from tests.program import lab6
from tests.projects import change, lines, pretend, rule, run, saved
from tests.test_measured import SPY

SMALL = ("--dataset=digits", "--images=600", "--processes=1", "--devices=cpu")


def failures(result) -> dict[str, str]:
    """The sentence of each test that failed or was skipped, by its name."""
    printed = [line.split(" - ", 1) for line in lines(result) if line.startswith("FAILED")]
    return {test.rpartition("::")[2]: sentence for test, sentence in printed}


@pytest.fixture(scope="module")
def measured(tmp_path_factory, digits):
    """A copy of the example in which its benchmarks have run, among others that cannot; and what was printed."""
    folder = others.example(tmp_path_factory.mktemp("measured"))
    others.theirs(folder / "more", configuration="")
    (folder / "benchmarks" / "test_more.py").write_text(
        f"{others.PLAIN}\n\n"
        "def test_broken(epoch_benchmark):\n    epoch_benchmark('theirs.models:broken')\n\n\n"
        "def test_own_step(epoch_benchmark):\n    epoch_benchmark('theirs.models:own_step', engine='compiled')\n"
    )
    arguments = ("-k", "512 or more", "-o", "pythonpath=. more/src", "--benchmark-save", "-rf")
    return folder, run(folder, "benchmarks", *SMALL, *arguments, timeout=300)


def test_the_example_measures_its_network_beside_ordinary_benchmarks(measured):
    folder, result = measured
    assert result.returncode == 1, lines(result)
    assert "1 failed" not in result.stdout
    assert "2 failed, 2 passed" in result.stdout
    assert "One epoch with compiled on cpu" in result.stdout
    (path,) = saved(folder)
    by_name = {own["name"]: own for own in json.loads(path.read_text())["benchmarks"]}
    record = Record.model_validate(by_name["test_epoch[512]"]["extra_info"])
    assert (record.model, record.parameter_count, record.batch_size) == ("convnet", 34_826, 512)
    assert set(by_name) == {"test_epoch[512]", "test_sum"}
    assert "Benchmark fixture was not used" not in result.stdout


def test_what_a_worker_refuses_is_one_sentence(measured):
    _, result = measured
    text = " ".join(result.stdout.split())
    assert "theirs.models:broken failed (RuntimeError: no weights today): call it by hand to see why." in text
    assert "has a train_step" in text
    assert not any(line.startswith(">") or "site-packages" in line for line in lines(result))


def test_report_and_check_read_a_file_that_holds_other_benchmarks_too(measured, monkeypatch):
    folder, _ = measured
    monkeypatch.chdir(folder)
    (path,) = saved(folder)
    rounds = load()
    assert set(rounds["network"]) == {"convnet"}
    assert lab6("report").returncode == 0
    content = json.loads(path.read_text()) | {"lab6_run": "other", "datetime": "2027-01-02T03:04:05+00:00"}
    (folder / "other.json").write_text(json.dumps(content))
    checked = lab6("check", str(path), "other.json")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Nothing settled" in checked.stdout


def test_each_side_of_a_duet_imports_its_own_revision_of_their_package(tmp_path, digits):
    """The project is in a folder of a repository, its package in src, and imports a module that has changed."""
    folder = others.theirs(tmp_path / "apps" / "theirs")
    others.committed(tmp_path)
    change(folder / "src" / "theirs" / "layers.py", "WIDTH = 8", "WIDTH = 16")
    arguments = ("--against=HEAD", "--duration=1", "--benchmark-save=duet", "--minimum-effect=100%")
    python_path = os.pathsep.join([str(others.ROOT), "src"])  # of the working tree, as a user may have it
    result = run(folder, "benchmarks", *SMALL, *arguments, timeout=300, PYTHONPATH=python_path)
    assert result.returncode == 0, lines(result)
    baseline, candidate = (json.loads(path.read_text())["benchmarks"][0]["extra_info"] for path in saved(folder))
    assert (baseline["parameter_count"], candidate["parameter_count"]) == (6_370, 12_730)
    assert baseline["model_digest"] != candidate["model_digest"]
    assert "parameters in the baseline, 12,730 in the" in result.stdout
    assert git(folder, "status", "--porcelain") == "M apps/theirs/src/theirs/layers.py"


@pytest.fixture(scope="module")
def repository(tmp_path_factory, digits):
    folder = others.theirs(tmp_path_factory.mktemp("repository"), others.TWO)
    others.committed(folder)
    return folder


@pytest.mark.parametrize(("slower", "code", "verdict"), [("2", 1, "Regressed: "), ("1", 0, "No regression: 1 faster")])
def test_each_test_is_compared_with_the_revision_and_a_slower_one_fails(repository, slower, code, verdict):
    arguments = ("--against=HEAD", "--duration=30", f"--benchmark-save=slower-{slower}")
    result = pretend(repository, "benchmarks", *SMALL, *arguments, **rule("slow", tree=slower))
    assert result.returncode == code, lines(result)
    assert sum(line.startswith(verdict) for line in lines(result)) == 2
    baseline, candidate = map(str, saved(repository)[-2:])
    mixed = lab6("check", baseline, candidate)
    assert mixed.returncode == 2
    advice = re.search(r"pick one with (--where \S+) or", " ".join(mixed.stderr.split()))[1]
    assert lab6("check", baseline, candidate, *advice.split()).returncode == code


def test_what_a_test_asks_wrongly_fails_it_with_one_sentence(tmp_path, digits):
    result = pretend(others.theirs(tmp_path, others.REFUSED), "benchmarks", *SMALL, "--benchmark-save=x", COLUMNS="400")
    found = failures(result)
    for case, sentence in others.SENTENCES.items():
        assert found[f"test_refused[{case}]"].startswith(f"Failed: {sentence}"), found[f"test_refused[{case}]"]
    assert found["test_twice"].startswith("Failed: epoch_benchmark was called twice: let each test measure one")
    assert found["test_again"].startswith("Failed: this was measured by benchmarks/test_training.py::test_twice")
    assert result.returncode == 1
    assert "Warning" not in result.stdout
    (path,) = saved(tmp_path)
    assert len(load(str(path))) == 1


def test_an_epoch_that_takes_too_long_is_skipped(tmp_path, digits):
    result = pretend(others.theirs(tmp_path), "benchmarks", *SMALL, "--longest=0.0001", "-rs", COLUMNS="400")
    assert result.returncode == 0, lines(result)
    assert "1 skipped" in result.stdout
    (line,) = [line for line in lines(result) if line.startswith("SKIPPED")]
    assert "minibatch size 100 is skipped: an epoch would take about" in line


def test_without_timing_a_test_still_gets_its_result(tmp_path, digits):
    result = pretend(others.theirs(tmp_path), "benchmarks", *SMALL, "--benchmark-disable")
    assert result.returncode == 0, lines(result)
    assert "Nothing is timed: --benchmark-disable" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--batch-sizes=10"], "--batch-sizes: each test of this project names its own minibatch size: leave it out"),
        (["--engines=compiled,fit"], "--engines: each test of this project trains in one way: give one, such as comp"),
        (["--threads=1,2"], "--threads: each test of this project trains in one way: give one, such as 1."),
        (["--workers=1,2"], "--workers: each test of this project trains in one way: give one, such as 1."),
        (["--cluster=auto"], "--cluster: the tests of this project train on one machine: leave it out, or give"),
        (["--target=0.9"], "--target: the tests of this project train epochs: leave it out."),
        (["--against=HEAD", "-k", "nothing"], "--against: no benchmark was selected, so nothing can be compared."),
    ],
)
def test_options_that_tests_decide_are_refused(tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.setattr(Process, "__init__", None)
    result = pretend(others.theirs(tmp_path), "benchmarks", *SMALL, *arguments)
    assert result.returncode == 2
    assert result.stderr.startswith(f"ERROR: {sentence}")


def test_a_minibatch_that_workers_cannot_divide_fails_its_test(tmp_path, digits):
    odd = "def test_odd(epoch_benchmark):\n    epoch_benchmark(batch_size=7)\n"
    result = pretend(others.theirs(tmp_path, odd), "benchmarks", *SMALL, "--workers=2", "-rf", KERAS_BACKEND="jax")
    sentence = "--workers: a minibatch of 7 images cannot be divided equally among 2 workers; give batch_size 6 or 8."
    assert sentence in " ".join(lines(result))


def test_a_project_that_does_not_load_the_plugin_has_none_of_its_options(tmp_path):
    result = pretend(others.theirs(tmp_path, others.PLAIN, configuration=""), "benchmarks", "--images=600")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "unrecognized arguments: --images=600" in result.stderr


def test_ordinary_benchmarks_keep_working_beside_the_plugin(tmp_path):
    """In a process of its own, that imports no framework and starts no worker."""
    others.theirs(tmp_path, others.PLAIN)
    (tmp_path / "spy.py").write_text(f"from lab6.measure.process import Process\n\nProcess.__init__ = None\n{SPY}")
    result = run(tmp_path, "benchmarks", "--benchmark-save", "-p", "spy", PYTHONPATH=str(others.ROOT))
    assert result.returncode == 0, lines(result)
    assert (tmp_path / "imported").read_text() == "set()"
    assert re.search(r"Name .* Min .* Rounds", result.stdout)
    assert "Data set" not in result.stdout
    result = pretend(tmp_path, "benchmarks", "--benchmark-compare")
    assert result.returncode == 0, lines(result)
    assert result.stdout.count("(NOW)") == 1


@pytest.mark.parametrize("option", ["--seed", "--images"])
def test_an_option_that_the_project_has_too_is_named_in_one_sentence(tmp_path, option):
    folder = others.theirs(tmp_path, others.PLAIN)
    (folder / "conftest.py").write_text(f"def pytest_addoption(parser):\n    parser.addoption({option!r})\n")
    result = pretend(folder, "benchmarks")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {option} is an option of lab6 and of another plugin or a conftest.py" in result.stderr
    lines(result)


def test_a_conftest_can_load_the_plugin(tmp_path, digits):
    folder = others.theirs(tmp_path, configuration=others.CONFIGURATION.replace('addopts = "-p lab6.plugin"', ""))
    (folder / "conftest.py").write_text('pytest_plugins = ["lab6.plugin"]\n')
    result = pretend(folder, "benchmarks", *SMALL)
    assert result.returncode == 0, lines(result)
    assert "--benchmark-save=NAME" in result.stdout
    result = pretend(folder, "benchmarks", *SMALL, "--benchmark-save=here")
    assert [path.name for path in saved(folder)] == ["0001_here.json"]


PAGE = (others.ROOT / "docs" / "projects.md").read_text()
README = (others.EXAMPLE / "README.md").read_text()
ADDED = "--dataset digits --devices cpu --processes 1 --duration 0.1"


def test_every_command_and_benchmark_of_the_page_and_the_example_runs(tmp_path, monkeypatch, digits):
    folder = others.example(tmp_path)
    others.committed(folder)
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    first, second = map(textwrap.dedent, re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    assert first in (folder / "benchmarks" / "test_training.py").read_text()
    (folder / "benchmarks" / "test_more.py").write_text(second)
    monkeypatch.chdir(folder)
    commands = re.findall(r"^ *\$ ((?:pytest|lab6) .*?)(?:  +#.*)?$", f"{PAGE}\n{README}", re.MULTILINE)
    assert len(commands) >= 8
    for command in [part for each in commands for part in each.split(" && ")]:
        name, *arguments = shlex.split(command)
        result = pretend(folder, *arguments, PYTEST_ADDOPTS=ADDED) if name == "pytest" else lab6(*arguments)
        assert result.returncode == 0, (command, lines(result))


def test_the_workflow_of_the_page_is_that_of_the_example():
    (line,) = re.findall(r"```yaml\n(.*)\n```", PAGE)
    workflow = (others.EXAMPLE / ".github" / "workflows" / "speed.yml").read_text()
    assert line in workflow
    pytest.importorskip("yaml").safe_load(workflow)
