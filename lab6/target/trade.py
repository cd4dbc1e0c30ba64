"""The trade between steps and images, and the critical minibatch size.

To reach an accuracy, small minibatches take many steps and few images, large ones few steps and many images:

    (S / Smin - 1) (E / Emin - 1) = 1,   S steps, E = S x B images of minibatches of B,

so S = Smin (1 + Bcrit / B) with Bcrit = Emin / Smin, the size at which both are twice their least. Source:
S. McCandlish, J. Kaplan, D. Amodei and the OpenAI Dota Team, "An Empirical Model of Large-Batch Training", 2018,
equation 2.11. That steps first fall in proportion to the size and then no longer: C. Shallue and others, "Measuring the
Effects of Data Parallelism on Neural Network Training", JMLR 20, 2019.
"""

import dataclasses

import numpy as np
import pandas as pd
from scipy import optimize, special

LEAST_SIZES = 4
"""Minibatch sizes that a fit of two parameters needs."""

SOFT = 0.1
"""Distances of log(steps) from the curve above this count less than in least squares."""

BEYOND = 10.0
"""How many times beyond the sizes that were tried the critical one may lie; a fit at that bound says nothing."""


@dataclasses.dataclass(frozen=True)
class Trade:
    """The fitted curve.

    ``least_steps``: Smin. ``critical``: Bcrit, images; with its 95% interval ``low`` to ``high``, from the covariance
    of the fit and Student's t. ``median_error``: the median distance of the points from the curve, relative to it.
    """

    least_steps: float
    critical: float
    low: float
    high: float
    median_error: float

    @property
    def least_images(self) -> float:
        """Emin."""
        return self.least_steps * self.critical

    def steps(self, batch_size: np.ndarray) -> np.ndarray:
        """The curve's steps for each minibatch size."""
        found: np.ndarray = self.least_steps * (1 + self.critical / batch_size)
        return found


def fit(best: pd.DataFrame) -> Trade | None:
    """Fit the curve to ``batch_size`` and ``steps`` of :func:`lab6.target.settings.best`, on the scale of log(steps).

    None for fewer than LEAST_SIZES, and if these sizes do not show where steps stop falling or stop being proportional.
    """
    if len(best) < LEAST_SIZES:
        return None
    size, steps = best["batch_size"].to_numpy(dtype=float), best["steps"].to_numpy(dtype=float)
    bounds = np.log([size.min() / BEYOND, size.max() * BEYOND])

    def distances(logs: np.ndarray) -> np.ndarray:
        away: np.ndarray = logs[0] + np.log1p(np.exp(logs[1]) / size) - np.log(steps)
        return away

    found = optimize.least_squares(
        distances,
        [np.log(steps.min()), np.log(np.median(size))],
        bounds=([-np.inf, bounds[0]], [np.inf, bounds[1]]),
        loss="soft_l1",
        f_scale=SOFT,
    )
    if not found.success or np.abs(found.x[1] - bounds).min() < 0.01:
        return None
    half = _half_width(found, len(size) - 2)
    least, critical = np.exp(found.x)
    low, high = np.exp([found.x[1] - half, found.x[1] + half])
    error = float(np.median(np.abs(np.expm1(distances(found.x)))))
    return Trade(float(least), float(critical), float(low), float(high), error)


def _half_width(found: optimize.OptimizeResult, freedom: int) -> float:
    """Half of the 95% interval of log(Bcrit)."""
    covariance = np.linalg.inv(found.jac.T @ found.jac) * 2 * found.cost / freedom
    return float(special.stdtrit(freedom, 0.975) * np.sqrt(covariance[1, 1]))
