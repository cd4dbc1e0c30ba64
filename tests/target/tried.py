"""Tables of trials, small enough to check by eye, and what they say about small saved runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab6 import trials
from lab6.target.answer import Answer, judge
from lab6.trials import Table, Trial, Tried
from tests.small import summarised

Setting = tuple[int, float, int | None]
"""Minibatch size, learning rate, steps until it is 0 (None: constant)."""

STEPS: dict[Setting, Sequence[int | None]] = {
    (10, 0.001, None): [4_000, 4_000, 4_000],
    (10, 0.002, 5_000): [3_000, 3_000, 3_000],
    (100, 0.004, None): [500, 600, 720],
    (100, 0.008, None): [400],
    (60_000, 0.02, None): [None, None, None],
}
"""Steps to 97% from each seed; None if it is not reached. Of 10 and 100, the second and the first setting are best."""


def header(**fields: Any) -> Tried:
    """The first line of a table of the work of :func:`tests.saved.run`; ``fields`` are replaced."""
    described: dict[str, Any] = {
        "lab6_version": "0.1.0",
        "dataset": "mnist",
        "dataset_digest": "sha256:06b0",
        "training_images": 60_000,
        "test_images": 10_000,
        "network": (784, 128, 10),
        "optimizer": "adam",
        "parameter_count": 101_770,
        "targets": (0.95, 0.97, 0.98),
        "max_epochs": 10,
    }
    return Tried(**described | fields)


def table(
    steps: Mapping[Setting, Sequence[int | None]] = STEPS,
    targets: Sequence[float] = (0.95, 0.97, 0.98),
    source: str = "table.jsonl",
    **tried: Any,
) -> Table:
    """A table of :func:`header`. 95% takes half the steps to 97%, and nothing reaches 98%.

    ``tried``: replaces fields.
    """
    return Table(
        header(targets=tuple(targets), **tried),
        tuple(_trial(setting, seed, count) for setting, counts in steps.items() for seed, count in enumerate(counts)),
        Path(source),
    )


def write(path: Path, own: Table) -> Path:
    """Write a table to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    trials.write(path, own.tried, own.trials)
    return path


def judged(own: Table, *runs: Mapping[str, Any], target: float | None = None, **more: Any) -> Answer:
    """The fastest way by a table, on the machine of ``runs``, contents of files."""
    return judge(own, summarised(*runs), target, **more)


def _trial(setting: Setting, seed: int, steps: int | None) -> Trial:
    size, rate, falls = setting
    return Trial(
        batch_size=size,
        learning_rate=rate,
        decay_steps=falls,
        seed=seed,
        evaluated_every=10,
        steps=steps or 1_000,
        reached={"0.95": steps // 2, "0.97": steps} if steps else {},
        best_accuracy=0.975 if steps else 0.93 + size / 1e7,
    )
