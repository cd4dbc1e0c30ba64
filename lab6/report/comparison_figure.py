"""The picture of a comparison: how much faster each machine is, and the lines that explain its epochs."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab6.analysis import compare
from lab6.analysis.answer import Answer
from lab6.analysis.series import SERIES
from lab6.report import crowd, style
from lab6.report.look import Look
from lab6.report.style import Layout, colour

SIZE = "minibatch size (images)"

FINE = 6
"""A ratio of the largest to the smallest speed-up below which the axis has more ticks."""


def speed_up(answer: Answer, layout: Layout, baseline: str | None = None) -> Figure:
    """Beside each other: the speed-up over the baseline for each minibatch size; epochs with their machine cards'
    lines."""
    found = compare.compare(answer, baseline)
    look = Look(answer, found.baseline)
    lines = _lines(answer, compare.cards(answer))
    figure, rows = look.grid(layout, 2, 3.4)
    sizes = answer.summary["batch_size"]
    ticks = style.spread(sorted(sizes.unique()), np.log, layout)
    for methods, (left, right) in rows:
        ratios, points, curves = (
            frame[frame["method"].isin(methods)] for frame in (found.speedups, answer.summary, lines)
        )
        for axes in (left, right):
            style.log_axis(axes.xaxis, sizes, ticks)
            axes.set_xlabel(SIZE)
            axes.margins(x=0.06)
        style.log_axis(left.yaxis, ratios_shown := [*found.speedups["speedup"], 1.0], _ticks(ratios_shown))
        style.log_axis(right.yaxis, answer.summary["seconds"])
        left.axhline(1, color=colour("ink"), linewidth=1.2, linestyle=(0, (2, 2)))
        crowd.lines(left, ratios, "batch_size", "speedup", look.others)
        ratios = crowd.dots(left, ratios, "batch_size", "speedup", look.others)
        curves = crowd.lines(right, curves, "batch_size", "seconds", look.others)
        points = crowd.dots(right, points, "batch_size", "seconds", look.others)
        if len(ratios):  # else seaborn warns of colours that it does not need
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
    """The 95% intervals of speed-ups, of those that have one."""
    told = ratios.dropna(subset=["speedup_low", "speedup_high"])
    inks = [look.colour(*series) for series in told[SERIES].itertuples(index=False, name=None)]
    axes.vlines(told["batch_size"], told["speedup_low"], told["speedup_high"], colors=inks, linewidth=1.1, alpha=0.7)


def _ticks(ratios: list[float]) -> list[float]:
    """Round speed-ups, always with 1: finely where all are close to it, else by decades."""
    low, high = min(ratios) / 1.05, max(ratios) * 1.05
    fine = high / low < FINE
    steps = (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9) if fine else (1, 2, 5) if high / low < FINE**3 else (1,)
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    return [tick for decade in decades for step in steps if low <= (tick := step * decade) <= high]


def _lines(answer: Answer, cards: pd.DataFrame) -> pd.DataFrame:
    """Epochs by each machine card, along all the minibatch sizes that its series was measured with."""
    images = int(answer.rounds["training_images"].iloc[0])
    found = []
    for card in cards.dropna(subset="seconds_per_step").to_dict("records"):
        own = answer.summary[(answer.summary[SERIES] == [card[field] for field in SERIES]).all(axis=1)]
        sizes = np.geomspace(own["batch_size"].min(), own["batch_size"].max(), 60)
        seconds = images / sizes * card["seconds_per_step"] + images * card["seconds_per_image"]
        found.append(
            pd.DataFrame({"setup": card["setup"], "method": card["method"], "batch_size": sizes, "seconds": seconds})
        )
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*SERIES, "batch_size", "seconds"])
