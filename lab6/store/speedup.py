"""How many times as fast one series is as another, and where that changes. A process counts once, with the median of
its rounds (:mod:`lab6.store.summary`)."""

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd

from lab6.store import student
from lab6.store.summary import of_series


def levels(rounds: pd.DataFrame, series: tuple[str, str]) -> pd.DataFrame:
    """The median of log(seconds) of each process of a series (rows) with each minibatch size (columns)."""
    own = of_series(rounds, *series)
    keys = [own["run"], own["process"], own["batch_size"].astype(int)]
    return np.log(own["seconds"]).groupby(keys).median().unstack()


def with_interval(speedup: float, baseline: pd.DataFrame, own: pd.DataFrame) -> tuple[float, float, float]:
    """A speed-up and its 95% interval, from the levels of both sides' processes (rows) at each size (columns)."""
    sides = (side.dropna().mean(axis=1).to_numpy() for side in (baseline, own))
    factor = float(np.exp(student.half_width_of_difference(*sides)))
    return speedup, speedup / factor, speedup * factor


def crossings(speedups: pd.DataFrame) -> Iterator[tuple[int, int, int, bool]]:
    """Where the faster of two becomes the slower, among the minibatch sizes at which the interval excludes 1.

    Yields the measured sizes on both sides, the size between them at which log(speed-up), a straight line over
    log(size), is 0, and whether the speed-up is above 1 from there on.
    """
    clear = (speedups["speedup_low"] > 1) | (speedups["speedup_high"] < 1)
    certain = speedups[clear].sort_values("batch_size").to_dict("records")
    for smaller, larger in itertools.pairwise(certain):
        before, after = np.log(smaller["speedup"]), np.log(larger["speedup"])
        if before * after < 0:
            sizes = np.log([smaller["batch_size"], larger["batch_size"]])
            about = np.exp(sizes[0] + (sizes[1] - sizes[0]) * before / (before - after))
            yield smaller["batch_size"], larger["batch_size"], round(float(about)), bool(after > 0)
