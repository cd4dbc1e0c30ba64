"""How far runs of the same code come out from each other on one machine: what a difference has to be held against.

Rounds of one run share a process: its memory layout, its threads, the minutes in which it ran. They come out closer to
each other than to the rounds of the next run, so a run counts once, with the median of its rounds (the mistake of
counting rounds is shown in T. Kalibera and R. Jones, "Rigorous Benchmarking in Reasonable Time", ISMM 2013). All of it
is on the scale of log(seconds), where a slowdown by 10% is the same for each minibatch size, and noise too.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

ROW = ["engine", "device", "backend", "batch_size"]
"""What names a row of a check: a way to train, and a minibatch size."""

ASSUMED = 0.15
"""The spread between runs (a standard deviation of 15%) that is assumed where too few runs say what it is. On a virtual
machine with 2 cores, 1% to 3% was measured while its neighbours were quiet, and up to 38% while they were not."""

ASSUMED_FREEDOM = 4
"""How sure of that assumption we are, as degrees of freedom: with four, a spread of 38% where 15% is taken is one of 25
cases (chi-square); with ten, it would be one of 800."""

LEAST_RUNS = 3
"""Runs that each of two sides needs for a machine to speak for itself."""

LEAST_FREEDOM = 4
"""Degrees of freedom from which on further runs of the same code speak for a machine where the sides are too small:
five runs of one code, or three of each of two."""

CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class Spread:
    """How far apart runs of the same code come out.

    ``deviation``: standard deviation of log(seconds) between runs, about the relative one (0.02 is 2%). ``freedom``:
    the degrees of freedom behind it. ``assumed``: whether runs were too few to say (the deviation is then at least
    ASSUMED).
    """

    deviation: float
    freedom: int
    assumed: bool


def levels(rounds: pd.DataFrame) -> pd.DataFrame:
    """A row for each run and ROW of ``rounds``, a tidy frame.

    Columns: ROW, ``run``, ``rounds`` (how many), ``level`` (median of log(seconds)) and ``within`` (standard deviation
    of log(seconds) among the run's rounds, NaN for a single one).
    """
    logs = rounds.assign(log=np.log(rounds["seconds"]))
    grouped = logs.groupby([*ROW, "run"], sort=False)["log"]
    return grouped.agg(rounds="size", level="median", within="std").reset_index()


def spread(sides: Sequence[pd.DataFrame], others: Sequence[pd.DataFrame] = ()) -> Spread:
    """The spread between runs that two ``sides`` are held against; ``others`` are further groups of runs.

    Every group holds rows of :func:`levels`, of one code and one ROW. With LEAST_RUNS on each side all groups are
    pooled. Otherwise ``others`` speak for the machine where they have LEAST_FREEDOM, and if they do not, the spread is
    ASSUMED; in both cases the runs at hand are believed if they are further apart than that, with their own freedom.
    """
    if min(len(side) for side in sides) >= LEAST_RUNS:
        return _pooled([*sides, *others])
    told = _pooled(others)
    if told.freedom >= LEAST_FREEDOM:
        return max(told, _pooled(sides), key=lambda found: found.deviation)
    groups = [*sides, *others]
    larger = max(_assumed(groups), _pooled(groups), key=lambda found: found.deviation)
    return dataclasses.replace(larger, assumed=True)


def _pooled(groups: Sequence[pd.DataFrame]) -> Spread:
    """s^2 = sum of (n - 1) s_g^2 / sum of (n - 1), over groups g of n runs; 0 where no group has two."""
    freedom = sum(max(len(group) - 1, 0) for group in groups)
    squares = sum(float(((group["level"] - group["level"].mean()) ** 2).sum()) for group in groups)
    return Spread(math.sqrt(squares / freedom) if freedom else 0.0, freedom, assumed=False)


def _assumed(groups: Sequence[pd.DataFrame]) -> Spread:
    """ASSUMED together with what the rounds' own spread leaves uncertain in a median: pi / 2 * variance / rounds, the
    large-sample variance of a normal sample's median (M. Kendall and A. Stuart, "The Advanced Theory of Statistics",
    volume 1, section 10.10)."""
    runs = pd.concat(groups)
    of_medians = float((math.pi / 2 * runs["within"] ** 2 / runs["rounds"]).mean())
    return Spread(math.hypot(ASSUMED, 0.0 if math.isnan(of_medians) else math.sqrt(of_medians)), ASSUMED_FREEDOM, True)


def measured(rounds: pd.DataFrame) -> pd.DataFrame:
    """The noise of a machine, a row for each ROW of ``rounds``: runs of the same code on it.

    Columns: ROW; ``runs``, ``rounds``; ``seconds`` (median epoch); ``within`` (spread among the rounds of a run) and
    ``between`` (among runs), standard deviations of log(seconds), with ``between_low`` and ``between_high``, the 95%
    interval from the chi-square distribution. NaN where a single run or round says nothing.
    """
    found = [_measured(key, group) for key, group in levels(rounds).groupby(ROW, sort=False)]
    return pd.DataFrame(found).sort_values(ROW, ignore_index=True)


def _measured(key: tuple[object, ...], runs: pd.DataFrame) -> dict[str, object]:
    freedom = len(runs) - 1
    between = float(runs["level"].std())
    tail = (1 - CONFIDENCE) / 2
    low, high = (
        (between * np.sqrt(freedom / stats.chi2.ppf([1 - tail, tail], freedom))) if freedom else (np.nan, np.nan)
    )
    row: dict[str, object] = dict(zip(ROW, key, strict=True))
    row |= {"runs": len(runs), "rounds": int(runs["rounds"].sum()), "seconds": math.exp(runs["level"].median())}
    row |= {"within": math.sqrt((runs["within"] ** 2).mean()), "between": between}
    return row | {"between_low": low, "between_high": high}
