import pytest
from matplotlib.collections import LineCollection

from lab6.render.style import NARROW, WIDE, style
from lab6.scaling import figure, scaling
from tests.machines import often, team
from tests.samples import found, pictures
from tests.small import summarised

BOTH = [*team(1, 0), *team(2, 4000), *team(1, 0, image=1.1, threads=2)]


def drawn(*runs, coloured=("here",), layout=WIDE):
    picture = figure.picture(scaling.scale(summarised(*runs)), coloured)
    assert layout in picture.layouts
    with style():
        return picture.draw(layout)


def lines(axes, points):
    """The lines through so many points."""
    return [list(line.get_ydata()) for line in axes.lines if len(line.get_xdata()) == points]


@pytest.mark.parametrize("layout", [WIDE, NARROW], ids=["wide", "narrow"])
def test_each_number_of_threads_and_workers_has_a_line(layout):
    own = drawn(*BOTH, layout=layout)
    (axes,) = own.axes
    threads, workers, process = lines(axes, 4)
    assert threads[-1] == pytest.approx(1.82, abs=0.01)
    assert workers[-1] == pytest.approx(1.87, abs=0.01)
    assert process[-1] == pytest.approx(1.03, abs=0.01)
    assert [text.get_text() for text in own.legends[0].get_texts()] == [
        "compiled: 2 threads over 1",
        "compiled: 2 workers over 1",
        "compiled: 2 workers over 2 threads",
    ]


def test_as_fast_and_ideal_are_marked_and_inside():
    (axes,) = drawn(*BOTH).axes
    assert [line.get_ydata()[0] for line in axes.lines if len(line.get_xdata()) == 2] == [1, 2]
    assert [text.get_text() for text in axes.texts] == ["ideal: 2"]
    low, high = axes.get_ylim()
    assert low < 0.05 < 2.2 < high


@pytest.mark.parametrize(("runs", "whiskers"), [(1, 0), (3, 5)])
def test_whiskers_are_where_intervals_are_known(runs, whiskers):
    (axes,) = drawn(*(run for n in (1, 2) for run in often("here", 9, 4 / n, runs=runs, threads=n))).axes
    segments = [len(own.get_segments()) for own in axes.collections if isinstance(own, LineCollection)]
    assert sum(segments) == whiskers


def test_many_machines_stand_behind_those_in_colour():
    labels = [f"machine {number}" for number in range(12)]
    runs = [run for label in labels for n in (1, 2) for run in often(label, 9, 4 / n, runs=1, threads=n)]
    (axes,) = drawn(*runs, coloured=labels[:3]).axes
    assert len(lines(axes, 5)) == 3
    assert len(lines(axes, 9 * 6)) == 1  # the grey ones, with gaps


def test_the_page_has_the_picture_only_if_there_is_something_to_show():
    assert "scaling" in pictures(found(*BOTH))
    assert "scaling" not in pictures(found(*team(1, 0)))
