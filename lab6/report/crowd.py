"""Many machines in one picture: which few are in colour, and how all the others stand behind them in grey."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lab6.analysis.answer import Answer
from lab6.analysis.series import SERIES, UNSAID
from lab6.report.style import colour

MOST_MACHINES = 10
"""In colour, a colour each; of more machines, only those are that :func:`in_colour` names."""

GREY: dict[str, Any] = {"color": colour("muted"), "alpha": 0.5, "linewidth": 0.6, "zorder": 1.5}
DOT = 9
"""Area of a dot, in square points."""

HANDLE: dict[str, Any] = GREY | {"marker": "o", "markersize": 3, "alpha": 0.8}
"""The legend's line for the others."""


def in_colour(answer: Answer, baseline: str | None = None) -> list[str]:
    """The setups that pictures show in colour, in their order: all, up to MOST_MACHINES.

    Of more: that of the headline, the first (or ``baseline``), and, by their shortest epoch with a minibatch size to
    start with, the fastest, the middle and the slowest.
    """
    epochs = answer.summary.set_index([*SERIES, "batch_size"])["seconds"]
    seconds: dict[str, float] = {}
    for start in answer.starts:
        if start.method != UNSAID:
            own = float(epochs[start.setup, start.method, start.batch_size])
            seconds[start.setup] = min(own, seconds.get(start.setup, own))
    setups = list(seconds)
    if len(setups) <= MOST_MACHINES:
        return setups
    ranked = sorted(setups, key=seconds.__getitem__)
    kept = {answer.headline.setup, baseline or setups[0], ranked[0], ranked[len(ranked) // 2], ranked[-1]}
    return [setup for setup in setups if setup in kept]


def sentence(answer: Answer) -> str | None:
    """What pictures show in colour, where that is not every machine."""
    machines = answer.summary.loc[answer.summary["method"] != UNSAID, "setup"].nunique()
    shown = len(in_colour(answer))
    if shown == machines:
        return None
    return (
        f"Of {machines:,} machines, pictures show {shown} in colour: that of this answer, the first, and the fastest, "
        "the middle and the slowest at the size to start with. The others are grey; the tables list all."
    )


def lines(axes: Axes, frame: pd.DataFrame, x: str, y: str, others: Collection[str]) -> pd.DataFrame:
    """Draw a thin line for each series of ``others``, setups, through its rows in their order; return the other rows.

    All lines are one, with gaps: where they cross, the grey does not grow darker.
    """
    behind = frame["setup"].isin(others)
    if behind.any():
        gap = np.full((1, 2), np.nan)
        series = frame[behind].groupby(SERIES, sort=False)
        parts = [part for _, own in series for part in (own[[x, y]].to_numpy(dtype=float), gap)]
        axes.plot(*np.vstack(parts).T, **GREY)
    return frame[~behind]


def dots(
    axes: Axes, frame: pd.DataFrame, x: str, y: str, others: Collection[str], hollow: str | None = None, **how: Any
) -> pd.DataFrame:
    """Draw a small dot for each row of ``others``, setups, and return the other rows.

    ``hollow``: a column of booleans, true where a dot is hollow; ``how``: more for matplotlib's ``scatter``.
    """
    behind = frame["setup"].isin(others)
    if behind.any():
        own = frame[behind]
        empty = own[hollow].fillna(False) if hollow else [False] * len(own)
        fills = [colour("paper" if one else "muted") for one in empty]
        grey = {name: value for name, value in GREY.items() if name != "color"}
        axes.scatter(own[x], own[y], s=DOT, c=fills, edgecolors=colour("muted"), **grey | how)
    return frame[~behind]
