"""Many machines in one picture: a few are in colour, all others stand behind them in grey."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lab6.render.style import colour
from lab6.store.series import SERIES

MOST_MACHINES = 10
"""In colour, one each; of more machines, only those are that :func:`in_colour` chooses."""

GREY: dict[str, Any] = {"color": colour("muted"), "alpha": 0.5, "linewidth": 0.6, "zorder": 1.5}
DOT = 9
"""Area of a dot; square points."""

MOST_LINES, MOST_DOTS = 100, 500
"""Grey lines and dots of a picture that an SVG holds one by one; more are drawn as pixels."""

HANDLE: dict[str, Any] = GREY | {"marker": "o", "markersize": 3, "alpha": 0.8}
"""The legend's line for the others."""


def in_colour(seconds: Mapping[str, float], always: Collection[str]) -> list[str]:
    """The machines that pictures show in colour, in their order: all, up to MOST_MACHINES.

    ``seconds``: of each machine, the time to rank it by. Of more machines: those of ``always``, the fastest, the
    middle and the slowest.
    """
    if len(seconds) <= MOST_MACHINES:
        return list(seconds)
    ranked = sorted(seconds, key=seconds.__getitem__)
    kept = {*always, ranked[0], ranked[len(ranked) // 2], ranked[-1]}
    return [machine for machine in seconds if machine in kept]


def lines(axes: Axes, frame: pd.DataFrame, x: str, y: str, others: Collection[str]) -> pd.DataFrame:
    """Draw a thin line for each series of ``others``, machines, through its rows; return the remaining rows.

    All are one line with gaps, so that the grey does not grow darker at crossings. MOST_LINES or more are pixels.
    """
    behind = frame["setup"].isin(others)
    if behind.any():
        own = frame[behind]
        series = own.groupby(SERIES, sort=False).ngroup().to_numpy()
        order = np.argsort(series, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(series[order])) + 1, len(order))
        values = (np.insert(own[name].to_numpy(dtype=float)[order], ends, np.nan) for name in (x, y))
        axes.plot(*values, rasterized=len(ends) >= MOST_LINES, **GREY)
    return frame[~behind]


def dots(
    axes: Axes, frame: pd.DataFrame, x: str, y: str, others: Collection[str], hollow: str | None = None, **how: Any
) -> pd.DataFrame:
    """Draw a small dot for each row of ``others``, machines; return the remaining rows.

    ``hollow``: a boolean column, true for hollow dots; ``how``: further arguments of matplotlib's ``scatter``.
    """
    behind = frame["setup"].isin(others)
    if behind.any():
        own = frame[behind]
        empty = own[hollow].fillna(False) if hollow else [False] * len(own)
        fills = [colour("paper" if one else "muted") for one in empty]
        grey = {name: value for name, value in GREY.items() if name != "color"}
        pixels = {"rasterized": len(own) > MOST_DOTS}
        axes.scatter(own[x], own[y], s=DOT, c=fills, edgecolors=colour("muted"), **grey | pixels | how)
    return frame[~behind]
