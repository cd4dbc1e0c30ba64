"""The picture of scaling: speed-up against minibatch size, a line for each number of threads or workers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab6.render import crowd, style
from lab6.render.look import Look
from lab6.render.picture import Picture
from lab6.render.style import Layout, colour
from lab6.scaling import tables
from lab6.scaling.scaling import Scaling
from lab6.scaling.words import trained
from lab6.store.series import SERIES, series_of

SIZE = "minibatch size (images)"

HEIGHT, LOW = 3.4, 2.2
"""Of a panel, and of each of several; inches."""


def picture(found: Scaling, coloured: Sequence[str]) -> Picture:
    """The picture; ``coloured``: the machines in colour."""
    lines = found.speedups.assign(method=[trained(row) for row in found.speedups.to_dict("records")])
    look = Look(series_of(lines), [setup for setup in coloured if setup in found.setups])
    return Picture(
        "scaling",
        "Speed-up by threads and workers",
        "How many times as fast more threads or workers train an epoch as fewer (dashed), with 95% intervals if both "
        "have three or more processes. Dotted: ideal, as many times as fast as there are threads or workers; over one "
        "process that uses the same cores, the ideal is the dashed line.",
        lambda layout: draw(lines, look, layout),
        look.layouts,
        found.speedups,
        tables.speedups(found),
    )


def draw(lines: pd.DataFrame, look: Look, layout: Layout) -> Figure:
    """The speed-ups for each minibatch size. ``lines``: rows of speed-ups, ``method`` naming the line of each."""
    figure, rows = look.grid(layout, 1, LOW if look.crowded else HEIGHT)
    for methods, (axes,) in rows:
        own = lines[lines["method"].isin(methods)]
        _axes(axes, lines, sorted(set(own["factor"]) - {1}), layout)
        crowd.lines(axes, own, "batch_size", "speedup", look.others)
        own = crowd.dots(axes, own, "batch_size", "speedup", look.others)
        if len(own):  # seaborn would warn of unused colours
            sns.lineplot(own, x="batch_size", y="speedup", markersize=6, ax=axes, **look.lines)
            _whiskers(axes, own, look)
        axes.set(xlabel=SIZE, ylabel="speed-up")
        axes.label_outer()
    look.legend(figure, layout)
    style.lay_out(figure)
    return figure


def _axes(axes: Axes, lines: pd.DataFrame, ideal: list[float], layout: Layout) -> None:
    """Scales, and the lines of 1 and of ideal speed-ups."""
    ratios = [*lines["speedup"], *lines["factor"], 1.0]
    ticks = style.spread(sorted(lines["batch_size"].unique()), np.log, layout, columns=1)
    style.log_axis(axes.xaxis, lines["batch_size"], ticks)
    style.log_axis(axes.yaxis, ratios, style.ratio_ticks(ratios))
    axes.margins(x=0.06, y=0.12)  # room for the name of the highest ideal line
    axes.axhline(1, color=colour("ink"), linewidth=1.2, linestyle=(0, (2, 2)))
    for factor in ideal:
        axes.axhline(factor, color=colour("muted"), linewidth=1, linestyle=(0, (1, 2)))
        place: dict[str, Any] = {
            "xycoords": axes.get_yaxis_transform(),
            "xytext": (3, 2),
            "textcoords": "offset points",
        }
        axes.annotate(f"ideal: {factor:g}", (0, factor), color=colour("muted"), fontsize=8, **place)


def _whiskers(axes: Axes, ratios: pd.DataFrame, look: Look) -> None:
    """The 95% intervals of speed-ups."""
    own = ratios.dropna(subset=["speedup_low", "speedup_high"])
    inks = [look.colour(*series) for series in own[SERIES].itertuples(index=False, name=None)]
    axes.vlines(own["batch_size"], own["speedup_low"], own["speedup_high"], colors=inks, linewidth=1.1, alpha=0.7)
