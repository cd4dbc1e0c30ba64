"""Draw the four pictures of an answer."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lab6.render import crowd, labels, style
from lab6.render.look import HOLLOW_POINT, MUTED_POINT, RING, Look
from lab6.render.style import Layout, colour
from lab6.start import frontier
from lab6.start.answer import Answer
from lab6.start.words import NAMES
from lab6.store import summary
from lab6.store.series import SERIES

SIZE = "minibatch size (images)"

ACROSS = 5
"""Rounds of one size that stand side by side, so that equal ones can be distinguished."""

MOST_LABELS = 24
"""In one panel; if there are more points, each minibatch size is labelled once, at its fastest."""

MOST_DOTS = 600
"""Dots in colour of a picture; more are drawn as pixels, also in an SVG."""

MOST_ROUNDS = 20_000
"""Rounds of a picture; of more, it leaves out those of machines in grey."""

MOST_GREY_DOTS = 2_000
"""Grey dots of a picture, each of which takes less of an SVG; more are drawn as pixels."""


def throughput_and_accuracy(answer: Answer, look: Look, layout: Layout) -> Figure:
    """A point for each minibatch size with its intervals, the frontier of each series, and the size to start with."""
    x, y = "images_per_second", answer.accuracy
    sizes = answer.summary.sizes.sort_values(x)
    starts = answer.all_chosen()[[start.choices > 1 for start in answer.starts]]
    figure, rows = look.grid(layout, 1, 4.7 if len(look.facets) == 1 else 3.3)
    for methods, (axes,) in rows:
        points, chosen = (frame[frame["method"].isin(methods)] for frame in (sizes, starts))
        style.log_axis(axes.xaxis, sizes[x])
        stairs = crowd.lines(axes, _stairs(points[~points["dominated"]], y, x), x, y, look.others)
        points = crowd.dots(axes, points, x, y, look.others, "dominated")
        chosen = chosen[~chosen["setup"].isin(look.others)]
        sns.lineplot(stairs, x=x, y=y, linewidth=1.2, alpha=0.75, ax=axes, **look.lines | {"markers": False})
        _intervals(axes, look, points, x, y)
        sns.scatterplot(points, x=x, y=y, s=56, linewidth=0, ax=axes, zorder=4, **look.points)
        beaten, hollow = points[points["dominated"]], look.points | {"hue": None, "palette": None}
        sns.scatterplot(beaten, x=x, y=y, s=22, linewidth=0, color=colour("paper"), ax=axes, zorder=4.5, **hollow)
        axes.plot(chosen[x], chosen[y], markersize=15, zorder=5, **RING)
        axes.set_xlabel("throughput (images per second)")
        axes.margins(x=0.08 if layout.beside else 0.14)
        style.accuracy_axis(axes, sizes[y], NAMES[y])
    look.legend(figure, layout, _words(answer))
    style.lay_out(figure)
    for methods, (axes,) in rows:
        _label(axes, look, _named(sizes, methods, look), x, y, starts)
    return figure


def time_and_accuracy(answer: Answer, look: Look, layout: Layout) -> Figure:
    """The epoch's time and the accuracy, each against the minibatch size."""
    summary = answer.summary.sizes
    figure, rows = look.grid(layout, 2, 3.1)
    sizes = summary["batch_size"]
    for methods, panels in rows:
        points = summary[summary["method"].isin(methods)]
        style.log_axis(panels[0].yaxis, summary["seconds"])
        for axes, value in zip(panels, ("seconds", answer.accuracy), strict=True):
            style.log_axis(axes.xaxis, sizes, style.spread(sorted(sizes.unique()), np.log, layout))
            crowd.lines(axes, points, "batch_size", value, look.others)
            shown = crowd.dots(axes, points, "batch_size", value, look.others)
            sns.lineplot(shown, x="batch_size", y=value, markersize=6, ax=axes, **look.lines)
            _intervals(axes, look, shown, "batch_size", value)
            axes.set_xlabel(SIZE)
            axes.margins(x=0.06)
        panels[0].set_ylabel("one epoch (seconds)")
        style.accuracy_axis(panels[1], summary[answer.accuracy], NAMES[answer.accuracy])
    look.legend(figure, layout)
    style.lay_out(figure)
    return figure


