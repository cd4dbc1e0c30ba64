"""The verdict on speed: slower, faster, same or inconclusive, for each way to train and minibatch size.

The difference of two sides is that of the means of their runs' levels (:mod:`lab6.analysis.noise`), on the scale of
log(seconds). It is tested twice: with Student's t and the spread pooled over both sides, and, where each side has
LEAST_RUNS, with Welch's, which holds where the sides differ in noise and in runs too. The larger p-value and the wider
interval count. ``slower`` and ``faster`` need three things: a difference that is significant after Holm's correction
for the number of rows; one that is larger than the machine's own noise, also than that of the noisier side; and one
that matters. ``same`` needs a 95% interval inside of what matters, as equivalence tests do. Everything else is
``inconclusive``.

Sources: Student, "The probable error of a mean", Biometrika 6, 1908; B. L. Welch, "The generalization of 'Student's'
problem when several different population variances are involved", Biometrika 34, 1947; F. Satterthwaite, "An
approximate distribution of estimates of variance components", Biometrics Bulletin 2, 1946; S. Holm, "A simple
sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979; D. Schuirmann, "A
comparison of the two one-sided tests procedure", Journal of Pharmacokinetics and Biopharmaceutics 15, 1987.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, stats

from lab6.analysis.noise import CONFIDENCE, LEAST_RUNS, ROW, Spread, levels, spread

SLOWER, FASTER, SAME, INCONCLUSIVE = "slower", "faster", "same", "inconclusive"

MINIMUM_EFFECT = 0.05
"""The smallest relative change that matters, where nothing else is asked for."""

SIGNIFICANCE = 0.005
"""How likely a check of unchanged code is to call any row slower, at most. Learning (:mod:`lab6.analysis.learning`) has
as much again, so that one check in a hundred alarms falsely at most."""

POWER = 0.95
"""How likely a slowdown that is said to be detectable is detected."""

SETTLED = 0.8
"""How likely a verdict is to be reached with the number of runs that is named to settle it."""

MOST_RUNS = 50
"""Runs a side that anybody would measure to settle a verdict."""

COLUMNS = [
    *ROW,
    *(
        "baseline_runs",
        "candidate_runs",
        "baseline_rounds",
        "candidate_rounds",
        "baseline_seconds",
        "candidate_seconds",
    ),
    *(
        "change",
        "change_low",
        "change_high",
        "noise",
        "noise_assumed",
        "p_slower",
        "p_faster",
        "speed",
        "runs_to_settle",
    ),
]
"""Of what :func:`judge` returns."""

Array = npt.NDArray[np.float64]


def judge(
    baseline: pd.DataFrame,
    candidate: pd.DataFrame,
    same_code: Sequence[pd.DataFrame] = (),
    minimum_effect: float = MINIMUM_EFFECT,
) -> pd.DataFrame:
    """A row for each ROW that both sides have; all arguments are tidy frames of one machine and the same work.

    ``same_code``: further groups of runs, each of one code, from which the noise is learned too. ``minimum_effect``:
    the smallest relative change that matters (0.05 is 5%).

    Columns: ROW; ``baseline_seconds``, ``candidate_seconds`` (geometric means of the runs' medians); ``change``
    (candidate / baseline - 1; 0.1 is 10% slower) with ``change_low`` and ``change_high``, its 95% interval; ``noise``
    (spread between runs, pooled, or that of the noisier side if it is larger) and ``noise_assumed``; ``p_slower`` and
    ``p_faster``, corrected for the number of rows; ``speed``, the verdict; ``runs_to_settle``: how many runs a side
    would settle an inconclusive one, NaN where up to MOST_RUNS would not, and where the noise is assumed, which tells
    nothing of it.
    """
    sides = [levels(rounds) for rounds in (baseline, candidate, *same_code)]
    keys = sides[0][ROW].drop_duplicates().merge(sides[1][ROW].drop_duplicates())
    rows = [_row(key, [_of(side, key) for side in sides]) for key in keys.itertuples(index=False, name=None)]
    if not rows:
        return pd.DataFrame(columns=COLUMNS)
    found = pd.DataFrame(rows).sort_values(ROW, ignore_index=True)
    found["p_slower"], found["p_faster"] = holm(found["p_slower"].to_numpy()), holm(found["p_faster"].to_numpy())
    found["speed"] = [_verdict(row, minimum_effect) for row in found.to_dict("records")]
    found["runs_to_settle"] = [_runs_to_settle(row, minimum_effect, len(found)) for row in found.to_dict("records")]
    return found[COLUMNS]


def holm(p_values: Array) -> Array:
    """``p_values`` (n,) corrected for n tests, so that all below a level are false with no more than that
    probability."""
    order = np.argsort(p_values)
    stepped = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    corrected = np.empty_like(p_values)
    corrected[order] = np.minimum(stepped, 1)
    return corrected


def detectable(deviation: float, runs: int, rows: int, minimum_effect: float = MINIMUM_EFFECT) -> float:
    """The slowdown (0.1 is 10%) that a check of ``rows`` rows with so many ``runs`` a side calls slower with POWER.

    ``deviation``: the spread between runs of both sides. It uses the noncentral t distribution; for the first of Holm's
    steps, the strictest. With as many runs on both sides Student's and Welch's t agree and Welch's freedom is the
    smaller; it depends on the ratio of the two variances alone, which is independent of their sum, so that the power is
    the mean over that ratio. Being significant and being large enough may each fail in half of the cases that POWER
    leaves.
    """
    error, each = deviation * math.sqrt(2 / runs), (1 + POWER) / 2
    critical = stats.t.isf(SIGNIFICANCE / rows, _welch_freedom(runs, np.arange(0.5, 50) / 100))
    significant = optimize.brentq(
        lambda shift: float(stats.nct.sf(critical, 2 * (runs - 1), shift).mean()) - each, 0, 10 * critical.max() + 10
    )
    large_enough = max(math.log1p(minimum_effect), deviation) + stats.norm.ppf(each) * error
    return math.expm1(max(significant * error, large_enough))


def _welch_freedom(runs: int, quantile: float | Array) -> Array:
    """Welch's degrees of freedom with so many ``runs`` on both sides and the same noise on both.

    (n - 1) / (u^2 + (1 - u)^2), u the share of one side in the sum of both variances, which is distributed as
    Beta((n - 1) / 2, (n - 1) / 2); ``quantile``: of that, 0 to 0.5, as the rest is its mirror image. 0.25 gives the
    median freedom.
    """
    share = stats.beta.ppf(quantile, (runs - 1) / 2, (runs - 1) / 2)
    return np.asarray((runs - 1) / (share**2 + (1 - share) ** 2))


def _of(side: pd.DataFrame, key: tuple[object, ...]) -> pd.DataFrame:
    return side[np.logical_and.reduce([side[field] == value for field, value in zip(ROW, key, strict=True)])]


def _row(key: tuple[object, ...], groups: list[pd.DataFrame]) -> dict[str, object]:
    baseline, candidate = groups[0]["level"], groups[1]["level"]
    noise = spread(groups[:2], [group for group in groups[2:] if len(group)])
    difference = float(candidate.mean() - baseline.mean())
    tests = _tests(noise, baseline, candidate)
    half = max(test.half_width for test in tests)
    row: dict[str, object] = dict(zip(ROW, key, strict=True))
    row |= {"baseline_runs": len(baseline), "candidate_runs": len(candidate)}
    row |= {
        f"{side}_rounds": int(group["rounds"].sum())
        for side, group in zip(("baseline", "candidate"), groups, strict=False)
    }
    row |= {"baseline_seconds": math.exp(baseline.mean()), "candidate_seconds": math.exp(candidate.mean())}
    row |= {"difference": difference, "low": difference - half, "high": difference + half}
    row |= {"change": math.expm1(difference)}
    row |= {"change_low": math.expm1(difference - half), "change_high": math.expm1(difference + half)}
    own = [float(levels_.std()) for levels_ in (baseline, candidate) if len(levels_) >= LEAST_RUNS]
    row |= {"spread": noise.deviation, "noise": max(noise.deviation, *own, 0.0), "noise_assumed": noise.assumed}
    row |= {"p_slower": max(test.p_above(difference) for test in tests)}
    return row | {"p_faster": max(test.p_above(-difference) for test in tests)}


class _Test(NamedTuple):
    """A t test of the difference of two sides: its standard ``error`` (of log(seconds)) and degrees of ``freedom``."""

    error: float
    freedom: float

    @property
    def half_width(self) -> float:
        """Of the CONFIDENCE interval, in log(seconds)."""
        return float(stats.t.ppf((1 + CONFIDENCE) / 2, self.freedom)) * self.error

    def p_above(self, difference: float) -> float:
        """How likely chance alone gives so large a ``difference``, or a larger one; one-sided."""
        return float(stats.t.sf(difference / self.error, self.freedom))


def _tests(noise: Spread, baseline: pd.Series, candidate: pd.Series) -> list[_Test]:
    """Student's test, and Welch's where each side has LEAST_RUNS; no error is 0, also where all runs are equal to the
    last bit.

    Welch: error^2 = sum of s_i^2 / n_i, with Satterthwaite's freedom, error^4 / sum of (s_i^2 / n_i)^2 / (n_i - 1).
    """
    sides = (baseline, candidate)
    pooled = max(noise.deviation, 1e-9) * math.sqrt(sum(1 / len(side) for side in sides))
    tests = [_Test(pooled, noise.freedom)]
    if min(map(len, sides)) >= LEAST_RUNS:
        parts = [max(float(side.var()), 1e-18) / len(side) for side in sides]
        fourth = sum(part**2 / (len(side) - 1) for part, side in zip(parts, sides, strict=True))
        tests.append(_Test(math.sqrt(sum(parts)), sum(parts) ** 2 / fourth))
    return tests


def _verdict(row: Mapping[str, Any], minimum_effect: float) -> str:
    matters = math.log1p(minimum_effect)
    if -matters < row["low"] and row["high"] < matters:
        return SAME
    if abs(row["difference"]) >= max(matters, row["noise"]):
        if row["p_slower"] <= SIGNIFICANCE:
            return SLOWER
        if row["p_faster"] <= SIGNIFICANCE:
            return FASTER
    return INCONCLUSIVE


def _runs_to_settle(row: Mapping[str, Any], minimum_effect: float, rows: int) -> float:
    """Runs a side with which this difference, if it and the noise are as found, would be called something.

    NaN where the noise is assumed: what was not measured cannot say how much has to be.
    """
    if row["speed"] != INCONCLUSIVE or row["noise_assumed"]:
        return math.nan
    difference, matters = abs(row["difference"]), math.log1p(minimum_effect)
    for runs in range(LEAST_RUNS, MOST_RUNS + 1):
        error, freedom = row["spread"] * math.sqrt(2 / runs), float(_welch_freedom(runs, 0.25))
        sure = float(stats.norm.ppf(SETTLED)) * error
        same = difference + stats.t.isf((1 - CONFIDENCE) / 2, freedom) * error + sure < matters
        significant = difference - sure > stats.t.isf(SIGNIFICANCE / rows, freedom) * error
        if same or (significant and difference - sure > max(matters, row["noise"])):
            return runs
    return math.nan
