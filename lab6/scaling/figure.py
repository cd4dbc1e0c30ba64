"""The picture of scaling: speed-up against minibatch size, a line for each number of threads or workers."""

from collections.abc import Sequence

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
from lab6.scaling.scaling import PROCESS, Scaling
from lab6.scaling.words import more
from lab6.store.series import SERIES, series_of

SIZE = "minibatch size (images)"

LABELS = {False: "speed-up over the fewest", True: "speed-up over one process\nwith the same cores"}
"""Of the axes of speed-ups, by whether the workers are compared with one process."""


def picture(found: Scaling, coloured: Sequence[str]) -> Picture:
    """The picture; ``coloured``: the machines in colour."""
    rows = found.speedups.to_dict("records")
    lines = found.speedups.assign(method=[f"{row['way']}: {more(row)}" for row in rows])
    look = Look(series_of(lines), [setup for setup in coloured if setup in found.setups])
    against = " Right: workers over one process that uses the same cores." if len(_sides(lines)) > 1 else ""
    return Picture(
        "scaling",
        "Speed-up by threads and workers",
        "How many times as fast as the fewest (dashed) more threads, or more workers of as many threads, train an "
        "epoch, with 95% intervals if both have three or more processes. Dotted: ideal, as many times as fast as "
        f"there are threads or workers.{against}",
        lambda layout: draw(lines, look, layout),
        look.layouts,
        found.speedups,
        tables.speedups(found),
    )


def draw(lines: pd.DataFrame, look: Look, layout: Layout) -> Figure:
    """The speed-ups over the fewest threads and workers; beside them those over one process, if there are any.

    ``lines``: speed-ups, ``method`` naming each line.
    """
    sides = _sides(lines)
    figure, rows = look.grid(layout, len(sides), 3.4)
    ticks = style.spread(sorted(lines["batch_size"].unique()), np.log, layout, len(sides))
    for methods, panels in rows:
        for axes, of_process in zip(panels, sides, strict=True):
            own = lines[lines["method"].isin(methods) & ((lines["kind"] == PROCESS) == of_process)]
            _axes(axes, lines, of_process, ticks)
            crowd.lines(axes, own, "batch_size", "speedup", look.others)
            own = crowd.dots(axes, own, "batch_size", "speedup", look.others)
            if len(own):  # seaborn would warn of unused colours
                sns.lineplot(own, x="batch_size", y="speedup", markersize=6, ax=axes, **look.lines)
                _whiskers(axes, own, look)
    look.legend(figure, layout)
    style.lay_out(figure)
    return figure


def _sides(lines: pd.DataFrame) -> list[bool]:
    """Whether a panel is of the speed-ups over one process."""
    return sorted(set(lines["kind"] == PROCESS))


def _axes(axes: Axes, lines: pd.DataFrame, of_process: bool, ticks: list[float]) -> None:
    """Scales, labels, and the lines of 1 and of ideal speed-ups."""
    shown = lines[(lines["kind"] == PROCESS) == of_process]
    ideal = [] if of_process else sorted(set(shown["factor"]))
    ratios = [*shown["speedup"], *ideal, 1.0]
    style.log_axis(axes.xaxis, lines["batch_size"], ticks)
    style.log_axis(axes.yaxis, ratios, style.ratio_ticks(ratios))
    axes.margins(x=0.06)
    axes.set_xlabel(SIZE)
    axes.set_ylabel(LABELS[of_process])
    axes.axhline(1, color=colour("ink"), linewidth=1.2, linestyle=(0, (2, 2)))
    for factor in ideal:
        axes.axhline(factor, color=colour("muted"), linewidth=1, linestyle=(0, (1, 2)))
        axes.annotate(
            f"ideal: {factor:g}",
            (0, factor),
            xycoords=axes.get_yaxis_transform(),
            xytext=(3, 2),
            textcoords="offset points",
            color=colour("muted"),
            fontsize=8,
        )


def _whiskers(axes: Axes, ratios: pd.DataFrame, look: Look) -> None:
    """The 95% intervals of speed-ups."""
    own = ratios.dropna(subset=["speedup_low", "speedup_high"])
    inks = [look.colour(*series) for series in own[SERIES].itertuples(index=False, name=None)]
    axes.vlines(own["batch_size"], own["speedup_low"], own["speedup_high"], colors=inks, linewidth=1.1, alpha=0.7)
