"""How many times as fast one series is as another, and where that changes. A process counts once, with the median of
its rounds (:mod:`lab6.store.summary`)."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from lab6.store import student
from lab6.store.samples import Array
from lab6.store.summary import Summary


@dataclasses.dataclass(frozen=True)
class Levels:
    """The median of log(seconds) of each process of a series (rows) with each minibatch size (columns), or NaN."""

    sizes: list[int]
    values: Array

    def at(self, sizes: Sequence[int]) -> Array:
        """Those of the processes (rows) that have all of ``sizes`` (columns)."""
        own = self.values[:, [self.sizes.index(size) for size in sizes]]
        return own[np.isfinite(own).all(axis=1)]


def levels(summary: Summary, series: tuple[str, str]) -> Levels:
    """Those of a series."""
    samples = summary.sampled(*series)
    processes = np.unique(np.concatenate([own.processes for own in samples.values()]))
    values = np.full((len(processes), len(samples)), np.nan)
    for place, own in enumerate(samples.values()):
        values[np.searchsorted(processes, own.processes), place] = own.levels
    return Levels(list(samples), values)


def with_interval(speedup: float, baseline: Array, own: Array) -> tuple[float, float, float]:
    """A speed-up and its 95% interval, from the levels of both sides' processes (rows) at each size (columns)."""
    factor = float(np.exp(student.half_width_of_difference(baseline.mean(axis=1), own.mean(axis=1))))
    return speedup, speedup / factor, speedup * factor


def crossings(speedups: pd.DataFrame) -> Iterator[tuple[int, int, int, bool]]:
    """Where the faster of two becomes the slower, among the minibatch sizes at which the interval excludes 1.

    Yields the measured sizes on both sides, the size between them at which log(speed-up), a straight line over
    log(size), is 0, and whether the speed-up is above 1 from there on.
    """
    faster, slower = speedups["speedup_low"] > 1, speedups["speedup_high"] < 1
    if not (faster.any() and slower.any()):
        return
    certain = speedups[faster | slower].sort_values("batch_size").to_dict("records")
    for smaller, larger in itertools.pairwise(certain):
        before, after = np.log(smaller["speedup"]), np.log(larger["speedup"])
        if before * after < 0:
            sizes = np.log([smaller["batch_size"], larger["batch_size"]])
            about = np.exp(sizes[0] + (sizes[1] - sizes[0]) * before / (before - after))
            yield smaller["batch_size"], larger["batch_size"], round(float(about)), bool(after > 0)
