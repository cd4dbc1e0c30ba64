"""The picture of a comparison: speed-ups, and epochs with the lines of machine cards."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab6.compare import words
from lab6.compare.comparison import Comparison
from lab6.render import crowd, style
from lab6.render.look import Look
from lab6.render.picture import Picture
from lab6.render.style import Layout, colour
from lab6.store import cards as machine_cards
from lab6.store.series import SERIES, UNSAID, series_of
from lab6.store.summary import Summary

SIZE = "minibatch size (images)"

ALONG = 60
"""Points of a card's line."""


def picture(summary: Summary, found: Comparison, coloured: Sequence[str] | None = None) -> Picture:
    """The picture; ``coloured``: the machines in colour, by default chosen by their shortest epochs."""
    if coloured is None:
        measured = summary.sizes[summary.sizes["method"] != UNSAID]
        shortest = measured.groupby("setup", sort=False)["seconds"].min().to_dict()
        coloured = crowd.in_colour(shortest, [found.baseline])
    look = Look(series_of(summary.sizes), coloured)
    return Picture(
        "speed-up",
        "Machines compared",
        "How many times as fast as the baseline (dashed) each machine trains an epoch, with 95% intervals if both "
        "have three or more processes; and each epoch with the line of its machine card: steps x (time of a step) + "
        "images x (time of an image).",
        lambda layout: draw(summary, found, look, layout),
        look.layouts,
        found.speedups,
        words.speedups(found),
    )


def draw(summary: Summary, found: Comparison, look: Look, layout: Layout) -> Figure:
    """Side by side: the speed-up for each minibatch size, and epochs with the lines of machine cards."""
    lines = _lines(summary, machine_cards.cards(summary))
    figure, rows = look.grid(layout, 2, 3.4)
    sizes = summary.sizes["batch_size"]
    ticks = style.spread(sorted(sizes.unique()), np.log, layout)
    for methods, (left, right) in rows:
        ratios, points, curves = (
            frame[frame["method"].isin(methods)] for frame in (found.speedups, summary.sizes, lines)
        )
        for axes in (left, right):
            style.log_axis(axes.xaxis, sizes, ticks)
            axes.set_xlabel(SIZE)
            axes.margins(x=0.06)
        style.log_axis(left.yaxis, ratios_shown := [*found.speedups["speedup"], 1.0], style.ratio_ticks(ratios_shown))
        style.log_axis(right.yaxis, summary.sizes["seconds"])
        left.axhline(1, color=colour("ink"), linewidth=1.2, linestyle=(0, (2, 2)))
        crowd.lines(left, ratios, "batch_size", "speedup", look.others)
        ratios = crowd.dots(left, ratios, "batch_size", "speedup", look.others)
        curves = crowd.lines(right, curves, "batch_size", "seconds", look.others)
        points = crowd.dots(right, points, "batch_size", "seconds", look.others)
        if len(ratios):  # seaborn would warn of unused colours
            sns.lineplot(ratios, x="batch_size", y="speedup", markersize=6, ax=left, **look.lines)
        _whiskers(left, ratios, look)
        if len(curves):
            fitted = look.lines | {"markers": False}
            sns.lineplot(curves, x="batch_size", y="seconds", linewidth=1.1, ax=right, **fitted)
        sns.scatterplot(points, x="batch_size", y="seconds", s=38, linewidth=0, zorder=4, ax=right, **look.points)
        left.set_ylabel("speed-up over the baseline")
        right.set_ylabel("one epoch (seconds), and its card's line")
    look.legend(figure, layout)
    style.lay_out(figure)
    return figure


def _whiskers(axes: Axes, ratios: pd.DataFrame, look: Look) -> None:
    """The 95% intervals of speed-ups."""
    own = ratios.dropna(subset=["speedup_low", "speedup_high"])
    inks = [look.colour(*series) for series in own[SERIES].itertuples(index=False, name=None)]
    axes.vlines(own["batch_size"], own["speedup_low"], own["speedup_high"], colors=inks, linewidth=1.1, alpha=0.7)


def _lines(summary: Summary, cards: pd.DataFrame) -> pd.DataFrame:
    """The epochs by each machine card, along the minibatch sizes of its series."""
    images = machine_cards.images(summary)
    ends = summary.sizes.groupby(SERIES, sort=False)["batch_size"].agg(["min", "max"]).reset_index()
    own = cards.dropna(subset="seconds_per_step").merge(ends, on=SERIES)
    sizes = np.geomspace(own["min"], own["max"], ALONG, axis=1).ravel()
    along = own.loc[own.index.repeat(ALONG)].reset_index(drop=True)
    return along[SERIES].assign(batch_size=sizes, seconds=machine_cards.line(along, images / sizes, images))
