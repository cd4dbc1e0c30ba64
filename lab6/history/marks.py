"""Numbered marks in the picture of a history: on which days versions or settings changed."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from lab6.history.history import History
from lab6.render.style import colour

MOST = 8
"""Days that are numbered, those that coincide with shifts first, then the newest."""

NUMBER = 0.16
"""Inches that a number takes, across and down."""


@dataclasses.dataclass(frozen=True)
class Mark:
    """What changed on one day, and of which methods' runs. ``at``: when the first run with it ended."""

    at: pd.Timestamp
    text: str
    methods: frozenset[str]


def of(found: History) -> list[Mark]:
    """The days that are numbered, in order of time."""
    own = found.changes[~found.changes["code"]]
    of_shifts = {text for what in found.shifts["what"] for text in what}
    every = [(bool(of_shifts & set(day["what"])), _mark(day)) for _, day in own.groupby(own["measured_at"].dt.date)]
    kept = sorted(every, key=lambda one: (one[0], one[1].at), reverse=True)[:MOST]
    return sorted((mark for _, mark in kept), key=lambda mark: mark.at)


def rows(marks: Sequence[Mark], begins: float, inches: float) -> list[int]:
    """For each mark the row, from 0, in which its number overlaps no other.

    ``begins``: of the time axis, in days; ``inches``: of a day.
    """
    found: list[int] = []
    ends: list[float] = []
    for mark in marks:
        across = (float(days(pd.Series([mark.at]))[0]) - begins) * inches
        row = next((row for row, end in enumerate(ends) if end <= across), len(ends))
        ends[row : row + 1] = [across + NUMBER]
        found.append(row)
    return found


def write(axes: Axes, marks: Sequence[Mark], rows: Sequence[int], own: Sequence[bool], share: float) -> None:
    """Write the numbers of a panel's ``own`` marks at its top, a ``share`` of its height that is kept free for them."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, low + (high - low) / (1 - share))
    for number, (mark, row, is_own) in enumerate(zip(marks, rows, own, strict=True), 1):
        if is_own:
            _circle(axes, float(days(pd.Series([mark.at]))[0]), str(number), row)


def days(times: pd.Series) -> npt.NDArray[np.float64]:
    """Times as matplotlib's days."""
    plain = pd.to_datetime(times, utc=True).dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    dates: Any = mdates
    found: npt.NDArray[np.float64] = dates.date2num(plain)
    return found


def _mark(day: pd.DataFrame) -> Mark:
    methods = frozenset(method for names in day["methods"] for method in names.split(", "))
    return Mark(day["measured_at"].iloc[0], ", ".join(dict.fromkeys(day["what"])), methods)


def _circle(axes: Axes, time: float, text: str, row: int) -> None:
    axes.annotate(
        text,
        (time, 1),
        (0, -3 - 72 * NUMBER * row),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=7.5,
        color=colour("paper"),
        bbox={"boxstyle": "circle,pad=0.15", "facecolor": colour("ink"), "edgecolor": "none"},
        zorder=6,
    )
