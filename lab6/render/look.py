"""Colours, markers and dashes of each series, the same in all pictures, and their legend."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lab6.render import crowd, style
from lab6.render.style import Layout, colour
from lab6.store.series import UNSAID

LONGEST_NAME = 40
"""Characters of a machine or method that a legend shows."""

MOST_SERIES = 8
"""In one panel; more are drawn in a panel for each method."""

LEGEND_LINE = 0.2
"""Inches that a further line of the legend takes."""

MUTED_POINT = {"linestyle": "", "color": colour("muted"), "marker": "o"}
HOLLOW_POINT: dict[str, Any] = MUTED_POINT | {"markerfacecolor": colour("paper")}
RING: dict[str, Any] = {
    "linestyle": "",
    "marker": "o",
    "markerfacecolor": "none",
    "markeredgecolor": colour("ink"),
    "markeredgewidth": 1.8,
}
"""Around the size to start with."""


class Look:
    """A colour for each machine, a marker and dashes for each method.

    With a single machine, colours distinguish its methods; with a single method in a panel, markers and dashes
    distinguish the machines, also on black and white paper. The lab report, whose machine and method are unknown, is
    grey. ``others``: the machines without a colour of their own (:mod:`lab6.render.crowd`).
    """

    def __init__(self, series: Sequence[tuple[str, str]], coloured: Sequence[str]) -> None:
        """``series``: machines and methods that are drawn; ``coloured``: the machines that have a colour."""
        self.reported = list(dict.fromkeys(setup for setup, method in series if method == UNSAID))
        measured = list(dict.fromkeys(setup for setup, method in series if method != UNSAID))
        self.setups = list(coloured)
        self.others = [setup for setup in measured if setup not in self.setups]
        self.methods = list(dict.fromkeys(method for _, method in series if method != UNSAID))
        self.crowded = len(series) > MOST_SERIES and len(self.methods) > 1
        self.by_method = len(self.setups) < 2
        self.by_setup = not self.by_method and (self.crowded or len(self.methods) == 1)
        lab = self.reported if self.by_setup else [UNSAID]
        marked = self.setups if self.by_setup else self.methods
        self.markers = style.cycle(marked, style.MARKERS) | dict.fromkeys(lab, style.UNSAID_MARKER)
        self.dashes = style.cycle(marked, style.DASHES) | dict.fromkeys(lab, style.UNSAID_DASHES)
        grey = dict.fromkeys([UNSAID] if self.by_method else self.reported, colour("muted"))
        self.colours = style.palette(self.methods if self.by_method else self.setups) | grey

    @property
    def facets(self) -> list[list[str]]:
        """The methods of each panel: all, or one each if there are too many series; always with the lab report."""
        return [[method, UNSAID] for method in self.methods] if self.crowded else [[*self.methods, UNSAID]]

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """The layouts that a picture is drawn in; the narrow one has room for a single facet only."""
        return (style.WIDE, style.NARROW) if len(self.facets) == 1 else (style.WIDE,)

    def colour(self, setup: str, method: str) -> str:
        """The colour of a series."""
        return self.colours[method if self.by_method else setup]

    @property
    def points(self) -> dict[str, Any]:
        """Arguments with which seaborn draws the points of series."""
        return {
            "hue": "method" if self.by_method else "setup",
            "palette": self.colours,
            "style": "setup" if self.by_setup else "method",
            "markers": self.markers,
            "legend": False,
        }

    @property
    def lines(self) -> dict[str, Any]:
        """Arguments with which seaborn draws the lines of series, each through its points in their order."""
        return self.points | {"dashes": self.dashes, "estimator": None, "errorbar": None, "sort": False}

    def grid(self, layout: Layout, columns: int, height: float) -> tuple[Figure, list[tuple[list[str], list[Axes]]]]:
        """A figure, and for each facet its methods and its row of panels, with titles if there are several."""
        lines = -(-len(self._entries()) // self._legend_columns(layout))
        figure, rows = style.panels(layout, len(self.facets), columns, height, top=LEGEND_LINE * (lines - 1))
        if len(rows) > 1:
            for methods, (first, *_) in zip(self.facets, rows, strict=True):
                first.set_title(methods[0])
        return figure, list(zip(self.facets, rows, strict=True))

    def legend(self, figure: Figure, layout: Layout, extra: Sequence[Line2D] = ()) -> None:
        """Draw the legend of machines and methods, and of ``extra``, above the picture."""
        entries = self._entries()
        legend = figure.legend(
            handles=[*(Line2D([], [], label=" ", **handle) for _, handle in entries), *extra],
            loc="outside upper left",
            ncols=self._legend_columns(layout),
            handlelength=2.4,
            title=self._title(),
            title_fontproperties={"weight": "bold", "size": 9},
            alignment="left",
        )
        for text, (name, _) in zip(legend.get_texts(), entries, strict=False):
            text.set_text(_short(name))  # a name that starts with _ would not be shown as a handle's label

    def _entries(self) -> list[tuple[str, dict[str, Any]]]:
        """The legend's names, and the style of each handle."""
        if self.by_method:
            names = {method: (method, self.colours[method]) for method in self.methods}
        elif self.by_setup:
            names = {setup: (setup, self.colours[setup]) for setup in self.setups}
        else:
            names = {method: (method, colour("muted")) for method in self.methods}
        bars = [] if self.by_method or self.by_setup else self.setups
        return [
            *((setup, {"color": self.colours[setup], "linewidth": 4}) for setup in bars),
            *((name, self._handle(*handle)) for name, handle in names.items()),
            *([(f"{len(self.others):,} others", crowd.HANDLE)] if self.others else []),
            *((setup, self._handle(setup if self.by_setup else UNSAID, colour("muted"))) for setup in self.reported),
        ]

    def _title(self) -> str | None:
        """The machine or method that all series have in common."""
        if self.by_method:
            return _short(self.setups[0]) if self.setups else None
        return self.methods[0] if len(self.methods) == 1 else None

    def _legend_columns(self, layout: Layout) -> int:
        longest = max((_width(name) for name, _ in self._entries()), default=0)
        return layout.columns - (longest > layout.narrow_name)

    def _handle(self, marked: str, ink: str) -> dict[str, Any]:
        return {"color": ink, "marker": self.markers[marked], "dashes": self.dashes[marked] or (None, None)}


def _short(name: str) -> str:
    """A name of at most LONGEST_NAME columns."""
    shown = name
    while _width(shown) > LONGEST_NAME:
        shown = shown[:-1]
    return name if shown == name else f"{shown[:-1]}…"


def _width(name: str) -> int:
    """Columns that a name takes in a font of one width; East Asian characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in name)
