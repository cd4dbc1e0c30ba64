"""Draw the three pictures of the fastest way to an accuracy."""

import itertools
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lab6.render import crowd, labels, style
from lab6.render.look import RING, Look
from lab6.render.style import MARKERS, NARROW, SERIES, Layout, colour
from lab6.target.answer import Answer
from lab6.target.words import percent

SIZE = "minibatch size (images)"

PERFECT, NO_FURTHER = 0.25, 4.0
"""Multiples of the critical size between which gains diminish. The log-log slope is -0.8 or steeper below, -0.2 or
flatter above."""

NEARLY = 1.1
"""The ratio up to which two sizes share a label."""

MOST_LARGE = 6
"""Rings of a panel that are large; more are smaller."""

PERFECT_LINE: dict[str, Any] = {"color": colour("muted"), "linewidth": 1, "linestyle": (0, (2, 2))}


def steps(answer: Answer, best: pd.DataFrame, layout: Layout) -> Figure:
    """The fewest steps to each target against the minibatch size. ``best``: see :func:`lab6.target.pictures.of`."""
    figure, [[axes]] = _alone(layout, 4.4)
    inks = _inks(best)
    _sizes_axis(axes, best, layout)
    style.log_axis(axes.yaxis, best["steps"])
    for place, (target, own) in enumerate(best.groupby("target")):
        ink = inks[target]
        first, images = own["batch_size"].iloc[0], own["images"].iloc[0]
        ends = np.array([first, min(own["batch_size"].max(), 3 * images / best["steps"].min())])
        axes.plot(ends, images / ends, zorder=1.5, **PERFECT_LINE)
        axes.plot(own["batch_size"], own["steps"], color=ink, marker=MARKERS[place], markersize=5.5, zorder=3)
        axes.vlines(own["batch_size"], own["steps_low"], own["steps_high"], colors=ink, linewidth=1.1, alpha=0.7)
    axes.set_ylabel("steps (fewest of all settings)")
    axes.margins(y=0.12)
    handles = [
        Line2D([], [], color=ink, marker=MARKERS[place], label=f"to {percent(target)}")
        for place, (target, ink) in enumerate(inks.items())
    ]
    _legend(figure, [*handles, Line2D([], [], label="perfect scaling", **PERFECT_LINE)], layout)
    if answer.trade:
        _regions(axes, answer.trade.critical, layout)
    style.lay_out(figure)
    return figure


def time(answer: Answer, look: Look, layout: Layout) -> Figure:
    """The time to the target against the minibatch size, for each series; rings mark the fastest sizes."""
    times = answer.times
    figure, rows = look.grid(layout, 1, 4.4 if len(look.facets) == 1 else 3.3)
    chosen = answer.all_chosen()[[own.choices > 1 for own in answer.fastest]]
    for methods, (axes,) in rows:
        points, best = (frame[frame["method"].isin(methods)] for frame in (times, chosen))
        _sizes_axis(axes, times, layout)
        style.log_axis(axes.yaxis, times["seconds"])
        crowd.lines(axes, points, "batch_size", "seconds", look.others)
        shown = crowd.dots(axes, points.reset_index(drop=True), "batch_size", "seconds", look.others)
        sns.lineplot(shown, x="batch_size", y="seconds", markersize=6, ax=axes, **look.lines)
        inks = [look.colour(*series) for series in shown[["setup", "method"]].itertuples(index=False, name=None)]
        axes.vlines(shown["batch_size"], shown["seconds_low"], shown["seconds_high"], colors=inks, linewidth=1.1)
        best = best[~best["setup"].isin(look.others)]
        large = len(best) <= MOST_LARGE
        axes.plot(best["batch_size"], best["seconds"], markersize=14 if large else 9, zorder=5, **RING)
        axes.set_ylabel(f"time to {percent(answer.target)} (seconds)")
        axes.set_xlabel(SIZE)
        axes.margins(x=0.05, y=0.1)
    look.legend(figure, layout, [Line2D([], [], label="fastest", **RING | {"markersize": 11})])
    style.lay_out(figure)
    for methods, (axes,) in rows:
        own = chosen[chosen["method"].isin(methods) & ~chosen["setup"].isin(look.others)]
        own = own.sort_values("seconds").drop_duplicates("batch_size")
        labels.place(axes, [_named(row, row["seconds"]) for row in own.to_dict("records")])
    return figure


