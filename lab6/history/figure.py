"""The picture of a history: each minibatch size over time, with its levels, and what changed on the machine."""

import math
import textwrap
from typing import Any

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lab6.history import marks, words
from lab6.history.history import History, Panel
from lab6.history.marks import Mark, days
from lab6.render import numbers, style
from lab6.render.picture import Picture
from lab6.render.style import Layout, colour

MOST_PANELS = 10
"""Panels that are drawn, those with shifts first."""

IN_A_COLUMN = 5
"""Panels above each other on wide paper; more stand in two columns."""

MOST_DOTS = 2_000
"""Runs from which on dots are pixels in the SVG."""

HEIGHT, ABOVE, KEY_LINE = 1.12, 0.25, 0.165
"""Of a panel, of its title, and of a line of the key; inches."""

YEARS = (-719_162.0, 2_932_895.0)
"""The first and the last day that matplotlib can name, 0001-01-01 and 9999-12-31, counted from 1970-01-01."""

DASHES = (0, (4, 2))


def picture(found: History) -> Picture:
    """The picture."""
    drawn, panels = len(chosen(found)), len(found.panels)
    only = f" Drawn are {drawn} of {panels}, those with changes of speed first." if drawn < panels else ""
    return Picture(
        "history",
        "One machine over time",
        f"Each dot is a run of {found.machine}, hollow if other programs disturbed it; the lines are the levels, with "
        "their confirmed changes. Dashed: versions or settings changed; ticks at the bottom: the code did." + only,
        lambda layout: draw(found, layout),
        (style.WIDE, style.NARROW),
        found.runs[["method", "batch_size", "measured_at", "seconds", "processes", "disturbed"]],
        words.levels(found),
    )


def draw(found: History, layout: Layout) -> Figure:
    """A panel for each method and minibatch size, with one time axis."""
    panels, marked = chosen(found), marks.of(found)
    columns = 2 if layout.beside and len(panels) > IN_A_COLUMN else 1
    begins, ends = _span(found)
    rows = marks.rows(marked, begins, (layout.width / columns - 1) / (ends - begins))
    room = marks.NUMBER * (max(rows, default=-1) + 1)
    key = [line for number, mark in enumerate(marked, 1) for line in _key(number, mark, layout)]
    figure, every, first = _paper(panels, columns, layout.width, room, len(key))
    for axes, panel in zip(every, panels, strict=False):
        _panel(axes, found, panel)
        _lines(axes, found, panel)
        own = [panel[0] in mark.methods for mark in marked]
        if axes in first and any(own):
            marks.write(axes, marked, rows, own, room / (HEIGHT + room - ABOVE))
    _time_axis(every, begins, ends)
    figure.supylabel("one epoch (seconds)", fontsize=9)
    _legend(figure, found, layout)
    _write_key(figure, key)
    style.lay_out(figure)
    return figure


def _paper(
    panels: list[Panel], columns: int, width: float, room: float, key: int
) -> tuple[Figure, list[Axes], list[Axes]]:
    """A figure, its axes column by column, and those that are the first of a method or a column, which are higher by
    ``room``; inches. ``key``: lines below the panels."""
    down = math.ceil(len(panels) / columns)
    first = [place for place in range(len(panels)) if place % down == 0 or panels[place - 1][0] != panels[place][0]]
    heights = [HEIGHT + room * any(place % down == row for place in first) for row in range(down)]
    figure = Figure(figsize=(width, sum(heights) + KEY_LINE * (key + 4) + 0.2))
    FigureCanvasAgg(figure)
    grid = figure.subplots(down, columns, squeeze=False, sharex=True, height_ratios=heights)
    every = list(grid.T.flat)
    for axes in every[len(panels) :]:
        axes.set_axis_off()
    return figure, every, [every[place] for place in first]


def chosen(found: History) -> list[Panel]:
    """The panels that are drawn, in their order."""
    shifted = set(found.shifts[["method", "batch_size"]].itertuples(index=False, name=None))
    ranked = sorted(found.panels, key=lambda panel: panel not in shifted)[:MOST_PANELS]
    return [panel for panel in found.panels if panel in ranked]


