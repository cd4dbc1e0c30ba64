import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection

from lab6.render import style, svg
from lab6.start import figures
from lab6.start.pictures import coloured, look_of
from tests import saved
from tests.samples import DRAWINGS, PICTURES, document, draw, found, pictures, sample

AXES = {
    "throughput-accuracy": ["throughput (images per second)", "accuracy (log scale of errors)"],
    "time-accuracy": ["minibatch size (images)", "one epoch (seconds)", "accuracy (log scale of errors)"],
    "rounds": ["minibatch size (images)", "time, from its mean (%)", "accuracy, from its mean"],
    "budget": ["time budget for one epoch (seconds)", "accuracy (log scale of errors)"],
    "speed-up": ["minibatch size (images)", "speed-up over the baseline", "one epoch (seconds), and its card's line"],
}

LONG_WORDS = [
    key for key in DRAWINGS if key[0] in ("one machine", "several machines", "crowded", "fifty machines", "odd labels")
]
"""Drawings that have much to write; it takes time to measure what is written."""


def drawn(draw_it, answer, layout=style.WIDE):
    with style.style():
        return draw_it(answer, look_of(answer), layout)


def line(axes):
    """The corners of the only line with any."""
    (corners,) = [own.get_xydata() for own in axes.lines if len(own.get_xydata()) > 2]
    rounded = np.round(corners, 4).tolist()
    return [corner for place, corner in enumerate(rounded) if corner not in rounded[:place]]


def points(axes):
    """The collections that hold points."""
    return [own for own in axes.collections if isinstance(own, PathCollection) and len(own.get_offsets())]


def dots(axes):
    """Where all points are."""
    return np.vstack([own.get_offsets() for own in points(axes)])


def is_hollow(collection):
    return [style.mpl.colors.to_hex(ink) for ink in collection.get_facecolors()] == ["#ffffff"]


@pytest.mark.parametrize(("name", "picture", "layout"), DRAWINGS)
def test_every_picture_is_drawn_with_all_its_words_and_numbers_on_each_axis(name, picture, layout):
    figure = draw(name, picture, layout)
    (legend,) = figure.legends
    words = [legend.get_title().get_text(), *(text.get_text() for text in legend.get_texts())]
    words += [word for own in figure.axes for word in (own.get_title(loc="left"), own.get_xlabel(), own.get_ylabel())]
    panels = (2 if picture in ("time-accuracy", "rounds", "speed-up") else 1) * (3 if name == "crowded" else 1)
    assert figure.get_figwidth() == {"wide": 7.8, "narrow": 3.9}[layout]
    assert len(figure.axes) == panels
    assert [title for title in AXES[picture] if not any(word.endswith(title) for word in words)] == []
    shown = coloured(sample(name).answer)
    for setup, method in sample(name).answer.summary.sizes[["setup", "method"]].itertuples(index=False):
        said = method != "unknown method"
        named = [setup[:35], method] if said else [setup]
        if setup in shown or not said:
            assert [text for text in named if not any(word.startswith(text) for word in words)] == []
        else:
            assert not any(word.startswith(setup) for word in words)
    least = 1 if name in ("one size", "accuracy of one") else 2  # some have one value only
    for axes in figure.axes:
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            with style.style():  # how many numbers there is room for depends on the size of letters
                assert sum(low <= tick <= high for tick in axis.get_majorticklocs()) >= least, axis.get_label_text()


@pytest.mark.parametrize(("name", "picture", "layout"), LONG_WORDS)
def test_nothing_leaves_the_paper_and_panels_and_legend_do_not_cover_each_other(name, picture, layout):
    figure = draw(name, picture, layout)
    measure = FigureCanvasAgg(figure).get_renderer()
    figure.dpi = 100  # the resolution at which it was laid out
    with style.style():
        boxes = {axes.get_ylabel(): axes.get_tightbbox(measure) for axes in figure.axes}
        (boxes["legend"],) = [legend.get_window_extent(measure) for legend in figure.legends]
    for part, box in boxes.items():
        assert -0.5 <= box.x0 < box.x1 <= figure.bbox.x1 + 0.5, part
        assert -0.5 <= box.y0 < box.y1 <= figure.bbox.y1 + 0.5, part
    for (one, its), (other, others) in itertools.combinations(boxes.items(), 2):
        assert not its.padded(-1).overlaps(others.padded(-1)), f"{one} and {other}"


