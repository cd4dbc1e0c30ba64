"""The judgement: which sizes are dominated, what a time budget buys, and which minibatch size to start with."""

import dataclasses

import numpy as np
import pandas as pd

from lab6.analysis import student
from lab6.analysis.series import SERIES
from lab6.analysis.summary import by_seed, levels

TOLERANCE = 0.01
"""Accuracy that a start may be short of the best by, if nothing else is asked for."""

ROUNDING = 1e-9
"""Accuracies are compared with this slack, so that 0.83 is within 0.01 of 0.84 also in binary."""

CONFIDENCE = 0.95
"""Of the draws: the sizes that it takes to win that share of them cannot be distinguished."""


@dataclasses.dataclass(frozen=True)
class Start:
    """The minibatch size to start with, for one series.

    ``batch_size``: the size. ``within``: the sizes whose accuracy is within the tolerance of the best.
    ``most_accurate``: the size of the best, the fastest of equals. ``share``: of the draws in which ``batch_size``
    wins, 0 to 1; None if there is one size only, or a size has fewer than three processes or one seed only.
    ``rivals``: the other sizes that it takes to make up 95% of the wins; these rounds cannot distinguish them.
    ``choices``: how many sizes there are; a single one is no recommendation.
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
    """Which rows of one series another one dominates: at least as fast and as accurate, and better in one of the two.

    Source: V. Pareto, "Manuale di economia politica", 1906; what is left is the Pareto frontier. ``sizes``: rows of a
    summary; ``accuracy``: the column that is judged. True and False, in the same index.
    """
    seconds, accuracies = sizes["seconds"].to_numpy(), sizes[accuracy].to_numpy()
    as_good = (seconds[:, None] <= seconds) & (accuracies[:, None] >= accuracies)
    better = (seconds[:, None] < seconds) | (accuracies[:, None] > accuracies)
    return pd.Series((as_good & better).any(axis=0), index=sizes.index)


def mark_dominated(summary: pd.DataFrame, accuracy: str) -> pd.DataFrame:
    """``summary`` with the column ``dominated``, judged within each series."""
    marked = [dominated(sizes, accuracy) for _, sizes in summary.groupby(SERIES, sort=False)]
    return summary.assign(dominated=pd.concat(marked))


def within_budget(sizes: pd.DataFrame, accuracy: str, seconds: float) -> int | None:
    """The minibatch size of one series with the highest accuracy among those whose epoch takes at most ``seconds``.

    max accuracy(b) subject to seconds(b) <= budget; the faster of two that are as accurate. None if no epoch ends in
    time. Source: "accuracy at a fixed time budget", the lab's question turned around; see time-to-accuracy in
    C. Coleman et al., "DAWNBench", 2017.
    """
    affordable = sizes[sizes["seconds"] <= seconds]
    if affordable.empty:
        return None
    best = affordable.sort_values([accuracy, "seconds"], ascending=[False, True]).iloc[0]
    return int(best["batch_size"])


def steps(summary: pd.DataFrame, accuracy: str) -> pd.DataFrame:
    """For each series the seconds from which on another minibatch size is the best within that budget, in order.

    ``summary``: with what is dominated marked; these are its rows that are not.
    """
    undominated = summary[~summary["dominated"]]
    place = undominated.groupby(SERIES, sort=False).ngroup()
    ordered = undominated.assign(place=place).sort_values(["place", "seconds"], ignore_index=True)
    return ordered[[*SERIES, "seconds", "batch_size", accuracy]]


def start(sizes: pd.DataFrame, rounds: pd.DataFrame, accuracy: str, tolerance: float = TOLERANCE) -> Start:
    """The fastest minibatch size whose accuracy is within ``tolerance`` of the best, and how sure that is.

    argmin seconds(b) over b with accuracy(b) >= max accuracy - tolerance. The rule is the lab's ("the most accuracy for
    the time spent"), with an indifference zone as in R. E. Bechhofer, Annals of Mathematical Statistics 25, 1954. The
    same rule is applied to times and accuracies that are drawn from what the processes and seeds leave uncertain
    (:func:`lab6.analysis.student.draws`); the share of draws in which a size wins says how sure the choice is.
    ``sizes``: one series' rows of a summary; ``rounds``: the rounds behind them.
    """
    batch_sizes = sizes["batch_size"].to_numpy()
    seconds, accuracies = sizes["seconds"].to_numpy(), sizes[accuracy].to_numpy()
    good = accuracies >= accuracies.max() - tolerance - ROUNDING
    chosen = fastest(seconds, accuracies, tolerance)
    shares = _shares(sizes, rounds, accuracy, tolerance)
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
    """Where, along the last axis, the fastest is that is accurate enough; of equally fast ones the most accurate."""
    best = accuracies.max(axis=-1, keepdims=True)
    candidates = np.where(accuracies >= best - tolerance - ROUNDING, seconds, np.inf)
    fastest = candidates == candidates.min(axis=-1, keepdims=True)
    chosen: np.ndarray = np.where(fastest, accuracies, -np.inf).argmax(axis=-1)
    return chosen


def _shares(sizes: pd.DataFrame, rounds: pd.DataFrame, accuracy: str, tolerance: float) -> np.ndarray | None:
    """In which share of the draws each size wins; None if too little was measured to say."""
    if len(sizes) < 2:
        return None
    seconds, accuracies = [], []
    by_size = rounds[["run", "process", "seed", "batch_size", "seconds", accuracy]].groupby("batch_size")
    for place, batch_size in enumerate(sizes["batch_size"]):
        own = by_size.get_group(batch_size)
        processes, learned = levels(own), by_seed(own, accuracy)
        if len(processes) < student.LEAST_PROCESSES or len(learned) < 2:
            return None
        seconds.append(student.draws(processes, seed=place))
        accuracies.append(student.draws(learned, seed=len(sizes) + place))
    winners = fastest(np.stack(seconds, axis=-1), np.stack(accuracies, axis=-1), tolerance)
    shares: np.ndarray = np.bincount(winners, minlength=len(sizes)) / len(winners)
    return shares


def _rivals(batch_sizes: np.ndarray, shares: np.ndarray | None, chosen: np.ndarray) -> tuple[int, ...]:
    """The smallest set of sizes that win in at least 95% of the draws together, less the chosen one."""
    if shares is None:
        return ()
    often = np.argsort(-shares, kind="stable")
    needed = int((shares[often].cumsum() < CONFIDENCE - ROUNDING).sum()) + 1
    return tuple(int(batch_sizes[place]) for place in often[:needed] if place != chosen)