def every_round(answer: Answer, look: Look, layout: Layout) -> Figure:
    """Each round as a dot: how far its time and accuracy are from the means of its size."""
    data = rounds(answer, look)
    sizes = sorted(data["batch_size"].unique())
    grey = data["setup"].isin(look.others).sum()
    many, many_grey = len(data) - grey > MOST_DOTS, grey > MOST_GREY_DOTS
    figure, rows = look.grid(layout, 2, 3.1)
    for methods, panels in rows:
        dots = data[data["method"].isin(methods)]
        dots = dots.assign(across=_beside_each_other(dots, sizes))
        for axes, value in zip(panels, ("time_difference", "accuracy_difference"), strict=True):
            shown = crowd.dots(axes, dots, "across", value, look.others, "disturbed", rasterized=many_grey)
            sns.scatterplot(
                shown, x="across", y=value, s=26, alpha=0.85, linewidth=0.4, edgecolor=colour("paper"), ax=axes,
                zorder=3, rasterized=many, **look.points,
            )  # fmt: skip
            hollow = look.points | {"hue": None, "palette": None}
            sns.scatterplot(
                shown[shown["disturbed"].fillna(False)], x="across", y=value, s=9, linewidth=0, color=colour("paper"),
                ax=axes, zorder=3.5, rasterized=many, **hollow,
            )  # fmt: skip
            named = set(style.spread(sizes, lambda size: np.array([sizes.index(one) for one in size]), layout))
            axes.set_xticks(range(len(sizes)), [f"{size:,}" if size in named else "" for size in sizes])
            axes.axhline(0, color=colour("muted"), linewidth=1)
            axes.set_xlabel(SIZE)
            axes.grid(axis="x", visible=False)
        panels[0].set_ylabel("time, from its mean (%)")
        panels[1].set_ylabel(f"{NAMES[answer.accuracy]}, from its mean")
    disturbed = Line2D([], [], label="disturbed by other programs", **HOLLOW_POINT)
    look.legend(figure, layout, [disturbed] if data["disturbed"].any() else [])
    style.lay_out(figure)
    return figure


def rounds(answer: Answer, look: Look) -> pd.DataFrame:
    """What :func:`every_round` shows: all rounds, or of more than MOST_ROUNDS those of machines in colour."""
    every = answer.summary
    if len(every.rounds) > MOST_ROUNDS:
        every = dataclasses.replace(every, rounds=every.rounds[~every.rounds["setup"].isin(look.others)])
    return summary.differences(every, answer.accuracy)


def within_a_budget(answer: Answer, look: Look, layout: Layout) -> Figure:
    """The highest accuracy that one epoch reaches within a time budget."""
    x, y = "seconds", answer.accuracy
    steps = frontier.steps(answer.summary.sizes, y)
    ends = steps.groupby(SERIES, sort=False).tail(1).assign(seconds=answer.summary.sizes["seconds"].max() * 2)
    figure, rows = look.grid(layout, 1, 3.9 if len(look.facets) == 1 else 3.0)
    for methods, (axes,) in rows:
        points, last = (frame[frame["method"].isin(methods)] for frame in (steps, ends))
        style.log_axis(axes.xaxis, [*steps[x], *ends[x]])
        stairs = _stairs(pd.concat([points, last], ignore_index=True), x, y)
        stairs = crowd.lines(axes, stairs, x, y, look.others)
        points = crowd.dots(axes, points, x, y, look.others)
        sns.lineplot(stairs, x=x, y=y, ax=axes, **look.lines | {"markers": False})
        sns.scatterplot(points, x=x, y=y, s=42, edgecolor=colour("paper"), ax=axes, zorder=4, **look.points)
        if answer.question.budget is not None:
            axes.axvline(answer.question.budget, color=colour("ink"), linewidth=1.2, linestyle=(0, (2, 2)))
        axes.set_xlabel("time budget for one epoch (seconds)")
        axes.margins(x=0.04 if layout.beside else 0.08)
        style.accuracy_axis(axes, steps[y], NAMES[y])
    look.legend(figure, layout)
    style.lay_out(figure)
    for methods, (axes,) in rows:
        _label(axes, look, _named(steps, methods, look), x, y)
    return figure


