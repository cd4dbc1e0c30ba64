import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from pandas.testing import assert_frame_equal

from lab6.analysis import ahead, reading, results
from lab6.errors import ResultsError
from tests import saved

RUNS = 7
INTERRUPTED = """
import os, signal, sys
from lab6.analysis import ahead, results
ahead.SHARE, ahead._cores = 2, lambda: 3
def interrupted(files):
    os.killpg(0, signal.SIGINT)
    yield from files
results.load("results", track=interrupted)
"""


@pytest.fixture
def stored(folder):
    """Runs that differ in their seeds."""
    for seed in range(RUNS):
        saved.write(Path(f"results/{seed}.json"), saved.run(seed=100 * seed))
    return folder


@pytest.fixture
def shared(monkeypatch):
    """Three processes share the files: the first two are for this one. The numbers of the files that it read."""
    here = []
    read = reading.run
    monkeypatch.setattr(ahead, "SHARE", 2)
    monkeypatch.setattr(ahead, "_cores", lambda: 3)
    monkeypatch.setattr(
        reading, "run", lambda name, content: (here.append(int(Path(name).stem)), read(name, content))[1]
    )
    return here


def loaded():
    """The frame of all that can be read, and what is said of the rest."""
    bad = []
    return results.load("results", on_bad=lambda error: bad.append(str(error))), bad


def spoil():
    """Damages a file of each share, each in its own way."""
    Path("results/1.json").write_text("{")
    Path("results/2.json").write_text(json.dumps(saved.run(datetime="never")))
    Path("results/5.json").write_bytes(b"")


def test_other_processes_read_all_but_the_first_share(stored, shared):
    results.load("results")
    assert shared == [0, 1]


def test_several_processes_give_the_frame_that_one_gives(stored, request):
    alone = results.load("results")
    request.getfixturevalue("shared")
    assert_frame_equal(results.load("results"), alone)


def test_damaged_files_are_named_in_the_order_and_the_words_of_one_process(stored, request):
    spoil()
    alone, bad = loaded()
    here = request.getfixturevalue("shared")
    frame, told = loaded()
    assert_frame_equal(frame, alone)
    assert told == bad
    assert [line.split()[0] for line in told] == ["results/1.json", "results/2.json", "results/5.json"]
    assert here == [0, 1, 2, 5]


def test_an_error_has_its_cause_also_where_another_process_met_it(stored, shared):
    Path("results/6.json").write_text("{")
    with pytest.raises(ResultsError, match=r"results/6\.json is damaged") as refused:
        results.load("results")
    assert isinstance(refused.value.__cause__, ValueError)


def test_a_copy_in_the_share_of_another_process_counts_once(stored, shared):
    Path("results/9.json").write_bytes(Path("results/0.json").read_bytes())
    rounds = results.load("results")
    assert rounds["run"].nunique() == RUNS
    assert "results/9.json" not in set(rounds["source"])


def test_archives_and_files_of_other_stores_are_read_here(stored, store, shared):
    store.put("results", "/results", recursive=True)
    results.save(results.load("results/0.json"), "results/more.parquet")
    shared.clear()
    results.load("memory://results")
    assert shared == list(range(RUNS))
    assert results.load("results/*.parquet")["run"].nunique() == 1


def test_few_files_start_no_process(stored, monkeypatch):
    monkeypatch.setattr(ahead.subprocess, "Popen", None)
    assert results.load("results")["run"].nunique() == RUNS


@pytest.mark.parametrize("executable", ["", "/nowhere/python"])
def test_where_no_process_can_be_started_this_one_reads_all(stored, shared, monkeypatch, executable):
    monkeypatch.setattr(sys, "executable", executable)
    assert results.load("results")["run"].nunique() == RUNS
    assert shared == list(range(RUNS))


def test_the_share_of_a_process_that_fails_is_read_here(stored, shared, monkeypatch):
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    assert results.load("results")["run"].nunique() == RUNS
    assert shared == list(range(RUNS))


def test_no_process_is_left_after_an_error(stored, shared):
    Path("results/0.json").write_text("{")
    with pytest.raises(ResultsError):
        results.load("results")
    assert psutil.Process().children() == []


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a group of processes")
def test_ctrl_c_ends_all_processes_and_only_one_of_them_says_so(stored):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, start_new_session=True, timeout=60
    )
    assert done.returncode == -signal.SIGINT
    assert done.stderr.count("Traceback") == done.stderr.count("KeyboardInterrupt") == 1
