"""Student's t: how far a mean of a few independent values can be from the true one.

Sources: Student, "The probable error of a mean", Biometrika 6, 1908; B. L. Welch, "The generalization of 'Student's'
problem when several different population variances are involved", Biometrika 34, 1947, with the freedom of
F. Satterthwaite, "An approximate distribution of estimates of variance components", Biometrics Bulletin 2, 1946. That
what a mean leaves uncertain can be drawn from the same distribution: A. Gelman and others, "Bayesian Data Analysis",
third edition, CRC 2013, section 3.2.
"""

import numpy as np
import numpy.typing as npt
from scipy import special  # scipy.stats takes longer to import than a report of a few runs to make

CONFIDENCE = 0.95

LEAST_PROCESSES = 3
"""Processes that a time needs for an interval."""

DRAWS = 4_000

Array = npt.NDArray[np.float64]


def interval(values: Array, least: int = 2) -> tuple[float, float]:
    """The 95% interval of the mean of ``values`` (n,): mean +- t s / sqrt(n); NaN for fewer than ``least``."""
    if len(values) < least:
        return np.nan, np.nan
    half = _quantile(len(values) - 1) * _error(values)
    return float(values.mean() - half), float(values.mean() + half)


def interval_of_difference(ours: Array, theirs: Array, least: int = LEAST_PROCESSES) -> tuple[float, float]:
    """Welch's 95% interval of the mean of ``ours`` (n,) less that of ``theirs`` (m,); NaN for fewer than ``least``."""
    if min(len(ours), len(theirs)) < least:
        return np.nan, np.nan
    parts = [_error(side) ** 2 for side in (ours, theirs)]
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(ours) - 1) + parts[1] ** 2 / (len(theirs) - 1))
    difference, half = ours.mean() - theirs.mean(), _quantile(freedom) * np.sqrt(sum(parts))
    return float(difference - half), float(difference + half)


def draws(values: Array, seed: int) -> Array:
    """DRAWS means that ``values`` (n,), two or more, leave possible: mean + t s / sqrt(n), t of n - 1 degrees."""
    drawn: Array = values.mean() + np.random.default_rng(seed).standard_t(len(values) - 1, DRAWS) * _error(values)
    return drawn


def _error(values: Array) -> float:
    """The standard error of the mean; never 0."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) or 1e-12


def _quantile(freedom: float) -> float:
    return float(special.stdtrit(freedom, (1 + CONFIDENCE) / 2))
