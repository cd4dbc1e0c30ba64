"""Real runs of ``pytest benchmarks`` that are killed, or fail: what they had finished is kept."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.test_benchmarks import ROOT, SMALL, environment, project, run, saved


def lab6(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from lab6.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60)


def test_a_killed_run_is_announced_by_the_next_one_and_recovered(tmp_path, digits):
    folder = project(tmp_path)
    arguments = ("--dataset=digits", "--devices=cpu", "--engines=tape", "--batch-sizes=60000,1", "--rounds=2")
    command = [sys.executable, "-m", "pytest", "benchmarks", "--benchmark-save", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 100
        while not list(folder.glob("results/*/.unfinished/*/0001-00002.json")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)  # the next benchmark takes minutes
    assert process.returncode == -signal.SIGKILL
    assert saved(folder) == []

    result = run(folder, "benchmarks", *SMALL, "--batch-sizes=100", "--rounds=1", "--benchmark-save")
    assert result.returncode == 0, result.stdout + result.stderr
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("An interrupted run was found: ")]
    assert "1 benchmark, 2 rounds, of 20" in line
    assert " (tape). Keep it: " in line
    words = shlex.split(line.partition("Keep it: ")[2])
    assert (Path(words[0]).name, words[1:]) == ("lab6", ["recover"])

    recovered = lab6(folder, *words[1:])
    assert recovered.returncode == 0, recovered.stderr
    usual, kept = (json.loads(path.read_text()) for path in saved(folder))
    assert saved(folder)[1].name == "0002_digits-tape.json"
    assert list(kept) == list(usual)
    assert kept["machine_info"] == usual["machine_info"]
    assert kept["commit_info"] == usual["commit_info"]
    for part in ("stats", "extra_info", "options"):
        fields = set(usual["benchmarks"][0][part]) - {"compile_seconds"}
        assert set(kept["benchmarks"][0][part]) == fields, part
    assert list(kept["benchmarks"][0]) == list(usual["benchmarks"][0])
    assert not list(folder.glob("results/*/.unfinished"))
    compare = [sys.executable, "-m", "pytest_benchmark", "--storage", "results", "compare"]
    result = subprocess.run(compare, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60)
    assert "test_epoch[digits-tape-cpu-60000]" in result.stdout


FAILS = """
from lab6.training.engines.engine import Engine
from lab6.training.engines import engine_class

tape = engine_class("tape", "tensorflow")
real = tape.train_epoch


def train_epoch(self):
    if self.task.batch_size == 100 and self.seed == 1:
        raise MemoryError("out of memory")
    return real(self)


tape.train_epoch = train_epoch
"""


def test_a_benchmark_that_fails_in_its_second_round_costs_neither_its_first_nor_the_others(tmp_path, digits):
    folder = project(tmp_path)
    (folder / "fails.py").write_text(FAILS)
    arguments = ("-p", "fails", "--engines=tape", "--batch-sizes=200,100,50", "--rounds=2", "--benchmark-save")
    result = run(folder, "benchmarks", *SMALL, *arguments, PYTHONPATH=f"{folder}{os.pathsep}{ROOT}")
    assert result.returncode == 1, result.stdout + result.stderr
    (path,) = saved(folder)
    rounds = {
        each["params"]["batch_size"]: each["stats"]["rounds"] for each in json.loads(path.read_text())["benchmarks"]
    }
    assert rounds == {200: 2, 100: 1, 50: 2}
    assert not list(folder.glob("results/*/.unfinished"))


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks processes")
def test_no_finished_round_of_a_real_run_is_lost_whenever_it_is_killed(tmp_path, digits):
    command = [sys.executable, "-m", "tests.interrupting", str(tmp_path), "52"]
    result = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=1200)
    assert result.returncode == 0, result.stderr
    happened = json.loads(result.stdout.splitlines()[-1])
    assert happened["kills"] >= 50
    assert happened["measuring"] >= 5
