"""Journals as a run of ``pytest benchmarks`` writes them, small enough to check by eye."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab6.measuring.journal import Journal, Run
from lab6.record import Round
from tests import saved

RUN = Run(
    machine_info={"node": "here", "lab6": saved.MACHINE},
    commit_info={"id": "abc", "time": None, "dirty": False},
    version="5.2.0",
    began_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    workload="mnist",
)

ROUNDS = {10: [4.0, 4.1], 100: [1.0]}
"""Seconds of each finished round, for each minibatch size."""


def benchmark(size: int, engine: str = "compiled") -> dict[str, Any]:
    """What pytest-benchmark saves of a benchmark, but for its times, and with a record that has no rounds."""
    (whole,) = saved.run({size: ([], [])}, engine=engine)["benchmarks"]
    name = whole["name"]
    return {
        "group": f"mnist: one epoch with {engine} on cpu",
        "name": name,
        "fullname": f"benchmarks/test_epoch.py::{name}",
        "params": {"engine": engine, "device": "cpu", "batch_size": size},
        "param": name.removeprefix("test_epoch[").removesuffix("]"),
        "extra_info": whole["extra_info"],
        "options": {"timer": "perf_counter", "warmup": False},
    }


def round_(seed: int = 0, loss: float = 0.5) -> Round:
    return Round(seed=seed, training_accuracy=0.8, training_loss=loss, test_accuracy=0.9, peak_memory_bytes=2**30)


def begun(
    machine_folder: Path, rounds: Mapping[int, Sequence[float]] = ROUNDS, run: Run = RUN, engine: str = "compiled"
) -> Journal:
    """The journal of a run that is under way in this process."""

    def fail(text: str) -> None:
        raise AssertionError(text)

    journal = Journal(machine_folder, run, fail)
    for size, all_seconds in rounds.items():
        journal.begin(benchmark(size, engine))
        for seed, seconds in enumerate(all_seconds):
            journal.add(round_(seed), seconds)
    return journal


def interrupted(machine_folder: Path, rounds: Mapping[int, Sequence[float]] = ROUNDS, **more: Any) -> Path:
    """The folder of a journal whose process is gone."""
    journal = begun(machine_folder, rounds, **more)
    journal.release()
    return journal.folder
