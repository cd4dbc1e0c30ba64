"""Resampling: how far a median or a mean could have come out otherwise.

Sources: B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall 1993: chapter 6 (the
bootstrap), chapter 13 (percentile intervals). Rounds of one run are not independent, so where there are several runs,
whole runs are drawn: A. C. Davison and D. V. Hinkley, "Bootstrap Methods and their Application", Cambridge University
Press 1997, section 3.8.
"""

import numpy as np
import numpy.typing as npt
from scipy import stats

RESAMPLES = 2_000
CONFIDENCE = 0.95

BLOCK = 10_000_000
"""Numbers that are held at a time while resampling."""

Array = npt.NDArray[np.float64]


def medians(values: Array, runs: npt.NDArray[np.object_], seed: int = 0) -> Array:
    """RESAMPLES medians of ``values`` (n,), drawn anew with replacement; ``runs`` (n,) says which run each belongs to.

    Of one run, rounds are drawn; of several, runs with all their rounds.
    """
    _, run = np.unique(runs.astype(str), return_inverse=True)
    units = run if run.max() else np.arange(len(values))
    count = int(units.max()) + 1
    ordered = np.argsort(values, kind="stable")
    sorted_values, sorted_units = values[ordered], units[ordered]
    random = np.random.default_rng(seed)
    found = []
    for start in range(0, RESAMPLES, block := max(1, BLOCK // len(values))):
        size = min(block, RESAMPLES - start)
        times_drawn = random.multinomial(count, np.full(count, 1 / count), size=size)
        up_to = times_drawn[:, sorted_units].cumsum(axis=1)  # how many drawn values are no larger
        total = up_to[:, -1:]
        lower, upper = (up_to > (total - 1) // 2).argmax(axis=1), (up_to > total // 2).argmax(axis=1)
        found.append((sorted_values[lower] + sorted_values[upper]) / 2)
    return np.concatenate(found)


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
    low, high = stats.t.interval(CONFIDENCE, len(values) - 1, loc=values.mean(), scale=stats.sem(values) or 1e-300)
    return float(low), float(high)


def range_coverage(rounds: int) -> float:
    """How likely the median of all possible rounds lies between the fastest and the slowest of ``rounds`` (0 to 1).

    1 - 2^(1 - n), for independent rounds: all n fall on one side of it with probability 2 * (1/2)^n. A bootstrap
    interval of the median cannot reach further than that range. Source: H. A. David and H. N.
    Nagaraja, "Order Statistics", third edition, Wiley 2003, section 7.1.
    """
    return 1 - 2.0 ** (1 - rounds)
