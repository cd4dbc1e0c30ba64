"""The style of all pictures: colours for light and dark, markers and dashes, scales and sizes."""

import dataclasses
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.scale import FuncScale
from matplotlib.ticker import FixedLocator, FuncFormatter, Locator, LogLocator, MaxNLocator, NullLocator

T = TypeVar("T")

INK = {"ink": ("#1a1f26", "#e8ebef"), "muted": ("#5a6470", "#a3adb9"), "grid": ("#e3e7ec", "#2c333c")}
PAPER = {"paper": ("#ffffff", "#14181d")}
SERIES = {
    "series-1": ("#0b62a8", "#6cb6ff"),
    "series-2": ("#c2500a", "#ff9e64"),
    "series-3": ("#00795b", "#3fd0a4"),
    "series-4": ("#9900ff", "#9e5dff"),
    "series-5": ("#000066", "#c5e6fc"),
    "series-6": ("#610e05", "#d46155"),
    "series-7": ("#dc0c5f", "#f425b5"),
    "series-8": ("#944625", "#dac50b"),
    "series-9": ("#4a1c45", "#ffff08"),
    "series-10": ("#5c09af", "#f34115"),
}
"""Each has a contrast of 4.5 to its own paper, and any two differ by at least 12 (CIE 1976), also as seen with
protanopia, deuteranopia and tritanopia after G. Machado, M. Oliveira and L. Fernandes, "A Physiologically-based Model
for Simulation of Color Vision Deficiency", IEEE Transactions on Visualization and Computer Graphics 15, 2009."""

COLOURS: dict[str, tuple[str, str]] = INK | PAPER | SERIES
"""Each colour on light and on dark paper, by name."""

MARKERS = ("o", "s", "^", "v", "P", "X", "p", "d")
DASHES = ("", (4, 1.5), (1.2, 1.2), (6, 1.5, 1.2, 1.5), (3, 1, 1, 1, 1, 1))

UNSAID_MARKER, UNSAID_DASHES = "D", (1, 2)
"""Of the lab report, which does not name its method."""

LEAST_ERROR = 2e-5
"""The error at the end of the accuracy axis, so that an accuracy of 1 has a place on it."""


FINE = 6
"""The ratio of the largest to the smallest speed-up below which their axis has more ticks."""

MARGIN = 0.16
"""The space above and below; powers of ten of the error."""


@dataclasses.dataclass(frozen=True)
class Layout:
    """The paper of a picture.

    ``width``: inches. ``beside``: whether panels stand side by side. ``columns``: of the legend, one less if a
    machine's name is longer than ``narrow_name`` characters.
    """

    name: str
    width: float
    beside: bool
    columns: int
    narrow_name: int


WIDE = Layout("wide", 7.8, True, 3, 24)
NARROW = Layout("narrow", 3.9, False, 2, 16)


def colour(name: str) -> str:
    """A colour on light paper; pictures are drawn in these."""
    return COLOURS[name][0]


def palette(names: Iterable[str]) -> dict[str, str]:
    """One colour for each name."""
    return cycle(names, tuple(map(colour, SERIES)))


def cycle(names: Iterable[str], values: tuple[T, ...]) -> dict[str, T]:
    """One of ``values`` for each name."""
    return {name: values[place % len(values)] for place, name in enumerate(names)}


@contextmanager
def style() -> Iterator[None]:
    """A context in which matplotlib draws in this style, whatever the user's settings are.

    The same picture is the same bytes each time.
    """
    settings: dict[Any, Any] = {
        **sns.axes_style("whitegrid"),
        "axes.edgecolor": colour("muted"),
        "axes.labelcolor": colour("ink"),
        "axes.labelsize": 9,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 9.5,
        "axes.titleweight": "bold",
        "figure.constrained_layout.use": True,
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 9,
        "grid.color": colour("grid"),
        "grid.linewidth": 0.8,
        "legend.fontsize": 8.5,
        "legend.frameon": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "lab6",
        "text.color": colour("ink"),
        "text.parse_math": False,  # a machine's label may hold dollar signs
        "xtick.color": colour("muted"),
        "xtick.labelcolor": colour("ink"),
        "ytick.color": colour("muted"),
        "ytick.labelcolor": colour("ink"),
    }
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # an SVG shows them in the reader's font
        yield


