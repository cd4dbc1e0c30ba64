"""The rules: which sizes are dominated, which is best within a budget, and which minibatch size to start with."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lab6.store import student
from lab6.store.samples import Sample
from lab6.store.series import SERIES

TOLERANCE = 0.01
"""How much less accurate than the best the size to start with may be."""

ROUNDING = 1e-9
"""Slack of comparisons, so that 0.83 is within 0.01 of 0.84 in binary too."""

CONFIDENCE = 0.95
"""Sizes that together win this share of the draws cannot be distinguished."""


@dataclasses.dataclass(frozen=True)
class Start:
    """The minibatch size to start with, for one series.

    ``within``: the sizes whose accuracy is within the tolerance of the best. ``most_accurate``: the size of the best,
    the fastest of equals. ``share``: of the draws that ``batch_size`` wins, 0 to 1; None if there is one size only, or
    a size has fewer than three processes or one seed only. ``rivals``: the other sizes needed for 95% of the wins,
    which these rounds cannot distinguish from it. ``choices``: the number of sizes; a single one is no recommendation.
    """

    setup: str
    method: str
    batch_size: int
    most_accurate: int
    within: tuple[int, ...]
    share: float | None
    rivals: tuple[int, ...]
    choices: int


def dominated(sizes: pd.DataFrame, accuracy: str) -> pd.Series:
    """Whether another row of the series is as fast and as accurate, and better in one of the two.

    The rows that are not dominated are the Pareto frontier (V. Pareto, "Manuale di economia politica", 1906).
    ``sizes``: rows of a summary; ``accuracy``: the column that is judged. Returns booleans with the same index.
    """
    return pd.Series(_dominated(sizes["seconds"].to_numpy(), sizes[accuracy].to_numpy()), index=sizes.index)


def _dominated(seconds: np.ndarray, accuracies: np.ndarray) -> np.ndarray:
    as_good = (seconds[:, None] <= seconds) & (accuracies[:, None] >= accuracies)
    better = (seconds[:, None] < seconds) | (accuracies[:, None] > accuracies)
    return np.asarray((as_good & better).any(axis=0))


def mark_dominated(sizes: pd.DataFrame, accuracy: str) -> pd.DataFrame:
    """``sizes`` of a summary with the column ``dominated``, judged within each series."""
    seconds, accuracies, marked = sizes["seconds"].to_numpy(), sizes[accuracy].to_numpy(), np.zeros(len(sizes), bool)
    for own in sizes.groupby(SERIES, sort=False).indices.values():
        marked[own] = _dominated(seconds[own], accuracies[own])
    return sizes.assign(dominated=marked)


def within_budget(sizes: pd.DataFrame, accuracy: str, seconds: float) -> int | None:
    """The minibatch size of one series with the highest accuracy among those whose epoch takes at most ``seconds``.

    max accuracy(b) subject to seconds(b) <= budget; the faster of two that are as accurate. None if no epoch ends in
    time. It is the counterpart of time-to-accuracy (C. Coleman and others, "DAWNBench", 2017).
    """
    affordable = sizes[sizes["seconds"] <= seconds]
    if affordable.empty:
        return None
    best = affordable.sort_values([accuracy, "seconds"], ascending=[False, True]).iloc[0]
    return int(best["batch_size"])


def steps(sizes: pd.DataFrame, accuracy: str) -> pd.DataFrame:
    """For each series, the budgets in seconds from which another minibatch size is the best, in order.

    ``sizes``: of a summary, with the column ``dominated``.
    """
    undominated = sizes[~sizes["dominated"]]
    place = undominated.groupby(SERIES, sort=False).ngroup()
    ordered = undominated.assign(place=place).sort_values(["place", "seconds"], ignore_index=True)
    return ordered[[*SERIES, "seconds", "batch_size", accuracy]]


def start(sizes: pd.DataFrame, samples: Sequence[Sample], accuracy: str, tolerance: float = TOLERANCE) -> Start:
    """The fastest minibatch size whose accuracy is within ``tolerance`` of the best, and how sure that is.

    argmin seconds(b) over b with accuracy(b) >= max accuracy - tolerance. The rule is the lab's ("the most accuracy for
    the time spent"), with an indifference zone as in R. E. Bechhofer, Annals of Mathematical Statistics 25, 1954. To
    say how sure the choice is, it is applied to draws of times and accuracies that are compatible with the processes
    and seeds (:func:`lab6.store.student.draws`). ``sizes``: one series' rows of a summary; ``samples``: theirs.
    """
    batch_sizes = sizes["batch_size"].to_numpy()
    seconds, accuracies = sizes["seconds"].to_numpy(), sizes[accuracy].to_numpy()
    good = accuracies >= accuracies.max() - tolerance - ROUNDING
    chosen = fastest(seconds, accuracies, tolerance)
    shares = _shares(samples, accuracy, tolerance)
    return Start(
        setup=sizes["setup"].iloc[0],
        method=sizes["method"].iloc[0],
        batch_size=int(batch_sizes[chosen]),
        most_accurate=int(batch_sizes[fastest(seconds, accuracies, 0)]),
        within=tuple(int(size) for size in batch_sizes[good]),
        share=None if shares is None else float(shares[chosen]),
        rivals=_rivals(batch_sizes, shares, chosen),
        choices=len(sizes),
    )


def fastest(seconds: np.ndarray, accuracies: np.ndarray, tolerance: float) -> np.ndarray:
    """The index, along the last axis, of the fastest that is accurate enough; of equals, the most accurate."""
    best = accuracies.max(axis=-1, keepdims=True)
    candidates = np.where(accuracies >= best - tolerance - ROUNDING, seconds, np.inf)
    fastest = candidates == candidates.min(axis=-1, keepdims=True)
    chosen: np.ndarray = np.where(fastest, accuracies, -np.inf).argmax(axis=-1)
    return chosen


def _shares(samples: Sequence[Sample], accuracy: str, tolerance: float) -> np.ndarray | None:
    """The share of draws that each size wins; None if too little was measured."""
    few = any(len(own.levels) < student.LEAST_PROCESSES or len(own.learned[accuracy]) < 2 for own in samples)
    if len(samples) < 2 or few:
        return None
    seconds = [student.draws(own.levels, seed=place) for place, own in enumerate(samples)]
    accuracies = [student.draws(own.learned[accuracy], seed=len(samples) + place) for place, own in enumerate(samples)]
    winners = fastest(np.stack(seconds).T, np.stack(accuracies).T, tolerance)
    shares: np.ndarray = np.bincount(winners, minlength=len(samples)) / len(winners)
    return shares


def _rivals(batch_sizes: np.ndarray, shares: np.ndarray | None, chosen: np.ndarray) -> tuple[int, ...]:
    """The smallest set of sizes that together win at least 95% of the draws, without the chosen one."""
    if shares is None:
        return ()
    often = np.argsort(-shares, kind="stable")
    needed = int((shares[often].cumsum() < CONFIDENCE - ROUNDING).sum()) + 1
    return tuple(int(batch_sizes[place]) for place in often[:needed] if place != chosen)
