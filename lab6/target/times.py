"""The time to an accuracy of each series and minibatch size, steps x seconds of a step, and which is fastest."""

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from lab6.store import student
from lab6.store.series import SERIES
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


@dataclasses.dataclass(frozen=True)
class _Times:
    """The times of one series. ``places``: of the sizes whose time is known; ``step``, ``seconds``, ``low``, ``high``:
    theirs; each (n,). ``fastest``: None if no size's time is known."""

    places: np.ndarray
    step: np.ndarray
    seconds: np.ndarray
    low: np.ndarray
    high: np.ndarray
    fastest: Fastest | None


def of_each(
    best: pd.DataFrame, clocks: Mapping[tuple[str, str], StepTimes], by_seeds: np.ndarray
) -> tuple[pd.DataFrame, tuple[Fastest, ...]]:
    """The times of all series, and the fastest size of each whose times are known.

    ``best``: a row a minibatch size, of :func:`lab6.target.settings.best`; ``clocks``: by series; ``by_seeds``: of
    :func:`draws`.
    Columns: those of ``best``, SERIES, ``step_seconds`` and ``seconds``, the product, with ``seconds_low`` and
    ``seconds_high``: from 2.5% to 97.5% of the draws of steps and of seconds that are compatible with the seeds and
    processes (:func:`lab6.store.student.draws`), NaN for fewer than three of either.
    """
    sizes, steps = best["batch_size"].to_numpy(), best["steps"].to_numpy(dtype=float)
    found = [_of_series(sizes, steps, series, clock, by_seeds) for series, clock in clocks.items()]
    own = np.repeat(np.arange(len(found)), [len(each.places) for each in found])
    names = pd.DataFrame(list(clocks), columns=SERIES, dtype="str").take(own)
    columns = {"step_seconds": "step", "seconds": "seconds", "seconds_low": "low", "seconds_high": "high"}
    times = best.take(np.concatenate([each.places for each in found])).assign(
        **{name: names[name].array for name in SERIES},
        **{name: np.concatenate([getattr(each, field) for each in found]) for name, field in columns.items()},
    )
    return times, tuple(each.fastest for each in found if each.fastest)


def _of_series(
    sizes: np.ndarray, steps: np.ndarray, series: tuple[str, str], clock: StepTimes, by_seeds: np.ndarray
) -> _Times:
    step = clock.at(sizes.astype(float))
    places = np.flatnonzero(np.isfinite(step))
    step, own, seconds = step[places], sizes[places], steps[places] * step[places]
    if not len(places):
        return _Times(places, step, seconds, seconds, seconds, None)
    drawings = {"processes": clock.draws(own.astype(float)), "seeds": by_seeds[places]}
    drawn = drawings["processes"] * drawings["seeds"]
    low, high = np.quantile(np.sort(drawn, axis=1), [0.025, 0.975], axis=1)  # sorted first, it takes half
    missing = tuple(name for name, values in drawings.items() if not np.isfinite(values).all())
    return _Times(places, step, seconds, low, high, _fastest(series, own, seconds, drawn, missing))


def draws(best: pd.DataFrame, logs: Logs) -> np.ndarray:
    """Draws of the steps of each size: shape (sizes, student.DRAWS), NaN for fewer than three seeds."""
    drawn = np.full((len(best), student.DRAWS), np.nan)
    for place, (_, setting) in enumerate(best.iterrows()):
        if setting["seeds"] >= student.LEAST_PROCESSES:
            drawn[place] = np.exp(student.draws(logs(setting), seed=OF_STEPS + place))
    return drawn


def _fastest(
    series: tuple[str, str], sizes: np.ndarray, seconds: np.ndarray, drawn: np.ndarray, missing: tuple[str, ...]
) -> Fastest:
    chosen = int(seconds.argmin())
    share: float | None = None
    rivals: tuple[int, ...] = ()
    if len(sizes) > 1 and np.isfinite(drawn).all():
        shares = np.bincount(drawn.argmin(axis=0), minlength=len(sizes)) / drawn.shape[1]
        share, rivals = float(shares[chosen]), _rivals(sizes, shares, chosen)
    return Fastest(*series, int(sizes[chosen]), float(seconds[chosen]), share, rivals, len(sizes), missing)


def _rivals(sizes: np.ndarray, shares: np.ndarray, chosen: int) -> tuple[int, ...]:
    """The smallest set of sizes that together win at least 95% of the draws, without the chosen one; in order."""
    often = np.argsort(-shares, kind="stable")
    needed = int((shares[often].cumsum() < CONFIDENCE - 1e-9).sum()) + 1
    return tuple(sorted(int(sizes[place]) for place in often[:needed] if place != chosen))