def panels(layout: Layout, rows: int, columns: int, height: float, top: float = 0) -> tuple[Figure, list[list[Axes]]]:
    """A figure of panels, each ``height`` inches high, and ``top`` inches more.

    On narrow paper, those of a row stand below each other.
    """
    across = columns if layout.beside else 1
    down = rows * columns // across
    figure = Figure(figsize=(layout.width, height * down + top))  # pyplot would keep it for ever
    FigureCanvasAgg(figure)  # measuring a text would make a new one each time
    shared: Literal["col"] | bool = "col" if rows > 1 and layout.beside else False
    axes = figure.subplots(down, across, squeeze=False, sharex=shared, sharey=shared)
    return figure, [list(row) for row in axes.reshape(rows, columns)]


def lay_out(figure: Figure) -> None:
    """Lay out the figure once, and keep that layout."""
    engine = figure.get_layout_engine()
    assert engine is not None, "panels() makes figures with one"
    engine.execute(figure)
    figure.set_layout_engine("none")


def accuracy_axis(axes: Axes, values: Iterable[float], name: str) -> None:
    """Make the y axis logarithmic in the errors (1 - accuracy), so that 0.96 and 0.98 differ visibly."""
    functions: Any = (_to_scale, _from_scale)
    axes.set_yscale(FuncScale(axes.yaxis, functions))
    low, high = min(values, default=0.0), max(values, default=1.0)
    ticks = (0, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1)
    below = max([tick for tick in ticks if tick <= low], default=0)
    above = min([tick for tick in ticks if tick >= high], default=1)
    axes.set_ylim(float(_from_scale(_to_scale(below) - MARGIN)), float(_from_scale(_to_scale(above) + MARGIN)))
    axes.yaxis.set_major_locator(FixedLocator([tick for tick in ticks if below <= tick <= above]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_ylabel(f"{name} (log scale of errors)")


def _to_scale(accuracy: np.ndarray | float) -> np.ndarray:
    errors = np.maximum(1 + LEAST_ERROR - np.asarray(accuracy, dtype=float), LEAST_ERROR / 10)
    scaled: np.ndarray = -np.log10(errors)
    return scaled


def _from_scale(scaled: np.ndarray | float) -> np.ndarray:
    accuracy: np.ndarray = 1 + LEAST_ERROR - 10 ** -np.asarray(scaled, dtype=float)
    return accuracy


def log_axis(axis: mpl.axis.Axis, values: Iterable[float], ticks: Iterable[float] | None = None) -> None:
    """Make an axis for ``values`` logarithmic, with plain numbers such as 0.1, 1,000 and 100k, at ``ticks`` if given.

    Call it before anything is drawn: seaborn asks for the limits.
    """
    across = isinstance(axis, mpl.axis.XAxis)
    (axis.axes.set_xscale if across else axis.axes.set_yscale)("log")
    low, high = min(values), max(values)
    if low == high:  # make a range around a single value
        (axis.axes.set_xlim if across else axis.axes.set_ylim)(low / 3, high * 3)
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value) if ticks is None else f"{value:,g}"))
    axis.set_minor_locator(NullLocator())
    axis.set_major_locator(_log_locator(low, high) if ticks is None else FixedLocator(list(ticks)))


def ratio_ticks(ratios: Iterable[float]) -> list[float]:
    """Round speed-ups: fine steps if all are close to 1, otherwise decades."""
    shown = list(ratios)
    low, high = min(shown) / 1.05, max(shown) * 1.05
    fine = high / low < FINE
    steps = (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9) if fine else (1, 2, 5) if high / low < FINE**3 else (1,)
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    return [tick for decade in decades for step in steps if low <= (tick := step * decade) <= high]


def spread(
    values: Sequence[float], place: Callable[[Sequence[float]], np.ndarray], layout: Layout, columns: int = 2
) -> list[float]:
    """The ``values``, in order, whose names have room on an axis that ``place`` maps them to.

    ``columns``: panels that stand side by side on wide paper.
    """
    places = np.asarray(place(values), dtype=float)
    across = (layout.width / columns if layout.beside else layout.width) - 0.9  # inches, less what the y axis takes
    inches = (places - places[0]) / max(places[-1] - places[0], 1e-9) * across
    kept, end = [], -np.inf
    for value, middle in zip(values, inches, strict=True):
        half = 0.045 * len(f"{value:,g}")
        if middle - half > end:
            kept.append(value)
            end = middle + half + 0.06
    return kept


def _log_locator(low: float, high: float) -> Locator:
    """The ticks of a logarithmic axis from ``low`` to ``high``, at least two."""
    if high < 3 * low:
        return MaxNLocator(4)
    return LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,))


def number(value: float) -> str:
    """A short number on an axis, such as ``100k``."""
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if value >= 1e4 else f"{value:,g}"
