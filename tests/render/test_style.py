import itertools

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from lab6.render import style
from lab6.render.svg import DARK, LIGHT
from lab6.start.pictures import look_of
from tests.samples import LONG, ODD, draw, numbered


def luminance(colour):
    """Relative luminance, WCAG 2.2."""
    channels = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    """Contrast ratio, WCAG 2.2: 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def legend(name, picture="throughput-accuracy"):
    """The legend's title and texts."""
    (drawn,) = draw(name, picture, "wide").legends
    return drawn.get_title().get_text(), [text.get_text() for text in drawn.get_texts()]


def handles(name, picture):
    """The legend's colours and markers, by its texts."""
    (drawn,) = draw(name, picture, "wide").legends
    found = [(handle.get_color(), handle.get_marker()) for handle in drawn.legend_handles]
    return dict(zip(legend(name, picture)[1], found, strict=True))


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_each_colour_can_be_read_on_its_paper_and_no_two_are_the_same(scheme):
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # as the guidelines have it
    for name in ("ink", "muted", *style.SERIES):
        assert contrast(style.COLOURS[name][scheme], style.COLOURS["paper"][scheme]) >= 4.5, name
    assert len({colours[scheme] for colours in style.COLOURS.values()}) == len(style.COLOURS)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.001, "0.001"), (0.5, "0.5"), (1, "1"), (1_000, "1,000"), (10_000, "10k"), (150_000, "150k"), (2e6, "2M")],
)
def test_a_number_on_an_axis_is_short(value, text):
    assert style.number(value) == text


@pytest.mark.parametrize(
    ("accuracies", "ticks"),
    [
        ([0.96, 0.97], [0.95, 0.98]),
        ([0.1, 0.9], [0, 0.2, 0.5, 0.8, 0.9]),
        ([0.992, 0.994], [0.99, 0.995]),
        ([1.0, 1.0], [1]),
        ([0.0, 0.0], [0]),
    ],
)
def test_an_axis_of_accuracies_encloses_them_with_its_ticks(accuracies, ticks):
    axes = Figure().subplots()
    style.accuracy_axis(axes, accuracies, "test accuracy")
    low, high = axes.get_ylim()
    assert low < min(accuracies)
    assert max(accuracies) < high
    assert list(axes.get_yticks()) == ticks
    assert [label.get_text() for label in axes.get_yticklabels()] == [f"{tick:g}" for tick in ticks]


def test_an_axis_of_accuracies_is_as_long_for_half_the_errors_anywhere():
    axes = Figure().subplots()
    style.accuracy_axis(axes, [0.5, 0.99], "test accuracy")
    heights = [axes.transData.transform((0, accuracy))[1] for accuracy in (0.8, 0.9, 0.95)]
    assert heights[2] - heights[1] == pytest.approx(heights[1] - heights[0], rel=0.01)


def test_a_logarithmic_axis_has_the_ticks_that_it_is_given():
    axes = Figure().subplots()
    style.log_axis(axes.xaxis, [1, 60_000], [1, 100, 60_000])
    axes.plot([1, 60_000], [0, 1])
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "100", "60,000"]
    assert not axes.get_xticklabels(minor=True)


def test_panels_stand_side_by_side_on_wide_paper_and_below_each_other_on_narrow_paper():
    left, right = (axes.get_position() for axes in draw("one machine", "time-accuracy", "wide").axes)
    assert left.x1 < right.x0
    assert left.y0 == pytest.approx(right.y0)
    above, below = (axes.get_position() for axes in draw("one machine", "time-accuracy", "narrow").axes)
    assert below.y1 < above.y0
    assert below.x0 == pytest.approx(above.x0)


def test_the_house_style_ends_where_it_ends():
    before = dict(mpl.rcParams)
    with style.style():
        assert mpl.rcParams["svg.fonttype"] == "none"
    assert dict(mpl.rcParams) == before


def test_machines_have_colours_and_methods_have_markers_the_same_in_every_picture():
    shown = handles("several machines", "budget")
    assert len({shown[machine][0] for machine in ("here", "there", "elsewhere")}) == 3
    assert len({shown[method][1] for method in ("compiled", "fit")}) == 2
    assert {shown[method][0] for method in ("compiled", "fit")} == {style.colour("muted")}
    for picture in ("throughput-accuracy", "time-accuracy", "rounds"):
        assert handles("several machines", picture).items() >= shown.items()


@pytest.mark.parametrize(("name", "count"), [("one machine", 3), ("odd labels", 4)])
def test_series_are_told_apart_by_colour_and_marker_where_that_can_be(name, count):
    shown = handles(name, "budget")
    assert len({ink for ink, _ in shown.values()}) == len({marker for _, marker in shown.values()}) == count


def test_the_lab_report_is_grey_and_has_a_marker_of_its_own():
    shown = handles("beside the lab report", "budget")
    ink, marker = shown.pop("lab report")
    assert ink == style.colour("muted")
    assert ink not in {other for other, _ in shown.values()}
    assert marker not in {other for _, other in shown.values()}
    assert handles("lab report", "budget") == {"lab report": (ink, marker)}


def test_ten_machines_have_ten_colours_and_beyond_ten_names_colours_repeat():
    look = look_of(numbered(10, ["fit"], [100]).answer)
    assert len({look.colour(f"machine {number}", "fit") for number in range(10)}) == 10
    names = [str(number) for number in range(11)]
    colours = style.palette(names)
    assert colours["10"] == colours["0"]
    assert all(one != other for one, other in itertools.pairwise(colours.values()))


@pytest.mark.parametrize(("count", "facets"), [(4, 1), (5, 2)])
def test_more_than_eight_series_are_drawn_in_a_panel_a_method(count, facets):
    answer = numbered(count, ["compiled", "fit"], [100]).answer
    assert len(look_of(answer).facets) == facets
    assert len(look_of(answer).layouts) == (2 if facets == 1 else 1)


def test_the_legend_names_one_machine_above_its_methods_several_beside_them_and_what_is_drawn_only():
    assert legend("one machine") == (
        "Intel Xeon 2 cores",
        ["compiled", "fit", "tape", "number: minibatch size", "dominated", "start here"],
    )
    assert legend("several machines", "budget") == ("", ["here", "there", "elsewhere", "compiled", "fit"])
    assert "dominated" not in legend("one size")[1]


def test_the_legend_shows_odd_names_as_they_are_and_long_ones_short():
    _, (odd, dollar, japanese, long, *_) = legend("odd labels", "budget")
    assert (odd, dollar, japanese) == (ODD, "$", "機械 テスト")
    assert long == f"{LONG[: len(long) - 1]}…"
    assert 20 < len(long) <= 40
