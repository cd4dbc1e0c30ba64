import functools
import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection

from lab6.render import style
from lab6.render.style import NARROW, WIDE
from tests import saved
from tests.samples import TO_TARGET, found, machines, pictures, to_target
from tests.target.tried import STEPS, table

CURVE = {
    (2**power, 0.1, None): [round(500 * (1 + 128 / 2**power)) + more for more in (-2, 0, 2)] for power in range(13)
}
"""Steps whose critical size is 128."""

EPOCHS = {1: ([9.0] * 3, [0.9] * 3), 100: ([1.0, 1.1, 1.2], [0.9] * 3), 4_096: ([1.0] * 3, [0.9] * 3)}

LAYOUTS = {"wide": WIDE, "narrow": NARROW}

FINDINGS = {
    "one machine": lambda: to_target(found(saved.run(EPOCHS, processes=3)), table(CURVE)),
    "several machines": lambda: to_target(found(*machines(["here", "there", "elsewhere"], ["compiled", "fit"]))),
    "one size": lambda: to_target(found(saved.run()), table({(100, 0.1, None): [500]})),
}


@functools.cache
def findings(name):
    return FINDINGS[name]()


@functools.cache
def draw(name, picture, layout="wide"):
    with style.style():
        return pictures(findings(name))[picture].draw(LAYOUTS[layout])


def texts(axes):
    return [text.get_text().replace("\n", " ") for text in axes.texts if text.get_text()]


def rings(axes, size=14):
    """Where the rings are."""
    (own,) = [line for line in axes.lines if line.get_markersize() == size and line.get_markerfacecolor() == "none"]
    return own.get_xydata().tolist()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("picture", TO_TARGET)
@pytest.mark.parametrize("name", FINDINGS)
def test_nothing_leaves_the_paper_and_no_words_cover_each_other(name, picture, layout):
    figure = draw(name, picture, layout)
    assert figure.get_figwidth() == LAYOUTS[layout].width
    measure = FigureCanvasAgg(figure).get_renderer()
    figure.dpi = 100
    with style.style():
        boxes = {f"panel {place}": axes.get_tightbbox(measure) for place, axes in enumerate(figure.axes)}
        (boxes["legend"],) = [legend.get_window_extent(measure) for legend in figure.legends]
        words = [text.get_window_extent(measure) for axes in figure.axes for text in axes.texts if text.get_text()]
    for part, box in boxes.items():
        assert -0.5 <= box.x0 < box.x1 <= figure.bbox.x1 + 0.5, part
        assert -0.5 <= box.y0 < box.y1 <= figure.bbox.y1 + 0.5, part
    for one, other in itertools.combinations(boxes.values(), 2):
        assert not one.padded(-1).overlaps(other.padded(-1))
    for one, other in itertools.combinations(words, 2):
        assert not one.padded(-1).overlaps(other.padded(-1))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_fastest_size_of_each_series_has_a_ring_and_each_such_size_its_number_once(layout):
    found = findings("several machines").target
    (axes,) = draw("several machines", "time-to-target", layout).axes
    assert sorted(rings(axes)) == sorted([own.batch_size, own.seconds] for own in found.fastest)
    assert sorted(texts(axes)) == sorted({str(own.batch_size) for own in found.fastest})
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("minibatch size (images)", "time to 97% (seconds)")


def test_a_single_size_is_drawn_without_a_ring():
    (axes,) = draw("one size", "time-to-target").axes
    assert rings(axes) == []
    assert texts(axes) == []


def test_each_target_that_is_reached_has_a_line_of_steps_and_one_of_perfect_scaling():
    (axes,) = draw("one machine", "steps-to-target").axes
    solid = [line.get_xydata() for line in axes.lines if line.get_linestyle() == "-"]
    dotted = [line.get_xydata() for line in axes.lines if line.get_linestyle() != "-"]
    assert len(solid) == len(dotted) == 2  # nothing reaches 98%
    assert [line[0, 1] for line in solid] == pytest.approx([32_250, 64_500], rel=1e-3)
    for line, perfect in zip(solid, dotted, strict=True):
        assert perfect[0].tolist() == line[0].tolist()
        assert perfect.prod(axis=1) == pytest.approx(np.full(len(perfect), perfect[0].prod()))


def test_the_regions_are_named_if_the_critical_size_is_known():
    (axes,) = draw("one machine", "steps-to-target").axes
    assert texts(axes) == ["perfect scaling", "diminishing returns", "no further gain"]
    (band,) = axes.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((32, 512), rel=0.02)
    (axes,) = draw("several machines", "steps-to-target").axes
    assert texts(axes) == []
    assert not axes.patches


def test_the_trade_has_a_point_a_size_the_fitted_curve_and_the_critical_size():
    (axes,) = draw("one machine", "steps-images").axes
    (points,) = [own for own in axes.collections if isinstance(own, PathCollection)]
    steps, images = np.asarray(points.get_offsets()).T
    assert images / steps == pytest.approx([2**power for power in range(13)])
    assert rings(axes) == [[pytest.approx(1_000, rel=0.01), pytest.approx(128_000, rel=0.02)]]
    assert "critical: 130" in texts(axes)
    assert {f"{2**power:,}" for power in range(13)} < set(texts(axes))


def test_without_a_fit_the_trade_has_its_points_only():
    (axes,) = draw("several machines", "steps-images").axes
    assert not axes.lines
    assert texts(axes) == ["10", "100"]


def test_sizes_that_are_nearly_the_same_share_a_label():
    both = to_target(found(saved.run(EPOCHS)), table(STEPS | {(102, 0.1, None): [600] * 3}))
    with style.style():
        (axes,) = pictures(both)["steps-images"].draw(WIDE).axes
    assert texts(axes) == ["10", "100"]


def test_the_data_behind_each_picture_are_its_points():
    own = pictures(findings("one machine"))
    assert len(own["time-to-target"].data) == len(own["steps-images"].data) == 13
    assert own["steps-to-target"].data.groupby("target").size().to_dict() == {0.95: 13, 0.97: 13}


def test_if_nothing_is_reached_there_is_no_picture():
    failing = to_target(found(saved.run()), table({(100, 0.1, None): [None] * 3}))
    assert set(pictures(failing)) & set(TO_TARGET) == set()