def _words(answer: Answer) -> list[Line2D]:
    """The legend's entries for points and rings."""
    words: list[tuple[str, dict[str, Any]]] = [("number: minibatch size", MUTED_POINT)]
    if answer.summary.sizes["dominated"].any():
        words.append(("dominated", HOLLOW_POINT))
    if any(start.choices > 1 for start in answer.starts):
        words.append(("start here", RING | {"markersize": 12}))
    return [Line2D([], [], label=text, **drawn) for text, drawn in words]


def _named(points: pd.DataFrame, methods: list[str], look: Look) -> pd.DataFrame:
    """The points of a panel that are labelled with their minibatch size: those in colour."""
    return points[points["method"].isin(methods) & ~points["setup"].isin(look.others)]


def _label(axes: Axes, look: Look, points: pd.DataFrame, x: str, y: str, starts: pd.DataFrame | None = None) -> None:
    """Label each point with its minibatch size, in bold if it is the one to start with."""
    keys = [*SERIES, "batch_size"]
    chosen = set() if starts is None else set(starts[keys].itertuples(index=False, name=None))
    if len(points) > MOST_LABELS:
        fastest = points.sort_values(x, ascending=x == "seconds").drop_duplicates("batch_size")
        points, chosen = fastest, set()
    found = []
    for row in points.to_dict("records"):
        bold = (*(row[key] for key in keys),) in chosen
        ink = colour("ink") if bold else look.colour(row["setup"], row["method"])
        found.append(labels.Label(row[x], row[y], f"{row['batch_size']:,}", ink, bold))
    labels.place(axes, found)


def _intervals(axes: Axes, look: Look, points: pd.DataFrame, x: str, y: str) -> None:
    """Thin bars for the intervals of x and y, as far as they are known."""
    inks = [look.colour(*series) for series in points[SERIES].itertuples(index=False, name=None)]
    bars: dict[str, Any] = {"colors": inks, "linewidth": 1.1, "alpha": 0.7}
    axes.vlines(points[x], points[f"{y}_low"], points[f"{y}_high"], **bars)
    if f"{x}_low" in points:
        axes.hlines(points[y], points[f"{x}_low"], points[f"{x}_high"], **bars)


def _beside_each_other(dots: pd.DataFrame, sizes: list[int]) -> pd.Series:
    """The dots' places across: by minibatch size, then by series, then a few side by side."""
    series = dots.groupby(SERIES, sort=False).ngroup()
    count = series.max() + 1
    of_size = dots.groupby([*SERIES, "batch_size"])
    most = np.minimum(of_size["round"].transform("size").to_numpy(), ACROSS)
    nth = (of_size.cumcount() % ACROSS - (most - 1) / 2) / (ACROSS - 1)
    return dots["batch_size"].map(sizes.index) + 0.8 / count * (series - (count - 1) / 2 + 0.6 * nth)


def _stairs(points: pd.DataFrame, first: str, then: str) -> pd.DataFrame:
    """The corners of each series' steps: from a point to the next one's ``first``, then to its ``then``.

    ``points``: in the order of the line, each with its own index.
    """
    twice = points.loc[points.index.repeat(2)].reset_index(drop=True)
    series = twice.groupby(SERIES, sort=False)
    moved = twice.assign(**{first: series[first].shift(-1), "series": series.ngroup()})
    corners = moved[series.cumcount(ascending=False) > 0]  # the last point of a series goes nowhere
    return corners.sort_values("series", kind="stable", ignore_index=True).drop(columns="series")
