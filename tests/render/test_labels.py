import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from lab6.render import labels
from lab6.render.labels import Label
from tests.samples import draw, sample

NAMED = ["one machine", "lab report", "one size"]
"""Samples of few enough points for each to have its label."""


def boxes(axes):
    """What each label takes, in pixels at the resolution at which the figure was laid out."""
    canvas = FigureCanvasAgg(axes.figure)
    axes.figure.dpi = 100
    return {
        (text.get_text(), *text.xy): text.get_window_extent(canvas.get_renderer())
        for text in axes.texts
        if text.get_text()
    }


def share(one, other):
    """How much of the smaller of two boxes the other covers."""
    both = Bbox.intersection(one, other)
    return 0 if both is None else both.width * both.height / min(own.width * own.height for own in (one, other))


def blank():
    """Axes of 400 by 300 pixels from 0 to 1."""
    figure = Figure(figsize=(4, 3), dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    return axes


def placed(*points, texts=None, bold=()):
    """Such axes with a label for each point."""
    axes = blank()
    names = texts or [f"label {place}" for place in range(len(points))]
    labels.place(axes, [Label(*point, name, "black", name in bold) for point, name in zip(points, names, strict=True)])
    return axes


@pytest.mark.parametrize("layout", ["wide", "narrow"])
@pytest.mark.parametrize("name", NAMED)
def test_each_point_has_its_label(name, layout):
    answer = sample(name).answer
    (axes,) = draw(name, "throughput-accuracy", layout).axes
    points = answer.summary.sizes[["batch_size", "images_per_second", answer.accuracy]].itertuples(index=False)
    assert set(boxes(axes)) == {(f"{size:,}", x, y) for size, x, y in points}


@pytest.mark.parametrize("layout", ["wide", "narrow"])
@pytest.mark.parametrize("picture", ["throughput-accuracy", "budget"])
@pytest.mark.parametrize("name", NAMED)
def test_labels_do_not_overlap_cover_no_point_and_stay_within_the_axes(name, picture, layout):
    (axes,) = draw(name, picture, layout).axes
    found = boxes(axes)
    for (one, its), (other, others) in itertools.combinations(found.items(), 2):
        assert share(its, others) < 0.02, f"{one} and {other}"
    (left, bottom), (right, top) = axes.bbox.get_points()
    for label, box in found.items():
        assert left - 0.5 <= box.x0 < box.x1 <= right + 0.5, label
        assert bottom - 0.5 <= box.y0 < box.y1 <= top + 0.5, label
        if (name, picture) == ("one machine", "throughput-accuracy"):
            for _, x, y in found:
                assert not box.contains(*axes.transData.transform((x, y))), f"{label} covers {x, y}"


def test_a_label_is_just_above_its_point_and_does_not_cover_another():
    (box,) = boxes(placed((0.5, 0.5))).values()
    assert box.x0 < 200 < box.x1
    assert 155 < box.y0 < 165
    found = boxes(placed((0.5, 0.5), (0.5, 0.56)))  # 18 pixels above, where the first label would be
    assert not [name for name, box in found.items() if box.contains(200, 168) or box.contains(200, 150)]


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_label_in_a_corner_stays_inside(corner):
    (box,) = boxes(placed(corner)).values()
    assert 0 <= box.x0 < box.x1 <= 400
    assert 0 <= box.y0 < box.y1 <= 300


def test_points_in_one_place_have_labels_side_by_side():
    found = boxes(placed(*[(0.5, 0.5)] * 6, texts=[*"abcdef"]))
    for one, other in itertools.combinations(found.values(), 2):
        assert share(one, other) == 0


def test_a_label_leaves_lines_free():
    axes = blank()
    axes.plot([0, 1], [0, 1])
    axes.vlines([0.5, np.nan], [0, 0], [1, 1])
    labels.place(axes, [Label(0.5, 0.5, "here", "black")])
    (box,) = boxes(axes).values()
    assert box.x1 < 200 or box.x0 > 200
    diagonal = [(200 + step, 150 + 0.75 * step) for step in range(-200, 200)]
    assert not [point for point in diagonal if box.contains(*point)]


def test_a_bold_label_is_placed_first_and_written_so():
    axes = placed((0.5, 0.5), (0.5, 0.52), bold=("label 1",))
    first, second = [text for text in axes.texts if text.get_text()]
    assert (first.get_text(), first.get_fontweight()) == ("label 1", "bold")
    assert (second.get_text(), second.get_fontweight()) == ("label 0", "normal")


def test_a_label_far_from_its_point_has_a_line_to_it():
    crowd = [(x, y) for x in np.linspace(0.42, 0.58, 9) for y in np.linspace(0.42, 0.58, 9)]
    axes = placed(*crowd, texts=["x"] * len(crowd))
    assert [text for text in axes.texts if not text.get_text() and text.arrow_patch is not None]
    assert not [text for text in placed((0.5, 0.5)).texts if text.arrow_patch is not None]
