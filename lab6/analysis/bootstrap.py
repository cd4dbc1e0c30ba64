"""Resampling: how far a median or a mean could have come out otherwise.

Source: B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall 1993: chapter 6 (the
bootstrap), chapter 13 (percentile intervals). Rounds of one run are not independent, so where there are several runs,
runs are drawn first and then rounds within them: A. C. Davison and D. V. Hinkley, "Bootstrap Methods and their
Application", Cambridge University Press 1997, section 3.8."""

import numpy as np
import numpy.typing as npt
from scipy import stats

RESAMPLES = 2_000
CONFIDENCE = 0.95

Array = npt.NDArray[np.float64]


def medians(values: Array, runs: npt.NDArray[np.object_], seed: int = 0) -> Array:
    """RESAMPLES medians of ``values`` (n,), drawn anew with replacement; ``runs`` (n,) says which run each belongs
    to."""
    random = np.random.default_rng(seed)
    _, run = np.unique(runs.astype(str), return_inverse=True)
    counts = np.bincount(run)
    grouped = values[np.argsort(run, kind="stable")]
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    drawn_runs = random.integers(len(counts), size=(RESAMPLES, len(counts)))
    width = int(counts.max())
    within = (random.random((RESAMPLES, len(counts), width)) * counts[drawn_runs][..., None]).astype(int)
    drawn = grouped[starts[drawn_runs][..., None] + within]
    drawn[np.arange(width) >= counts[drawn_runs][..., None]] = np.nan  # a run with fewer rounds gives fewer
    drawn = drawn.reshape(RESAMPLES, -1)
    result: Array = np.nanmedian(drawn, axis=1) if len(set(counts)) > 1 else np.median(drawn, axis=1)
    return result


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

    1 - 2^(1 - n): all n fall on one side of it with probability 2 * (1/2)^n. A bootstrap interval of the median cannot
    reach further than that range, so with fewer than 6 rounds it is short of 95%. Source: H. A. David and H. N.
    Nagaraja, "Order Statistics", third edition, Wiley 2003, section 7.1.
    """
    return 1 - 2.0 ** (1 - rounds)
