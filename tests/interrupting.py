"""Kills real runs of ``pytest benchmarks`` at random moments: ``python -m tests.interrupting FOLDER KILLS``.

TensorFlow is imported once, and each run is forked from here. Prints what happened as JSON; ends with an AssertionError
where a round that a run had finished was lost or changed.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest

from lab6.measuring import plan, recovery  # plan imports TensorFlow
from lab6.measuring.epoch import Epochs
from tests.measuring.killing import saved
from tests.test_benchmarks import SMALL, project

ARGUMENTS = ("benchmarks", *SMALL, "--batch-sizes=200,100,50", "--rounds=30", "--benchmark-save", "-q")
assert plan


def log_rounds(log: int) -> None:
    """Write down the seconds of each round, as pytest-benchmark has them, once it is finished."""
    time_with, end = Epochs.time_with, Epochs._end

    def time_and_remember(self: Epochs, benchmark: object) -> None:
        self.benchmark = benchmark
        time_with(self, benchmark)

    def end_and_log(self: Epochs) -> None:
        end(self)
        seconds = self.benchmark.stats.stats.data[-1]
        size = self.engine.task.batch_size
        os.write(log, f"{size} {self.engine.seed} {seconds.hex()}\n".encode())

    Epochs.time_with, Epochs._end = time_and_remember, end_and_log


def start(folder: Path) -> tuple[int, int]:
    """A run in ``folder``: its process, and where its log can be read."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.chdir(folder)
        silent = os.open(folder / "output", os.O_CREAT | os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        log_rounds(writing)
        os._exit(int(pytest.main(list(ARGUMENTS))))
    os.close(writing)
    return child, reading


def kill_once(folder: Path, after: float) -> dict[str, int]:
    """Kill a run ``after`` seconds, recover, and compare with what it had finished."""
    folder.mkdir()
    child, reading = start(project(folder))
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    alive = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    with os.fdopen(reading) as log:
        logged = log.read().splitlines()
    (folder / "results").mkdir(exist_ok=True)
    for _ in recovery.recover(str(folder / "results")):
        pass
    kept = saved(folder / "results")
    assert len(set(kept)) == len(kept), f"a round was saved twice in {folder}"
    assert set(logged) <= set(kept), f"a finished round was lost in {folder}"
    assert len(kept) <= len(logged) + 1, f"more was saved than was measured in {folder}"
    return {"kills": alive, "rounds": len(logged), "measuring": 0 < len(kept) < 90}


def main(folder: Path, kills: int) -> None:
    began = time.monotonic()
    (folder / "whole").mkdir()
    child, reading = start(project(folder / "whole"))
    assert os.waitpid(child, 0)[1] == 0
    os.close(reading)
    life = time.monotonic() - began
    done: list[dict[str, int]] = []
    while sum(each["kills"] for each in done) < kills:
        done.append(kill_once(folder / str(len(done)), random.uniform(0, life)))
    print(json.dumps({what: sum(each[what] for each in done) for what in done[0]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
