"""Resampling: how far a median or a mean could have come out otherwise.

Sources: B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall 1993: chapter 6 (the
bootstrap), chapter 13 (percentile intervals). Rounds of one run are not independent, so where there are several runs,
whole runs are drawn: A. C. Davison and D. V. Hinkley, "Bootstrap Methods and their Application", Cambridge University
Press 1997, section 3.8.
"""

import functools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special  # scipy.stats alone takes longer to import than a report of a few runs to make

RESAMPLES = 2_000
CONFIDENCE = 0.95

BLOCK = 400_000
"""Numbers that are held at a time while resampling."""

KEPT = 1_000
"""Units whose draws are kept for the next who asks: sizes of one machine have as many runs each. 8 MB at most."""

Array = npt.NDArray[np.float64]

Times = npt.NDArray[np.float32]
"""How often each unit was drawn in each resample, (units, resamples): whole numbers, with exact sums below 2^24."""


def medians(values: Array, runs: npt.NDArray[np.object_], seed: int = 0) -> Array:
    """RESAMPLES medians of ``values`` (n,), drawn anew with replacement; ``runs`` (n,) says which run each belongs to.

    Of one run, rounds are drawn; of several, runs with all their rounds.
    """
    run, names = pd.factorize(runs, sort=True)
    units = run if len(names) > 1 else np.arange(len(values))
    ordered = np.argsort(values, kind="stable")
    count = int(units.max()) + 1
    draws = _kept if count <= KEPT else _drawn
    blocks = draws(seed, count, max(1, BLOCK // count))
    return np.concatenate([_medians(values[ordered], units[ordered], times) for times in blocks])


def _drawn(seed: int, count: int, block: int) -> Iterator[Times]:
    """What is drawn of ``count`` units, ``block`` resamples at a time."""
    random = np.random.default_rng(seed)
    for start in range(0, RESAMPLES, block):
        size = min(block, RESAMPLES - start)
        drawn = random.integers(count, size=(size, count))
        drawn += np.arange(size)[:, None] * count
        times = np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count)
        yield np.ascontiguousarray(times.T, dtype=np.float32)


@functools.lru_cache(maxsize=8)
def _kept(seed: int, count: int, block: int) -> list[Times]:
    """All of :func:`_drawn`, which is not to be changed."""
    return list(_drawn(seed, count, block))


def _medians(values: Array, units: npt.NDArray[np.intp], times: Times) -> Array:
    """The median of each resample; ``values`` ascend, and ``times`` says how often their ``units`` were drawn.

    Only the values near the middle are counted one by one: the further, the more the resamples differ there.
    """
    middle = len(values) // 2
    ranks = [(_drawn_of(units, times) - odd) // 2 for odd in (1, 0)]
    reach = 16 + int(1.5 * np.abs(_drawn_of(units[:middle], times) - ranks[0]).max())
    while True:
        start, near = max(0, middle - reach), units[max(0, middle - reach) : middle + reach]
        up_to = times[near]
        up_to[0] += _drawn_of(units[:start], times)
        np.cumsum(up_to, axis=0, out=up_to)  # how many drawn values are no larger
        below = [np.add.reduce(up_to <= rank, axis=0, dtype=np.int32) for rank in ranks]
        if ((below[0] > 0).all() and (below[1] < len(near)).all()) or len(near) == len(values):
            break
        reach *= 4
    medians: Array = (values[start + below[0]] + values[start + below[1]]) / 2
    return medians


def _drawn_of(units: npt.NDArray[np.intp], times: Times) -> npt.NDArray[np.float32]:
    """How many values each resample has drawn of those whose ``units`` are given."""
    drawn: npt.NDArray[np.float32] = np.bincount(units, minlength=len(times)).astype(np.float32) @ times
    return drawn


def means(values: Array, seed: int = 0) -> Array:
    """RESAMPLES means of ``values`` (n,), drawn anew with replacement."""
    drawn = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    result: Array = values[drawn].mean(axis=1)
    return result


def percentile_interval(resampled: Array) -> tuple[float, float]:
    """The middle 95% of resampled statistics (Efron and Tibshirani, chapter 13)."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return float(low), float(high)


def mean_interval(values: Array) -> tuple[float, float]:
    """The 95% interval of the mean of two or more independent ``values`` (n,): mean +- t s / sqrt(n).

    Source: Student, "The probable error of a mean", Biometrika 6, 1908. It is honest also for the two or three values
    for which a bootstrap is too narrow.
    """
    standard_error = values.std(ddof=1) / np.sqrt(len(values)) or 1e-300
    tail = (1 - CONFIDENCE) / 2
    low, high = values.mean() + standard_error * special.stdtrit(len(values) - 1, [tail, 1 - tail])
    return float(low), float(high)


def range_coverage(rounds: int) -> float:
    """How likely the median of all possible rounds lies between the fastest and the slowest of ``rounds`` (0 to 1).

    1 - 2^(1 - n), for independent rounds: all n fall on one side of it with probability 2 * (1/2)^n. A bootstrap
    interval of the median cannot reach further than that range. Source: H. A. David and H. N.
    Nagaraja, "Order Statistics", third edition, Wiley 2003, section 7.1.
    """
    return 1 - 2.0 ** (1 - rounds)
