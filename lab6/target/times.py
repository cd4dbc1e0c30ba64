"""The time to an accuracy of each series and minibatch size, steps x seconds of a step, and which is fastest."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd

from lab6.store import student
from lab6.target.seconds import StepTimes

CONFIDENCE = 0.95
"""Sizes that together win this share of the draws cannot be distinguished."""

OF_STEPS = 1_000
"""Seeds of the draws of steps begin here; those of seconds are smaller."""

Logs = Callable[[pd.Series], np.ndarray]
"""log(steps) of each trial of a setting, a row of :func:`lab6.target.settings.best`."""


@dataclasses.dataclass(frozen=True)
class Fastest:
    """The fastest minibatch size of one series.

    ``share``: of the draws that it wins, 0 to 1; None if there is one size only, or one with fewer than three
    processes or seeds. ``missing``: which of these are too few, ``processes`` or ``seeds``. ``rivals``: the other sizes
    needed for 95% of the wins, which cannot be distinguished from it. ``choices``: the number of sizes whose time is
    known.
    """

    setup: str
    method: str
    batch_size: int
    seconds: float
    share: float | None
    rivals: tuple[int, ...]
    choices: int
    missing: tuple[str, ...] = ()


def of_series(
    best: pd.DataFrame, series: tuple[str, str], clock: StepTimes, by_seeds: np.ndarray
) -> tuple[pd.DataFrame, Fastest | None]:
    """The times of one series, and its fastest size; none if no size's time is known.

    ``best``: a row a minibatch size, of :func:`lab6.target.settings.best`; ``clock``: of the ``series``;
    ``by_seeds``: of :func:`draws`.
    Columns: SERIES, those of ``best``, ``step_seconds`` and ``seconds``, the product, with ``seconds_low`` and
    ``seconds_high``: from 2.5% to 97.5% of the draws of steps and of seconds that are compatible with the seeds and
    processes (:func:`lab6.store.student.draws`), NaN for fewer than three of either.
    """
    step = clock.at(best["batch_size"].to_numpy(dtype=float))
    known = np.isfinite(step)
    own, steps = best[known], by_seeds[known]
    clocked = clock.draws(own["batch_size"].to_numpy(dtype=float))
    drawn = clocked * steps
    low, high = np.quantile(drawn, [0.025, 0.975], axis=1) if known.any() else (np.empty(0), np.empty(0))
    times = own.assign(
        setup=series[0],
        method=series[1],
        step_seconds=step[known],
        seconds=own["steps"] * step[known],
        seconds_low=low,
        seconds_high=high,
    )
    if not known.any():
        return times, None
    drawings = {"processes": clocked, "seeds": steps}
    missing = tuple(name for name, values in drawings.items() if not np.isfinite(values).all())
    return times, dataclasses.replace(_fastest(times, drawn), missing=missing)


def draws(best: pd.DataFrame, logs: Logs) -> np.ndarray:
    """Draws of the steps of each size: shape (sizes, student.DRAWS), NaN for fewer than three seeds."""
    drawn = np.full((len(best), student.DRAWS), np.nan)
    for place, (_, setting) in enumerate(best.iterrows()):
        if setting["seeds"] >= student.LEAST_PROCESSES:
            drawn[place] = np.exp(student.draws(logs(setting), seed=OF_STEPS + place))
    return drawn


def _fastest(times: pd.DataFrame, drawn: np.ndarray) -> Fastest:
    chosen = int(times["seconds"].to_numpy().argmin())
    sizes = times["batch_size"].to_numpy()
    share: float | None = None
    rivals: tuple[int, ...] = ()
    if len(sizes) > 1 and np.isfinite(drawn).all():
        shares = np.bincount(drawn.argmin(axis=0), minlength=len(sizes)) / drawn.shape[1]
        share, rivals = float(shares[chosen]), _rivals(sizes, shares, chosen)
    row = times.iloc[chosen]
    return Fastest(row["setup"], row["method"], int(sizes[chosen]), float(row["seconds"]), share, rivals, len(sizes))


def _rivals(sizes: np.ndarray, shares: np.ndarray, chosen: int) -> tuple[int, ...]:
    """The smallest set of sizes that together win at least 95% of the draws, without the chosen one; in order."""
    often = np.argsort(-shares, kind="stable")
    needed = int((shares[often].cumsum() < CONFIDENCE - 1e-9).sum()) + 1
    return tuple(sorted(int(sizes[place]) for place in often[:needed] if place != chosen))
