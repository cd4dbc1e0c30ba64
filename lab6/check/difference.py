"""The difference of two sides on a log scale, with its interval.

The interval of pairs holds at all times together (a confidence sequence), so that one can look after each new pair and
stop as soon as the answer is clear. It excludes a mean m if the Bayes factor against m reaches 1 / level:

    BF = (1 + n g)^(-1/2) ((1 + t^2 / v) / (1 + t^2 / (v (1 + n g))))^((v + 1) / 2),

where t is Student's for n pairs and m, v = n - 1 its degrees of freedom, and g = SPREAD the prior variance of the
effect (mean / standard deviation), which is normal around 0. BF is a test martingale: if m is true, it ever reaches
1 / level with a probability of at most ``level``; by symmetry, in one given direction with at most half of that.

If sides change places from pair to pair, one place may be faster (a core, or being first). Its effect is estimated from
the pairs as well, by least squares; that takes one degree of freedom, and the same holds.

Sources: M. Gonen, W. Johnson, Y. Lu and P. Westfall, "The Bayesian two-sample t test", The American Statistician 59,
2005, for BF; P. Grunwald, R. de Heide and W. Koolen, "Safe testing", Journal of the Royal Statistical Society B 86,
2024, and H. Wang and A. Ramdas, "Anytime-valid t-tests and confidence sequences for Gaussian means with unknown
variance", Sequential Analysis 44, 2025, for looking at any time; M. Lindon, D. Ham, M. Tingley and
I. Bojinov, "Anytime-valid linear models and regression adjusted causal inference in randomized experiments", 2022, for
the effect of places. Sides without pairs: :func:`lab6.store.student.welch`.
"""

import dataclasses
import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special  # scipy.stats takes a second to import

from lab6.store.student import LEAST_PROCESSES, welch

SPREAD = 10.0
"""The prior variance of the mean of pairs, as a multiple of their variance. A change worth finding is several standard
deviations of a pair, and a large prior variance finds such changes with the fewest pairs."""

LEAST_DEVIATION = 1e-9
"""The smallest standard deviation of log values, so that equal ones have an interval too."""


@dataclasses.dataclass(frozen=True)
class Difference:
    """Candidate less baseline, of log values.

    ``mean``: NaN if a side has no value. ``error``: the standard error of the mean; infinite if ``n`` is too small.
    ``freedom``: its degrees of freedom. ``n``: pairs, or values of the smaller side. ``weight``: the effective number
    of pairs if the interval holds at all times together; 0 if it holds for this ``n`` only.
    """

    mean: float
    error: float
    freedom: float
    n: int
    weight: float = 0.0

    def half_width(self, level: float) -> float:
        """Half of the two-sided interval that misses the true mean with a probability of ``level``; can be infinite."""
        if not math.isfinite(self.error):
            return math.inf
        if self.weight:
            return anytime_quantile(self.weight, self.freedom, level) * self.error
        return -float(special.stdtrit(self.freedom, level / 2)) * self.error


def of_pairs(
    values: ArrayLike, turned: ArrayLike | None = None, sequential: bool = True, least: float = LEAST_DEVIATION
) -> Difference:
    """The mean of ``values``, shape (pairs,), the differences of pairs.

    ``turned``: whether the sides of each pair had changed places, shape (pairs,); None if they have no places.
    ``sequential``: whether the interval must hold after each pair; if not, it is Student's. ``least``: a lower bound
    of the standard deviation.
    """
    pairs = np.asarray(values, dtype=float)
    ones = np.ones(len(pairs))
    design = ones[:, None] if turned is None else np.column_stack([ones, np.where(turned, -1.0, 1.0)])
    freedom = len(pairs) - design.shape[1]
    if freedom < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        return Difference(float(pairs.mean()) if len(pairs) else math.nan, math.inf, math.nan, len(pairs))
    fitted, *_ = np.linalg.lstsq(design, pairs)
    deviation = math.sqrt(float(((pairs - design @ fitted) ** 2).sum()) / freedom)
    weight = 1 / float(np.linalg.inv(design.T @ design)[0, 0])
    error = max(deviation, least) / math.sqrt(weight)
    return Difference(float(fitted[0]), error, freedom, len(pairs), weight if sequential else 0.0)


def of_sides(baseline: ArrayLike, candidate: ArrayLike, least: float = LEAST_DEVIATION) -> Difference:
    """The difference of the means of two sides, shapes (n,) and (m,), by Welch's t. ``least``: a lower bound of each
    side's standard deviation."""
    ours, theirs = (np.asarray(side, dtype=float) for side in (baseline, candidate))
    n = min(len(ours), len(theirs))
    mean = float(theirs.mean() - ours.mean()) if n else math.nan
    if n < LEAST_PROCESSES:
        return Difference(mean, math.inf, math.nan, n)
    return Difference(mean, *welch(ours, theirs, least), n)


def anytime_quantile(weight: float, freedom: float, level: float) -> float:
    """The smallest abs(t) for which BF >= 1 / ``level``; infinite if no t is large enough.

    ``weight``: the effective number of pairs, n above; ``freedom``: v.
    """
    shrunk = 1 / (1 + weight * SPREAD)
    bound = (level**2 * shrunk) ** (-1 / (freedom + 1))
    if bound * shrunk >= 1:
        return math.inf
    return math.sqrt(freedom * (bound - 1) / (1 - bound * shrunk))
