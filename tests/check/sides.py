"""Sides of a check, small enough to check by eye: runs and duets made of seconds; and checks of them."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from lab6.check.check import Check, Terms, check
from tests import saved
from tests.small import rounds

ACCURACIES = (0.90, 0.91, 0.92)
SEEDS = (0.960, 0.964, 0.962)
"""Test accuracies of three seeds."""

STEADY = (0.99, 1.0, 1.01, 1.0, 0.995)
"""Levels of five runs that differ as little as processes do."""

PAIRS = (-0.003, 0.003, 0.0, 0.002, -0.002, 0.001, -0.001, 0.0)
"""Changes of eight pairs around none."""

SIZES = {10: 4.0, 100: 1.0}
"""Seconds of two minibatch sizes."""


def runs(
    *levels: float,
    sizes: Mapping[int, float] | None = None,
    accuracies: Sequence[float] = ACCURACIES,
    machine: Mapping[str, Any] | None = None,
    year: int = 2026,
    **record: Any,
) -> pd.DataFrame:
    """A run of three rounds for each of ``levels``; ``sizes``: seconds of each minibatch size at a level of 1.

    Rounds are 1% faster than, equal to and 1% slower than their run's level, and all of one process; ``year`` makes the
    runs of two sides differ.
    """
    contents = [
        saved.run(
            {
                size: ([level * seconds * factor for factor in (0.99, 1, 1.01)], list(accuracies))
                for size, seconds in (sizes or {100: 1.0}).items()
            },
            machine,
            datetime=f"{year}-01-02T03:04:05.{place:06}+00:00",
            **record,
        )
        for place, level in enumerate(levels)
    ]
    return rounds(*contents)


def stored(folder: Path, **names: float) -> None:
    """Save five steady runs under each name, so many times as slow, as ``--benchmark-save`` does."""
    for number, (name, level) in enumerate(itertools.product(names, STEADY), 1):
        sizes = {100: ([level * names[name] * factor for factor in (0.99, 1, 1.01)], list(SEEDS))}
        content = saved.run(sizes, datetime=f"2026-01-02T03:04:{number:02}+00:00")
        saved.write(folder / "results" / "here" / f"{number:04}_{name}.json", content)


def duet(
    *changes: float, sizes: Sequence[int] = (100,), accuracies: Sequence[float] | None = None, **candidate: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both sides of a duet with a pair for each of ``changes``: the candidate takes 1 + change seconds, the baseline 1.

    Each pair trains one round from a seed of its own. ``accuracies``: the candidate's on test images, the baseline's
    being 0.96; ``candidate``: ``machine`` or fields of its record.
    """
    of_baseline = [0.96] * len(changes)
    sides = []
    for side, seconds, tests in (
        ("baseline", [1.0 for _ in changes], of_baseline),
        ("candidate", [1 + change for change in changes], accuracies or of_baseline),
    ):
        fields = {"duet": "d1", "side": side, "played": "at the same time"}
        own = candidate if side == "candidate" else {}
        of_sizes = {size: (seconds, list(tests)) for size in sizes}
        frame = rounds(saved.run(of_sizes, **(fields | own)))
        sides.append(frame.assign(process=frame["round"] + 1, source=f"{side}.json"))
    return sides[0], sides[1]


def checked(
    slower: float = 1.0,
    accuracies: Sequence[float] = SEEDS,
    count: int = 5,
    terms: Terms | None = None,
    sizes: Mapping[int, float] = SIZES,
) -> Check:
    """A check of five steady runs with ``count`` others."""
    baseline = runs(*STEADY, accuracies=SEEDS, sizes=sizes)
    candidate = runs(*(slower * level for level in STEADY[:count]), accuracies=accuracies, sizes=sizes, year=2027)
    return check(baseline, candidate, terms or Terms())
