import functools

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from lab6.compare import comparison, figure
from lab6.render import crowd, style
from lab6.start import figures
from lab6.start.pictures import coloured, crowd_sentence, look_of
from tests import saved
from tests.samples import FIFTY, draw, found, machines, measured, numbered, sample

GREY = style.colour("muted")

SHOWN = [FIFTY[0], FIFTY[25], FIFTY[49]]
"""In the sample of fifty: the first is the fastest, the last is the slowest and that of the headline."""

LAYOUTS = ["wide", "narrow"]
PICTURES = ["throughput-accuracy", "time-accuracy", "budget"]


@functools.cache
def of(count):
    """The answer of as many machines, each slower than the one before; the last is the newest."""
    return numbered(count, batch_sizes=[100]).answer


def grey_lines(axes):
    """The lines that are thin and grey, with a gap after each series."""
    return [own for own in axes.lines if own.get_color() == GREY and own.get_linewidth() < 1 and len(own.get_xdata())]


def grey_dots(axes):
    return [own for own in axes.collections if isinstance(own, PathCollection) and list(own.get_sizes()) == [crowd.DOT]]


@pytest.mark.parametrize("count", [1, 2, 10])
def test_up_to_ten_machines_are_all_in_colour_and_nothing_is_said(count):
    assert coloured(of(count)) == [f"machine {number}" for number in range(count)]
    assert crowd_sentence(of(count)) is None
    assert look_of(of(count)).others == []


def test_of_more_the_first_the_middle_and_the_headline_s_are_in_colour_or_the_baseline_that_was_asked_for():
    assert coloured(of(11)) == ["machine 0", "machine 5", "machine 10"]
    assert crowd.in_colour({f"machine {number}": 1 + number for number in range(11)}, ["machine 3"]) == [
        *("machine 0", "machine 3", "machine 5", "machine 10")
    ]


def test_the_fastest_and_the_slowest_are_in_colour_wherever_they_stand():
    speeds = {f"machine {number}": 2 + number / 20 for number in range(12)} | {"slow": 9, "fast": 1, "newest": 3.01}
    dates = {"newest": "2026-05-01T00:00:00+00:00"}
    runs = [measured(label, slower=slower, datetime=dates.get(label, "2026-01-01")) for label, slower in speeds.items()]
    shown = coloured(found(*runs).answer)
    assert set(shown) >= {"machine 0", "slow", "fast", "newest"}
    assert len(shown) <= 6


def test_a_machine_is_as_fast_as_with_its_fastest_engine():
    labels = [f"machine {number}" for number in range(11)]
    runs = machines(labels, ["fit"], batch_sizes=[100])
    assert "machine 6" not in coloured(found(*runs).answer)
    runs.append(measured("machine 6", "compiled", 0.01, batch_sizes=[100], datetime="2026-01-01T00:00:00+00:00"))
    assert "machine 6" in coloured(found(*runs).answer)


def test_the_lab_report_is_no_machine_of_the_crowd():
    answer = numbered(11, batch_sizes=[100], reported=True).answer
    look = look_of(answer)
    assert len(look.setups) == 3
    assert len(look.others) == 8
    assert len(look.reported) == 1
    assert "Of 11 machines, pictures show 3 in colour" in crowd_sentence(answer)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("picture", [*PICTURES, "rounds"])
def test_the_legend_names_those_in_colour_and_counts_the_others(picture, layout):
    (legend,) = draw("fifty machines", picture, layout).figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    for name, shown in zip(names, SHOWN, strict=False):
        assert shown.startswith(name.removesuffix("…"))
    assert names[3] == "47 others"
    assert len(names) <= 7
    colours = [handle.get_color() for handle in legend.legend_handles[:3]]
    assert len(set(colours)) == 3
    assert GREY not in colours


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("picture", PICTURES)
def test_the_others_are_one_thin_grey_line_with_a_gap_after_each_machine(picture, layout):
    for axes in draw("fifty machines", picture, layout).axes:
        (line,) = grey_lines(axes)
        assert np.isnan(line.get_xdata()).sum() == 47
        assert line.get_zorder() < 2  # behind the lines in colour


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("picture", "each"), [("time-accuracy", 3), ("rounds", 9)])
def test_the_others_have_a_small_dot_for_each_value(picture, each, layout):
    for axes in draw("fifty machines", picture, layout).axes:
        (behind,) = grey_dots(axes)
        assert len(behind.get_offsets()) == 47 * each


def test_only_machines_in_colour_have_rings_and_numbers_and_pictures_are_no_larger_than_those_of_three():
    (axes,) = draw("fifty machines", "throughput-accuracy", "wide").axes
    (rings,) = [own for own in axes.lines if own.get_markersize() == 15]
    assert len(rings.get_xdata()) == 3
    assert len([text for text in axes.texts if text.get_text()]) == 9  # three machines, three sizes
    heights = [draw(name, "budget", "wide").get_figheight() for name in ("fifty machines", "several machines")]
    assert heights[0] - heights[1] < 1


def test_disturbed_rounds_of_the_others_are_hollow_too():
    speeds = {"first": 5.0, "fast": 1.0, "noisy": 2.0} | {f"machine {number}": 6.0 + number for number in range(8)}
    times = {label: ([seconds, seconds + 0.1, seconds + 0.2], [0.9] * 3) for label, seconds in speeds.items()}
    others = {"noisy": {100: [0.0, 0.9, 0.0]}}
    runs = [saved.run({100: own}, {"label": label}, others=others.get(label)) for label, own in times.items()]
    answer = found(*runs).answer
    assert "noisy" in look_of(answer).others
    with style.style():
        drawn = figures.every_round(answer, look_of(answer), style.WIDE)
    for axes in drawn.axes:
        (behind,) = grey_dots(axes)
        assert [to_hex(ink) for ink in behind.get_facecolors()].count(style.colour("paper")) == 1
    assert "disturbed by other programs" in [text.get_text() for text in drawn.legends[0].get_texts()]


def test_the_picture_of_the_comparison_has_the_others_in_grey_too():
    summary = sample("fifty machines").answer.summary
    with style.style():
        drawn = figure.picture(summary, comparison.compare(summary, FIFTY[7])).draw(style.WIDE)
    left, right = drawn.axes
    assert [np.isnan(line.get_xdata()).sum() for axes in (left, right) for line in grey_lines(axes)] == [46, 46]
    names = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert FIFTY[7] in names
    assert names[-1] == "46 others"
