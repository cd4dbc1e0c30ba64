"""The answer to "the least time to an accuracy on this machine", from a table of trials and measured epochs."""

import dataclasses
import functools
from functools import partial
from pathlib import Path

import pandas as pd

from lab6.errors import OptionError, ResultsError
from lab6.render.numbers import count
from lab6.store.series import SERIES
from lab6.store.summary import Summary, by_series
from lab6.target import runs as measured
from lab6.target import seconds, settings, times, trade
from lab6.target.choose import choose, work_of
from lab6.target.times import Fastest
from lab6.target.trade import Trade
from lab6.trials import TARGET, Table, key


@dataclasses.dataclass(frozen=True)
class Question:
    """``steps``: the file of a table, None to look for one. ``target``: a test accuracy, 0 to 1, None for the usual."""

    steps: Path | None = None
    target: float | None = None


@dataclasses.dataclass(frozen=True)
class Answer:
    """What reaches ``target`` and how fast.

    ``settings``: every setting (:func:`lab6.target.settings.settings`). ``best``: that of each minibatch size with the
    fewest steps. ``times``: a row for each series and size whose time is known (:func:`lab6.target.times.of_each`).
    ``fastest``: of each series with such a size. ``headline``: the one that is shown first, None if there is none.
    ``trade``: of steps and images. ``runs``: measured beside predicted (:func:`lab6.target.runs.beside`).
    """

    table: Table
    target: float
    settings: pd.DataFrame
    best: pd.DataFrame
    times: pd.DataFrame
    fastest: tuple[Fastest, ...]
    headline: Fastest | None
    trade: Trade | None
    runs: pd.DataFrame

    def of(self, series: Fastest) -> pd.DataFrame:
        """The times of a series, indexed by minibatch size."""
        return self._by_series[series.setup, series.method]

    def chosen(self, series: Fastest) -> pd.Series:
        """The row of the fastest size of a series."""
        return self.of(series).loc[series.batch_size]

    def all_chosen(self) -> pd.DataFrame:
        """The rows of the fastest sizes of all series, in the order of ``fastest``."""
        rows = self.times.set_index([*SERIES, "batch_size"], drop=False)
        return rows.loc[[(own.setup, own.method, own.batch_size) for own in self.fastest]].reset_index(drop=True)

    @functools.cached_property
    def _by_series(self) -> dict[tuple[str, str], pd.DataFrame]:
        return by_series(self.times)


def answer(
    summary: Summary, question: Question, setup: str | None = None, runs: pd.DataFrame | None = None
) -> Answer | None:
    """Judge the epochs of ``summary`` by the table of their work; None if there is no such table.

    ``setup``: the machine of the headline; by default that of the fastest. ``runs``: rounds of real runs to an
    accuracy, a tidy frame of the same work.

    Raises OptionError for a table of other work and a target that it does not have, and ResultsError if no setting
    reaches a target that was asked for, or a table cannot be read.
    """
    table = choose(work_of(summary.rounds), question.steps)
    if table is None:
        if question.target is not None:
            raise ResultsError(missing())
        return None
    return judge(table, summary, question.target, setup, runs)


def judge(
    table: Table,
    summary: Summary,
    target: float | None = None,
    setup: str | None = None,
    runs: pd.DataFrame | None = None,
) -> Answer:
    """The same by a ``table`` of the work of ``summary``."""
    target = goal(table, target)
    every = settings.settings(table, target)
    best = settings.best(every)
    logs = partial(settings.logs, table.frame(), target=target)
    clocks = seconds.of_each(summary)
    drawn = times.draws(best, logs)
    found, fastest = times.of_each(best, clocks, drawn)
    beside = measured.beside(runs, summary, table) if runs is not None and len(runs) else pd.DataFrame()
    return Answer(table, target, every, best, found, fastest, _headline(fastest, setup), trade.fit(best), beside)


def missing() -> str:
    """Why there is no answer, and how to get one."""
    return (
        "No table says how many steps an accuracy takes with this network, optimizer and data: make one with lab6 "
        "steps, and give it the options that these epochs were measured with."
    )


def goal(table: Table, asked: float | None) -> float:
    """The target to answer for: the one ``asked``; else TARGET, the highest that a setting reaches, or the lowest.

    Raises OptionError if the table does not have the one asked for, and ResultsError if no setting reaches it.
    """
    targets = table.tried.targets
    if asked is None:
        by_wish = sorted(targets, key=lambda target: (target != TARGET, -target))
        return next((target for target in by_wish if _is_reached(table, target)), targets[0])
    if asked not in targets:
        raise OptionError(
            f"--target: {table.source} has no steps to {key(asked)}; give one of {', '.join(map(key, targets))}, or "
            "make a table with it by lab6 steps."
        )
    if not _is_reached(table, asked):
        raise ResultsError(f"--target: {unreached(table, asked)}")
    return asked


def _is_reached(table: Table, target: float) -> bool:
    return len(settings.best(settings.settings(table, target))) > 0


def unreached(table: Table, target: float) -> str:
    """That no setting reaches ``target``, and which came closest."""
    every = settings.settings(table, target)
    return (
        f"no setting of {table.source} reaches {key(target)} with each of at least "
        f"{count(settings.least(every), 'seed')}; {came_closest(every)}: give a lower target, or try more settings "
        "or seeds with lab6 steps."
    )


def came_closest(tried: pd.DataFrame) -> str:
    """Which of the settings ``tried`` came closest to the target, and how many of their trials diverged."""
    row, diverged = settings.by_closeness(tried).iloc[0], int(tried["diverged"].sum())
    return (
        f"minibatch size {row['batch_size']:,.0f} at {row['learning_rate']:g} came closest, with "
        f"{row['reached']:,.0f} of {count(int(row['seeds']), 'seed')} and a test accuracy of {row['best_accuracy']:.4f}"
        + (f"; {count(diverged, 'trial')} diverged" if diverged else "")
    )


def _headline(fastest: tuple[Fastest, ...], setup: str | None) -> Fastest | None:
    own = [each for each in fastest if each.setup == setup] or fastest
    return min(own, key=lambda each: each.seconds, default=None)
