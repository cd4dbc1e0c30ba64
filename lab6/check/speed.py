"""The verdict on speed: slower, faster, same or inconclusive, for each way to train and minibatch size.

Rounds of one process are not independent: they share its memory layout, its cores, its minute. So a process counts
once, with the median of log(seconds) of its rounds (T. Kalibera and R. Jones, "Rigorous Benchmarking in Reasonable
Time", ISMM 2013). The two sides of a duet make pairs; other runs are two groups of processes
(:mod:`lab6.check.difference`).

``same``: the 95% interval lies within the minimum effect (D. Schuirmann, "A comparison of the two one-sided tests
procedure", Journal of Pharmacokinetics and Biopharmaceutics 15, 1987). ``slower``: certainly above zero, and not shown
to be smaller than the minimum effect. ``faster``: the mirror image. Everything else is ``inconclusive``.
"""

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from lab6.check.difference import Difference, of_pairs, of_sides
from lab6.store import workload
from lab6.store.series import shares

ROW = ["engine", "device", "backend", "goal", "batch_size"]
"""The columns that identify a row of a check: a way to train, with what and to where (see :func:`with_goals`), a
minibatch size."""

SLOWER, FASTER, SAME, INCONCLUSIVE = "slower", "faster", "same", "inconclusive"

MINIMUM_EFFECT = 0.02
"""The default of the smallest relative change that matters."""

SIGNIFICANCE = 0.005
"""The largest probability that a check of unchanged code calls any row slower: Bonferroni's bound over its rows.
Learning (:mod:`lab6.check.learning`) has as much again, so at most one check in a hundred is a false alarm."""

MOST = 100.0
"""A log from which a change counts as unknown."""

AT_ONCE = "at the same time"
"""The value of ``played`` in a duet whose sides train at once, each on its own core."""

CONFIDENCE = 0.95
"""Of the intervals that are shown, and that decide on ``same``."""

POWER = 0.9
"""The probability with which the smallest change that a check finds is found."""


def are_pairs(baseline: pd.DataFrame, candidate: pd.DataFrame) -> bool:
    """Whether all rounds of both sides belong to the same duets."""
    duets = [set(rounds["duet"]) for rounds in (baseline, candidate)]
    return duets[0] == duets[1] and not any(pd.isna(duet) for duet in duets[0])


def with_goals(rounds: pd.DataFrame) -> pd.DataFrame:
    """``rounds`` with the column ``goal``: the workers, the threads if there are several numbers of them, and the
    accuracy to reach. So no row mixes epochs with runs to an accuracy, or one worker with two."""
    goals = workload.goals(rounds)
    several = rounds["threads"].nunique() > 1 or rounds["workers"].notna().any()
    return rounds.assign(goal=shares(rounds).str.cat(goals) if several else goals)


def judge(
    baseline: pd.DataFrame, candidate: pd.DataFrame, minimum_effect: float = MINIMUM_EFFECT, rows: int | None = None
) -> pd.DataFrame:
    """A row for each ROW that both sides, tidy frames of the same work, have.

    ``rows``: the number of rows of the whole check, if there are more than these.

    Columns: ROW; ``pairs`` (NA outside of duets); ``baseline_processes``, ``candidate_processes`` (counts);
    ``baseline_seconds``, ``candidate_seconds`` (geometric means of the processes' medians); ``change`` (candidate /
    baseline - 1; 0.1 is 10% slower) with ``change_low`` and ``change_high``, its 95% interval; ``finds`` (the smallest
    change that could have been found, at least ``minimum_effect``); ``speed``, the verdict. NaN if too little was
    measured.
    """
    paired = are_pairs(baseline, candidate)
    ours, theirs = (_levels(rounds, "duet" if paired else "run") for rounds in (baseline, candidate))
    common = [key for key in sorted(ours) if key in theirs]
    level = 2 * SIGNIFICANCE / max(len(common), rows or 0)
    found = [
        dict(zip(ROW, key, strict=True)) | _row(ours[key], theirs[key], paired, minimum_effect, level) for key in common
    ]
    return pd.DataFrame(found).astype({"pairs": "Int64"})


def _levels(rounds: pd.DataFrame, group: str) -> dict[tuple[Any, ...], pd.Series]:
    """For each ROW, the median of log(seconds) of each process, indexed by ``group`` and process."""
    logs = with_goals(rounds)[[*ROW, group, "process"]].assign(level=np.log(own_seconds(rounds)))
    medians = logs.groupby([*ROW, group, "process"], sort=True)["level"].median()
    return {key: levels.droplevel(ROW) for key, levels in medians.groupby(level=ROW)}


def own_seconds(rounds: pd.DataFrame) -> pd.Series:
    """The seconds of each round; in a duet at the same time, less the time that the process waited for its core.

    Another program on that core slows only one side. Time without the core for other reasons, such as sleeping, counts;
    so does competition among the process's own threads, because together they use no more than the seconds.
    """
    several = rounds["cores"].astype("string").str.contains(",").fillna(True)
    alone = (rounds["played"] == AT_ONCE).fillna(False) & ~several
    idle_or_waiting = (rounds["seconds"] - rounds["cpu_seconds"]).clip(lower=0)
    waited = np.minimum(rounds["waiting_seconds"], idle_or_waiting).fillna(0.0)
    return rounds["seconds"] - waited.where(alone.astype(bool), 0.0)


def _row(ours: pd.Series, theirs: pd.Series, paired: bool, minimum_effect: float, level: float) -> dict[str, object]:
    """The columns of one ROW after its name; ``level``: of the two-sided intervals that decide on slower and faster."""
    if paired:
        ours, theirs = ours.align(theirs, join="inner")
    turned = ours.index.get_level_values("process") % 2 == 0  # the first pair has the baseline at the first place
    difference = of_pairs(theirs - ours, turned) if paired else of_sides(ours, theirs)
    half = difference.half_width(1 - CONFIDENCE)
    finds = _relative(difference.half_width(level) + float(special.ndtri(POWER)) * difference.error)
    return {
        "pairs": difference.n if paired else None,
        "baseline_processes": len(ours),
        "candidate_processes": len(theirs),
        "baseline_seconds": math.exp(ours.mean()),
        "candidate_seconds": math.exp(theirs.mean()),
        **relative("change", difference, half),
        "finds": max(minimum_effect, finds) if math.isfinite(finds) else math.nan,
        "speed": verdict(difference, half, minimum_effect, level),
    }


def relative(name: str, difference: Difference, half: float) -> dict[str, float]:
    """A difference of logs as a relative change ``name``, with ``_low`` and ``_high``, the ends of the interval of
    half width ``half``; NaN if that is infinite."""
    if not math.isfinite(half):
        return {name: _relative(difference.mean), f"{name}_low": math.nan, f"{name}_high": math.nan}
    low, high = difference.mean - half, difference.mean + half
    return {name: _relative(difference.mean), f"{name}_low": _relative(low), f"{name}_high": _relative(high)}


def _relative(log: float) -> float:
    """exp(log) - 1; NaN from MOST on."""
    return math.expm1(log) if log < MOST else math.nan


def verdict(difference: Difference, half: float, minimum_effect: float, level: float) -> str:
    """The verdict on one row; ``half``: of the 95% interval, ``level``: of the interval that decides on slower."""
    matters = math.log1p(minimum_effect)
    if -matters < difference.mean - half and difference.mean + half < matters:
        return SAME
    if abs(difference.mean) > difference.half_width(level):
        return SLOWER if difference.mean > 0 else FASTER
    return INCONCLUSIVE
