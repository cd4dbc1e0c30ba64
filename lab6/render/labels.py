"""Place labels beside points: as near as possible without covering labels, points or lines."""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

CLEARANCE = 5.0
RING = 10.0
"""Half the side of the square that a marker takes, and the ring around a bold point; points."""

FAR = 16.0
"""The distance from which a thin line leads from a label to its point; points."""

STROKE = 2.0
"""Half the side of the square around a sampled place on a line; points."""

ANGLES = np.radians((45, 135, 315, 225, 90, 0, 180, 270, 67, 113, 22, 158, 293, 247, 338, 202))
DISTANCES = (9, 12, 16, 21, 28, 37, 48)
"""The places that are tried around a point, distances in points: above and right first, nearest first."""

PATIENCE = 60
"""Points that a label moves further away to uncover an area as large as its own."""

OUTSIDE = 1e6
"""The cost of leaving the axes."""

ON_LINE, ON_POINT, ON_LABEL = 1.0, 2.0, 8.0
"""The costs of covering each of these."""

Array = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Label:
    """A text that belongs to the point (``x``, ``y``), in data coordinates; a bold one has a ring around its point."""

    x: float
    y: float
    text: str
    colour: str
    bold: bool = False


def place(axes: Axes, labels: Sequence[Label]) -> None:
    """Write ``labels`` beside their points, the bold ones first, clear of what has been drawn.

    The figure must have been laid out before.
    """
    if not labels:
        return
    pixels = axes.figure.dpi / 72
    points = axes.transData.transform([(label.x, label.y) for label in labels])
    halves = [RING if label.bold else CLEARANCE for label in labels]
    taken = np.vstack(
        [
            _squares(points, np.array(halves) * pixels, ON_POINT),
            _squares(_on_lines(axes), STROKE * pixels, ON_LINE),
        ]
    )
    for label, centre in sorted(zip(labels, points, strict=True), key=lambda item: not item[0].bold):
        text = axes.annotate(
            label.text,
            (label.x, label.y),
            xytext=(0, 0),
            textcoords="offset points",
            ha="center",
            va="center",
            color=label.colour,
            fontsize=8.5,
            fontweight="bold" if label.bold else "normal",
            zorder=6,
        )
        size = text.get_window_extent()
        offset, box = _best(centre, size.width, size.height, pixels, taken, axes, label.bold)
        text.set_position(tuple(offset))
        if np.hypot(*offset) - size.width / pixels / 2 > FAR:
            _lead(axes, label, offset)
        taken = np.vstack([taken, [*box, ON_LABEL]])


def _best(
    centre: Array, width: float, height: float, pixels: float, taken: Array, axes: Axes, bold: bool
) -> tuple[Array, Array]:
    """The best place within the axes: one that covers little and is near.

    Returns its offset (2,) in points and its box (x0, y0, x1, y1) in pixels.
    """
    distances = np.repeat(np.array(DISTANCES) + (4 if bold else 0), len(ANGLES))[:, None]
    directions = np.tile(np.column_stack([np.cos(ANGLES), np.sin(ANGLES)]), (len(DISTANCES), 1))
    size = np.array([width, height])
    offsets = directions * (distances + size / pixels / 2 - [3, 5])
    middles = centre + offsets * pixels
    boxes = np.hstack([middles - size / 2, middles + size / 2])
    cost = _covered(boxes, taken) / (width * height) + np.hypot(*offsets.T) / PATIENCE
    inside = (boxes[:, :2] >= axes.bbox.min).all(axis=1) & (boxes[:, 2:] <= axes.bbox.max).all(axis=1)
    best = np.where(inside, cost, cost + OUTSIDE).argmin()
    return offsets[best], boxes[best]


def _covered(boxes: Array, taken: Array) -> Array:
    """The weighted area of each box (n, 4) that the boxes ``taken`` (m, 5; the last is the weight) cover."""
    across = np.minimum(boxes[:, None, 2], taken[:, 2]) - np.maximum(boxes[:, None, 0], taken[:, 0])
    up = np.minimum(boxes[:, None, 3], taken[:, 3]) - np.maximum(boxes[:, None, 1], taken[:, 1])
    covered: Array = (across.clip(0) * up.clip(0)) @ taken[:, 4]
    return covered


def _squares(centres: Array, half: float | Array, weight: float) -> Array:
    """Boxes with weights (n, 5) around ``centres`` (n, 2)."""
    halves = np.broadcast_to(half, len(centres))[:, None]
    return np.hstack([centres - halves, centres + halves, np.full((len(centres), 1), weight)])


def _on_lines(axes: Axes) -> Array:
    """Places (n, 2) along all drawn lines and bars, a few pixels apart; pixels."""
    drawn = [line for line in axes.lines if not line.get_rasterized()]  # of a crowd, whose lines are everywhere
    lines = [np.column_stack([line.get_xdata(), line.get_ydata()]) for line in drawn]
    for collection in axes.collections:
        if isinstance(collection, LineCollection):
            lines += collection.get_segments()
    found = [np.empty((0, 2))]
    for line in lines:
        corners = axes.transData.transform(np.asarray(line, dtype=float))
        for one, other in itertools.pairwise(corners):
            count = int(np.hypot(*(other - one)) // 4) + 1 if np.isfinite([one, other]).all() else 0
            found.append(one + (other - one) * np.linspace(0, 1, count + 1)[:, None] if count else np.empty((0, 2)))
    return np.vstack(found)


def _lead(axes: Axes, label: Label, offset: Array) -> None:
    """A thin line from a label to its point."""
    axes.annotate(
        "",
        (label.x, label.y),
        xytext=tuple(offset),
        textcoords="offset points",
        arrowprops={"arrowstyle": "-", "color": label.colour, "linewidth": 0.7, "shrinkA": 7, "shrinkB": 4},
    )
