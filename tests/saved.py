"""Saved runs as ``pytest benchmarks --benchmark-save`` writes them, small enough to check by eye."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

MACHINE = {
    "label": "here",
    "cpu_model": "A CPU",
    "usable_cores": 2,
    "memory_bytes": 2**34,
    "gpus": [],
    "intra_op_threads": 2,
    "inter_op_threads": 2,
    "versions": {"python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6"},
}

SIZES = {
    10: ([4.0, 4.1, 4.2], [0.90, 0.91, 0.92]),
    100: ([1.0, 1.1, 1.2], [0.90, 0.91, 0.91]),
    60_000: ([0.5, 0.5, 0.6], [0.2, 0.1, 0.3]),
}
"""Seconds and test accuracies of three rounds for each minibatch size; 100 is the one to start with."""


def run(
    sizes: Mapping[int, tuple[Sequence[float], Sequence[float]]] = SIZES,
    machine: Mapping[str, Any] | None = None,
    datetime: str = "2026-01-02T03:04:05+00:00",
    seed: int = 0,
    others: Mapping[int, Sequence[float | None]] | None = None,
    processes: int = 1,
    **record: Any,
) -> dict[str, Any]:
    """A file's content. ``sizes``: seconds and test accuracies of each round; training accuracies are 0.05 lower.

    ``others``: for each minibatch size, the processor seconds that other programs took in each round; ``processes``:
    which trained the rounds, as many each, one after the other; ``machine`` and ``record`` replace fields of the
    machine and of every benchmark's record.
    """
    benchmarks = [_benchmark(size, seconds, tests, seed, record, processes) for size, (seconds, tests) in sizes.items()]
    for extra in (benchmark["extra_info"] for benchmark in benchmarks):
        if taken := (others or {}).get(extra["batch_size"]):
            for round_, seconds in zip(extra["rounds"], taken, strict=True):
                round_["other_cpu_seconds"] = seconds
    info = {"node": "here", "lab6": MACHINE | dict(machine or {})}
    return {"machine_info": info, "benchmarks": benchmarks, "datetime": datetime, "version": "5.2.0"}


def write(path: Path, content: Mapping[str, Any] | None = None) -> Path:
    """Write a run (by default the one of ``run()``) to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(run() if content is None else content))
    return path


def _benchmark(
    size: int, seconds: Sequence[float], tests: Sequence[float], seed: int, record: Mapping[str, Any], processes: int
) -> dict[str, Any]:
    engine = record.get("engine", "compiled")
    rounds = [
        {
            "seed": seed + place,
            "process": place * processes // len(tests) + 1,
            "training_accuracy": max(test - 0.05, 0),
            "training_loss": 0.5,
            "test_accuracy": test,
        }
        for place, test in enumerate(tests)
    ]
    extra = {
        "schema_version": 1,
        "lab6_version": "0.1.0",
        "engine": engine,
        "backend": "tensorflow",
        "device": "cpu",
        "dataset": "mnist",
        "dataset_digest": "sha256:06b0",
        "training_images": 60_000,
        "test_images": 10_000,
        "batch_size": size,
        "steps_per_epoch": -(-60_000 // size),
        "optimizer": "adam",
        "learning_rate": 0.001,
        "network": [784, 128, 10],
        "precision": "float32",
        "parameter_count": 101_770,
        "rounds": rounds,
    } | dict(record)
    return {"name": f"test_epoch[mnist-{engine}-cpu-{size}]", "stats": {"data": list(seconds)}, "extra_info": extra}