def _panel(axes: Axes, found: History, panel: Panel) -> None:
    """The runs of a panel, its levels, and how large their changes are."""
    method, size = panel
    several = found.runs["method"].nunique() > 1
    axes.set_title(f"{method}, {size:,}" if several else f"minibatch size {size:,}", fontsize=9, pad=3)
    runs = found.of(found.runs, panel)
    for hollow, own in runs.groupby(runs["disturbed"].astype(bool)):
        fill = colour("paper" if hollow else "muted")
        how: dict[str, Any] = {"linewidth": 0.7, "alpha": 0.75, "zorder": 2, "rasterized": len(runs) > MOST_DOTS}
        axes.scatter(days(own["measured_at"]), own["seconds"], s=9, c=fill, edgecolors=colour("muted"), **how)
    segments = found.of(found.segments, panel)
    axes.hlines(
        segments["seconds"],
        days(segments["begins"]),
        days(segments["ends"]),
        color=colour("series-1"),
        linewidth=2,
        zorder=3,
    )
    for shift, segment in zip(
        found.of(found.shifts, panel).to_dict("records"), segments.iloc[1:].to_dict("records"), strict=True
    ):
        _say(axes, segment, numbers.change(shift["change"]))
    axes.margins(y=0.16)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _say(axes: Axes, segment: dict[str, Any], text: str) -> None:
    """Write a change above the level that begins with it."""
    axes.annotate(
        text,
        (days(pd.Series([segment["begins"]]))[0], segment["seconds"]),
        (3, 4),
        textcoords="offset points",
        color=colour("series-2"),
        fontsize=8,
        fontweight="bold",
        bbox={"facecolor": colour("paper"), "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
        zorder=5,
    )


def _lines(axes: Axes, found: History, panel: Panel) -> None:
    """When versions, settings and code changed."""
    methods = found.changes["methods"].str.split(", ")
    own = found.changes[methods.map(lambda names: panel[0] in names).astype(bool)]
    code = own["code"]
    top = axes.get_xaxis_transform()
    for time in days(own.loc[~code, "measured_at"]):
        axes.axvline(time, color=colour("ink"), linewidth=0.8, linestyle=DASHES, zorder=1.5)
    axes.vlines(days(own.loc[code, "measured_at"]), 0, 0.06, color=colour("ink"), linewidth=0.8, transform=top)


def _span(found: History) -> tuple[float, float]:
    """Where the time axis begins and ends; within the years that matplotlib knows."""
    times = days(found.runs["measured_at"])
    room = (times.max() - times.min()) * 0.03
    return max(float(times.min() - room), YEARS[0]), min(float(times.max() + room), YEARS[1])


def _time_axis(every: list[Axes], begins: float, ends: float) -> None:
    """One time axis for all panels."""
    dates: Any = mdates
    locator = dates.AutoDateLocator(minticks=3, maxticks=8)
    for axes in every:
        axes.xaxis_date()
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    every[0].set_xlim(begins, ends)


def _legend(figure: Figure, found: History, layout: Layout) -> None:
    """What dots and lines mean, above the panels."""
    dot: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 3.5, "color": colour("muted")}
    tick: dict[str, Any] = {"linestyle": "", "marker": "|", "markersize": 6, "color": colour("ink")}
    line: dict[str, Any] = {"linewidth": 0.9, "linestyle": DASHES, "color": colour("ink")}
    code = found.changes["code"]
    entries = {
        "a run": (True, dot),
        "disturbed": (found.runs["disturbed"].any(), dot | {"markerfacecolor": colour("paper")}),
        "level": (True, {"color": colour("series-1"), "linewidth": 2}),
        "other versions": ((~code).any(), line),
        "other commit": (code.any(), tick),
    }
    handles = [Line2D([], [], label=label, **how) for label, (shown, how) in entries.items() if shown]
    figure.legend(handles=handles, loc="outside upper left", ncols=5 if layout.beside else 3, handlelength=1.8)


def _write_key(figure: Figure, key: list[str]) -> None:
    """What the numbers mean, below the panels."""
    if not key:
        return
    blank = [Line2D([], [], linestyle="", label=" ") for _ in key]
    legend = figure.legend(handles=blank, loc="outside lower left", handlelength=0, handletextpad=0, labelspacing=0.2)
    for text, line in zip(legend.get_texts(), key, strict=True):
        text.set_text(line)
        text.set_fontsize(8)


def _key(number: int, mark: Mark, layout: Layout) -> list[str]:
    """The lines of the key for a numbered mark."""
    text = f"{number}  {words.day(mark.at)}: {mark.text}"
    return textwrap.wrap(text, int(layout.width * 15), subsequent_indent="    ", max_lines=3, placeholder=" …")