def trade(answer: Answer, best: pd.DataFrame, layout: Layout) -> Figure:
    """Steps against images for one target, a point a minibatch size, with the fitted curve and the critical size."""
    figure, [[axes]] = _alone(layout, 4.4)
    ink = _inks(best)[answer.target]
    own = answer.best.assign(images=answer.best["steps"] * answer.best["batch_size"])
    style.log_axis(axes.xaxis, own["steps"])
    style.log_axis(axes.yaxis, own["images"])
    handles = [Line2D([], [], linestyle="", marker="o", color=ink, label="number: minibatch size")]
    curve = answer.trade
    if curve:
        size = np.geomspace(own["batch_size"].min() / 1.5, own["batch_size"].max() * 1.5, 200)
        axes.plot(curve.steps(size), curve.steps(size) * size, color=ink, linewidth=1.3, alpha=0.75, zorder=2)
        axes.plot(
            [curve.least_steps] * 2, [own["images"].min() / 3, own["images"].max() * 3], zorder=1.5, **PERFECT_LINE
        )
        axes.plot(
            [own["steps"].min() / 3, own["steps"].max() * 3], [curve.least_images] * 2, zorder=1.5, **PERFECT_LINE
        )
        axes.plot(2 * curve.least_steps, 2 * curve.least_images, markersize=14, zorder=5, **RING | {"marker": "D"})
        handles += [
            Line2D([], [], color=ink, linewidth=1.3, alpha=0.75, label="fitted curve"),
            Line2D([], [], label="least of each", **PERFECT_LINE),
            Line2D([], [], label="critical size", **RING | {"marker": "D", "markersize": 9}),
        ]
    axes.scatter(own["steps"], own["images"], s=36, color=ink, edgecolor=colour("paper"), linewidth=0.6, zorder=4)
    axes.set_xlabel(f"steps to {percent(answer.target)}")
    axes.set_ylabel(f"images to {percent(answer.target)}")
    _limits(axes, own["steps"], own["images"])
    _legend(figure, handles, layout)
    style.lay_out(figure)
    texts = [
        labels.Label(row["steps"], row["images"], f"{row['batch_size']:,}", ink)
        for row in own[_apart(own["batch_size"])].to_dict("records")
    ]
    if curve:
        critical = f"critical: {float(f'{curve.critical:.2g}'):,.10g}"
        texts.append(labels.Label(2 * curve.least_steps, 2 * curve.least_images, critical, colour("ink"), True))
    labels.place(axes, texts)
    return figure


def _limits(axes: Axes, across: pd.Series, up: pd.Series) -> None:
    """Show all points of a logarithmic panel, with room for their labels."""
    axes.set_xlim(across.min() / 1.6, across.max() * 1.6)
    axes.set_ylim(up.min() / 1.8, up.max() * 1.8)


def _apart(sizes: pd.Series) -> pd.Series:
    """Which of ``sizes``, in order, are not nearly the same as the one before, such as 1,024 after 1,000."""
    return (sizes / sizes.shift()).fillna(np.inf) > NEARLY


def _alone(layout: Layout, height: float) -> tuple[Figure, list[list[Axes]]]:
    return style.panels(layout, 1, 1, height)


def _inks(best: pd.DataFrame) -> dict[float, str]:
    """A colour for each target."""
    return dict(zip(sorted(best["target"].unique()), itertools.cycle(map(colour, SERIES)), strict=False))


def _sizes_axis(axes: Axes, points: pd.DataFrame, layout: Layout) -> None:
    sizes = sorted(points["batch_size"].unique())
    style.log_axis(axes.xaxis, sizes, style.spread(sizes, np.log, layout, columns=1))
    axes.set_xlabel(SIZE)
    axes.margins(x=0.05)


def _legend(figure: Figure, handles: list[Line2D], layout: Layout) -> None:
    figure.legend(
        handles=handles, loc="outside upper left", ncols=4 if layout.beside else 2, handlelength=2.4, alignment="left"
    )


def _regions(axes: Axes, critical: float, layout: Layout) -> None:
    """Shade and name the region between perfect scaling and no further gain."""
    low, high = critical * PERFECT, critical * NO_FURTHER
    left, right = axes.get_xlim()
    axes.axvspan(low, high, color=colour("grid"), alpha=0.55, linewidth=0, zorder=0.5)
    names = ("perfect\nscaling", "diminishing\nreturns", "no further\ngain")
    for name, (first, last) in zip(names, ((left, low), (low, high), (high, right)), strict=True):
        first, last = max(first, left), min(last, right)
        if last > first:
            axes.text(
                np.sqrt(first * last),
                0.985,
                name,
                transform=axes.get_xaxis_transform(),
                ha="center",
                va="top",
                color=colour("muted"),
                fontsize=7.5 if layout is NARROW else 8.5,
                style="italic",
            )
    axes.set_xlim(left, right)


def _named(row: dict[str, Any], y: float) -> labels.Label:
    return labels.Label(row["batch_size"], y, f"{row['batch_size']:,}", colour("ink"), True)