@pytest.mark.parametrize("picture", PICTURES)
def test_the_same_picture_is_the_same_bytes_and_a_single_size_is_drawn_even_if_all_is_a_power_of_ten(picture):
    with style.style():
        again = svg.render(pictures(sample("one machine"))[picture].draw(style.WIDE))
        assert again == document("one machine", picture, "wide")
        alone = found(saved.run({1_000: ([0.6, 0.6], [0.9, 0.9])}))  # 100,000 images per second
        figure = pictures(alone)[picture].draw(style.WIDE)
    for axes in figure.axes:
        low, high = axes.get_xlim()
        assert low < high


def test_each_size_is_a_point_the_frontier_a_staircase_and_what_is_dominated_hollow_and_beside_it():
    sizes = {1: [8.0, 0.8], 10: [4.0, 0.9], 100: [1.0, 0.7]}
    answer = found(saved.run({size: ([seconds] * 2, [accuracy] * 2) for size, (seconds, accuracy) in sizes.items()}))
    (axes,) = drawn(figures.throughput_and_accuracy, answer.answer).axes
    assert line(axes) == [[15_000, 0.9], [15_000, 0.7], [60_000, 0.7]]
    filled, hollow = points(axes)
    assert sorted(np.round(filled.get_offsets(), 4).tolist()) == [[7_500, 0.8], [15_000, 0.9], [60_000, 0.7]]
    assert axes.get_xscale() == "log"
    assert np.round(hollow.get_offsets(), 4).tolist() == [[7_500, 0.8]]
    assert is_hollow(hollow)


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_the_recommended_size_of_each_series_has_a_ring(layout):
    answer = sample("one machine").answer
    (axes,) = draw("one machine", "throughput-accuracy", layout).axes
    (rings,) = [own for own in axes.lines if own.get_markersize() == 15]
    starts = [answer.sizes(start).loc[start.batch_size] for start in answer.starts]
    assert len(starts) == 3
    expected = [(start["images_per_second"], start["test_accuracy"]) for start in starts]
    assert sorted(rings.get_xydata().tolist()) == sorted(map(list, expected))
    assert rings.get_markerfacecolor() == "none"


def test_intervals_are_bars_as_long_as_they_are_and_missing_where_there_are_none():
    (axes,) = draw("single round", "throughput-accuracy", "wide").axes
    bars = [bar for own in axes.collections if isinstance(own, LineCollection) for bar in own.get_segments()]
    assert not [bar for bar in bars if len(bar) and np.isfinite(bar).all()]
    answer = found(saved.run({10: ([1.0, 2.0, 4.0], [0.90] * 3)}, processes=3)).answer
    (axes,) = drawn(figures.throughput_and_accuracy, answer).axes
    upright, level = [own.get_segments()[0] for own in axes.collections if isinstance(own, LineCollection)]
    factor = np.exp(4.3027 * np.log(2) / np.sqrt(3))
    assert np.round(upright, 4).tolist() == [[30_000, 0.9], [30_000, 0.9]]
    assert level.ravel().tolist() == pytest.approx([30_000 / factor, 0.9, 30_000 * factor, 0.9], rel=1e-4)


def test_time_and_accuracy_are_lines_from_size_to_size():
    time, accuracy = drawn(figures.time_and_accuracy, found(saved.run()).answer).axes
    assert line(time) == [[10, 4.1], [100, 1.1], [60_000, 0.5]]
    assert line(accuracy) == [[10, 0.91], [100, 0.9067], [60_000, 0.2]]
    assert time.get_xscale() == time.get_yscale() == "log"
    assert [label.get_text() for label in time.get_xticklabels()] == ["10", "100", "60,000"]


