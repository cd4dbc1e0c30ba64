"""The plugin with output that cannot be written, beside other plugins, and in other modes of pytest."""

import subprocess
import sys
import types
from pathlib import Path

import pytest

from lab6.store.load import load
from tests import projects
from tests.projects import SMALL, lines, pretend, project


@pytest.fixture(scope="module")
def pretended(tmp_path_factory, digits):
    return projects.with_fake_workers(projects.with_source(tmp_path_factory.mktemp("pretended")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, digits):
    return project(tmp_path_factory.mktemp("project"))


def with_option(option: str, **settings) -> types.ModuleType:
    """A plugin such as pytest-repeat: it has a ``--option``, and is in the way."""
    plugin = types.ModuleType("tests_plugin")
    plugin.pytest_addoption = lambda parser: parser.addoption(option, **settings)
    return plugin


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("redirected", "code", "error"),
    [
        ("> /dev/full", 2, "ERROR: the output cannot be written (No space left on device): write it elsewhere.\n"),
        (">&- 2>&-", 0, ""),
        ("| true", 0, ""),
    ],
)
def test_a_run_whose_output_cannot_be_written_is_saved(pretended, redirected, code, error):
    before = projects.saved(pretended)
    line = f'{{ "$0" -m pytest benchmarks --benchmark-save {" ".join(SMALL)}; echo $? > code; }} {redirected}'
    command = ["sh", "-c", line, sys.executable]
    result = subprocess.run(
        command, cwd=pretended, env=projects.environment(), capture_output=True, text=True, timeout=120
    )
    assert ((pretended / "code").read_text(), result.stderr) == (f"{code}\n", error)
    assert len(projects.saved(pretended)) == len(before) + 1


@pytest.mark.parametrize(
    ("plugin", "arguments", "sentence"),
    [
        (None, ["--benchmark-save", "--benchmark-disable"], "--benchmark-save: nothing is timed with --benchmark-dis"),
        (None, ["--benchmark-json=a", "--benchmark-skip"], "--benchmark-json: nothing is timed with --benchmark-skip"),
        (None, ["--benchmark-histogram", "--benchmark-skip"], "--benchmark-histogram: nothing is timed with --bench"),
        (None, ["-p", "no:terminal"], "-p no:terminal: lab6 shows what it measures through pytest's terminal"),
        ("--dist", ["--dist=load"], "-n: tests that run at the same time disturb each other's times"),
        ("--forked", ["--forked=1"], "--forked: lab6 starts processes of its own"),
        ("--count", ["--count=3"], "--count: each benchmark is measured once in a run, not 3 times: give --rounds"),
    ],
)
def test_what_keeps_lab6_from_measuring_is_refused_in_one_sentence(folder, monkeypatch, plugin, arguments, sentence):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    own = []
    if plugin:
        settings = (
            {"type": int, "default": 1} if plugin == "--count" else {"default": "no" if plugin == "--dist" else ""}
        )
        monkeypatch.setitem(sys.modules, "tests_plugin", with_option(plugin, **settings))
        own = ["-p", "tests_plugin"]
    result = pretend(folder, "benchmarks", *SMALL, "-p", "pytest_benchmark.plugin", *own, *arguments)
    assert result.returncode == 2, lines(result)
    assert [line for line in lines(result) if line.startswith("ERROR")] == [result.stderr.strip()]
    assert result.stderr.startswith(f"ERROR: {sentence}")


def test_where_nothing_was_measured_although_it_should_be_saved_the_run_fails(folder):
    """The configuration of benchmarks is read only during collection here, too late to refuse it before."""
    options = ("--benchmark-save=x", "--benchmark-disable")
    result = pretend(folder, ".", "-c", "pyproject.toml", *SMALL, *options)
    assert (result.returncode, result.stderr) == (2, "ERROR: --benchmark-save: nothing was measured.\n")


def test_disabled_benchmarks_say_so(folder):
    result = pretend(folder, "benchmarks", *SMALL, "--benchmark-disable")
    assert result.returncode == 0
    assert "Nothing is timed: --benchmark-disable trains each benchmark once." in lines(result)


@pytest.mark.parametrize("mode", ["--collect-only", "--setup-plan"])
def test_a_look_at_what_would_be_measured_is_no_error(folder, mode):
    assert pretend(folder, "benchmarks", *SMALL, "--benchmark-save", mode).returncode == 0
    assert projects.saved(folder) == []


def test_another_configuration_works_and_what_it_saves_can_be_read(tmp_path, digits):
    project(tmp_path / "clone")
    (tmp_path / "other.ini").write_text("[pytest]\n")
    chosen = ("-c", str(tmp_path / "other.ini"))
    result = pretend(tmp_path / "clone", *chosen, "benchmarks", *SMALL, "--benchmark-save=x", "-W", "error")
    assert result.returncode == 0, lines(result)
    assert len(load(*map(str, projects.saved(tmp_path)))) == 9
    late = pretend(tmp_path, *chosen, ".")
    assert late.returncode == 2
    assert any(line.startswith("lab6's plugin was not loaded before the benchmarks were") for line in lines(late))


@pytest.mark.parametrize(
    ("left_out", "sentence"),
    [
        ("lab6.measure.plugin", "ERROR: lab6's plugin was not loaded before the benchmarks were collected: name their"),
        ("benchmark", "ERROR: lab6 measures with pytest-benchmark, which is not loaded: leave -p no:benchmark out, or"),
    ],
)
def test_a_plugin_that_is_left_out_but_needed_is_named(folder, left_out, sentence):
    result = pretend(folder, "benchmarks", "-p", f"no:{left_out}")
    assert result.returncode == 4
    assert result.stderr.startswith(sentence)
