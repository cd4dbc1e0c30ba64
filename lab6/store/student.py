"""Student's t: intervals of the mean of a few independent values.

Sources: Student, "The probable error of a mean", Biometrika 6, 1908; B. L. Welch, "The generalization of 'Student's'
problem when several different population variances are involved", Biometrika 34, 1947, with the freedom of
F. Satterthwaite, "An approximate distribution of estimates of variance components", Biometrics Bulletin 2, 1946. For
draws from the same distribution: A. Gelman and others, "Bayesian Data Analysis",
third edition, CRC 2013, section 3.2.
"""

import functools

import numpy as np
import numpy.typing as npt
from scipy import special  # scipy.stats takes longer to import than a small report takes

CONFIDENCE = 0.95

LEAST_PROCESSES = 3
"""Processes that a time needs for an interval."""

DRAWS = 4_000
"""Number of draws; a share of them is off by at most 1.6 percentage points (two standard deviations)."""

Array = npt.NDArray[np.float64]


def half_width(values: Array, least: int = LEAST_PROCESSES) -> float:
    """Half of the 95% interval of the mean of ``values`` (n,), t s / sqrt(n); NaN for fewer than ``least``."""
    return _quantile(len(values) - 1) * _error(values) if len(values) >= least else np.nan


def half_width_of_difference(ours: Array, theirs: Array) -> float:
    """Half of Welch's 95% interval of the mean of ``ours`` (n,) less that of ``theirs`` (m,), each of processes; NaN
    for fewer than LEAST_PROCESSES."""
    if min(len(ours), len(theirs)) < LEAST_PROCESSES:
        return np.nan
    error, freedom = welch(ours, theirs)
    return _quantile(freedom) * error


def welch(ours: Array, theirs: Array, least: float = 1e-12) -> tuple[float, float]:
    """The standard error of the difference of the means of ``ours`` (n,) and ``theirs`` (m,), and its freedom.

    error^2 = sum of s_i^2 / n_i; Satterthwaite's freedom, error^4 / sum of (s_i^2 / n_i)^2 / (n_i - 1). ``least``: a
    lower bound of each standard deviation.
    """
    sides = ours, theirs
    parts = [max(float(side.var(ddof=1)), least**2) / len(side) for side in sides]
    fourth = sum(part**2 / (len(side) - 1) for part, side in zip(parts, sides, strict=True))
    return float(np.sqrt(sum(parts))), sum(parts) ** 2 / fourth


def draws(values: Array, seed: int) -> Array:
    """Draw means compatible with ``values`` (n,), two or more: shape (DRAWS,), mean + t s / sqrt(n), with t from
    Student's distribution with n - 1 degrees of freedom."""
    drawn: Array = values.mean() + _standard_draws(len(values) - 1, seed) * _error(values)
    return drawn


@functools.lru_cache(maxsize=1_000)  # a thousand machines were measured as often as each other, or nearly
def _standard_draws(freedom: int, seed: int) -> Array:
    return np.random.default_rng(seed).standard_t(freedom, DRAWS)


def _error(values: Array) -> float:
    """The standard error of the mean; never 0."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) or 1e-12


@functools.cache
def _quantile(freedom: float) -> float:
    return float(special.stdtrit(freedom, (1 + CONFIDENCE) / 2))