def test_every_round_has_a_dot_of_its_own():
    answer = found(saved.run({10: ([1.0] * 4, [0.9] * 4), 100: ([1.0, 2.0, 4.0], [0.7, 0.8, 0.9])})).answer
    time, accuracy = drawn(figures.every_round, answer).axes
    assert len(dots(time)) == len(dots(accuracy)) == 7
    assert len(set(map(tuple, dots(time).tolist()))) == 7  # also where rounds are equal
    assert np.round(dots(time)[:, 1], 4).tolist() == [0, 0, 0, 0, -50, 0, 100]
    assert np.round(dots(accuracy)[:, 1], 4).tolist() == [0, 0, 0, 0, -0.1, 0, 0.1]
    assert np.round(dots(time)[:, 0]).tolist() == [0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(("others", "hollow"), [([0.0, 1.5, None], 1), ([0.0, 0.0, 0.0], 0), ([None, None, None], 0)])
def test_disturbed_rounds_are_hollow_and_the_legend_says_so(others, hollow):
    answer = found(saved.run({100: ([1.0, 2.0, 4.0], [0.7, 0.8, 0.9])}, others={100: others})).answer
    figure = drawn(figures.every_round, answer)
    for axes in figure.axes:
        filled, *disturbed = points(axes)
        assert not is_hollow(filled)
        assert len(disturbed) == hollow
        for own in disturbed:
            assert is_hollow(own)
            ((_, height),) = own.get_offsets()
            assert abs(height) < 1e-9  # the round of the median time and of the mean accuracy
    assert [text.get_text() for text in figure.legends[0].get_texts()][1:] == ["disturbed by other programs"] * hollow


def test_very_many_rounds_become_pixels_also_in_an_svg(monkeypatch):
    answer = found(saved.run()).answer
    assert "<image" not in drawn(lambda *asked: svg.render(figures.every_round(*asked)), answer)
    monkeypatch.setattr(figures, "MOST_DOTS", 8)
    document = drawn(lambda *asked: svg.render(figures.every_round(*asked)), answer)
    assert "data:image/png;base64," in svg.inline(document, "rounds", "")


def upright(axes):
    """Where lines go up through all of the axes."""
    return [own.get_xdata()[0] for own in axes.lines if list(own.get_ydata()) == [0, 1]]


def test_a_budget_buys_more_in_steps_and_is_marked_if_it_was_asked_for():
    (axes,) = drawn(figures.within_a_budget, found(saved.run()).answer).axes
    up = [[0.5, 0.2], [1.1, 0.2], [1.1, 0.9067], [4.1, 0.9067], [4.1, 0.91], [8.2, 0.91]]
    assert line(axes) == up
    assert sorted(np.round(dots(axes), 4).tolist()) == [[0.5, 0.2], [1.1, 0.9067], [4.1, 0.91]]
    assert not upright(axes)
    (asked,) = drawn(figures.within_a_budget, found(saved.run(), budget=2.0).answer).axes
    assert upright(asked) == [2.0]


def test_too_many_series_are_drawn_in_a_panel_for_each_method():
    figure = draw("crowded", "throughput-accuracy", "wide")
    assert [axes.get_title() or axes.get_title(loc="left") for axes in figure.axes] == ["compiled", "fit", "tape"]
    assert [layout.name for layout in look_of(sample("crowded").answer).layouts] == ["wide"]
    for axes in figure.axes:  # each minibatch size is named once
        assert sorted(text.get_text() for text in axes.texts if text.get_text()) == ["10", "100", "60,000"]
    assert [text.get_text() for text in figure.legends[0].get_texts()][:10] == [f"machine {n}" for n in range(10)]
