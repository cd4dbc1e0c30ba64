import itertools

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from lab6.history import figure, marks
from lab6.render import picture, style
from tests.history.months import months, run, shifted, steady, told, versions

LAYOUTS = [style.WIDE, style.NARROW]


def eventful():
    """Three sizes, a shift, many changes close to each other, and disturbed runs."""

    def of(day):
        keras, python = min(day // 2, 12), "3.11.7" if day < 33 else "3.12.1"
        return {"machine": versions(keras=f"3.{keras}", python=python), "commit": "abcdef"[day // 7]}

    slow = run(42, 1.3, (1, 10, 100), others={size: [5.0] * 3 for size in (1, 10, 100)})
    return told(*months(shifted(28, 0.05, 14), of, sizes=(1, 10, 100)), slow)


def drawn(found, layout=style.WIDE):
    with style.style():
        return figure.draw(found, layout)


def numbers(axes):
    return [text for text in axes.texts if text.get_text().isdigit()]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_size_has_a_panel_with_its_runs_and_levels(layout):
    own = drawn(told(*months(shifted(28, 0.05, 14), sizes=(10, 100))), layout)
    assert [axes.get_title(loc="left") for axes in own.axes] == ["minibatch size 10", "minibatch size 100"]
    for axes in own.axes:
        dots, levels, _ = axes.collections
        assert len(dots.get_offsets()) == 42
        assert [segment[0][1] for segment in levels.get_segments()] == pytest.approx([1, 1.05], rel=0.001)
        assert [text.get_text() for text in axes.texts] == ["+5.0%"]


def test_disturbed_runs_are_hollow_and_the_legend_says_so():
    own = drawn(eventful())
    filled, hollow = own.axes[0].collections[:2]
    assert [style.mpl.colors.to_hex(dots.get_facecolors()[0]) for dots in (filled, hollow)] == ["#5a6470", "#ffffff"]
    assert len(hollow.get_offsets()) == 1
    said = [text.get_text() for text in own.legends[0].get_texts()]
    assert said == ["a run", "disturbed", "level", "other versions", "other commit"]
    plain = drawn(told(*months(steady(12))))
    assert [text.get_text() for text in plain.legends[0].get_texts()] == ["a run", "level"]
    assert len(plain.legends) == 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_numbers_do_not_overlap_and_nothing_leaves_the_paper(layout):
    own = drawn(eventful(), layout)
    measure = FigureCanvasAgg(own).get_renderer()
    own.dpi = 100
    with style.style():
        first, *others = own.axes
        boxes = [text.get_window_extent(measure) for text in numbers(first)]
        assert len(boxes) == marks.MOST
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
        assert not any(numbers(axes) for axes in others)
        boxes = [axes.get_tightbbox(measure) for axes in own.axes]
        boxes += [legend.get_window_extent(measure) for legend in own.legends]
    for box in boxes:
        assert -0.5 <= box.x0 < box.x1 <= own.bbox.x1 + 0.5
        assert -0.5 <= box.y0 < box.y1 <= own.bbox.y1 + 0.5
    assert not any(one.padded(-1).overlaps(other.padded(-1)) for one, other in itertools.combinations(boxes, 2))


def test_the_numbered_changes_are_those_of_shifts_and_the_newest_and_each_is_in_the_key():
    found = eventful()
    marked = marks.of(found)
    assert len(marked) == marks.MOST
    assert [mark.at for mark in marked] == sorted(mark.at for mark in marked)
    assert any("3.13" not in mark.text and "3.12.1" in mark.text for mark in marked)
    key = [text.get_text() for text in drawn(found).legends[1].get_texts()]
    assert [line.split()[0] for line in key] == [str(number) for number in range(1, marks.MOST + 1)]
    early = told(*months(shifted(14, 0.05, 42), lambda day: {"machine": versions(keras=f"3.{day // 2}")}))
    assert f"{marks.of(early)[0].at:%m-%d}" == "01-16"


def test_of_many_panels_those_with_shifts_are_drawn_first():
    sizes = tuple(range(1, 13))
    own = months(steady(42), sizes=sizes)
    for number, content in enumerate(own):
        data = content["benchmarks"][-1]["stats"]["data"]
        content["benchmarks"][-1]["stats"]["data"] = [1.5 * one if number > 20 else one for one in data]
    found = told(*own)
    assert [size for _, size in figure.chosen(found)] == [*range(1, 10), 12]
    assert "Drawn are 10 of 12" in figure.picture(found).explanation
    assert len([axes for axes in drawn(found).axes if axes.axison]) == 10


def test_methods_stand_in_columns_and_each_has_its_own_marks():
    compiled = months(steady(42), lambda day: {"machine": versions(keras=f"3.{day // 30}")}, sizes=(1, 10, 100))
    own = drawn(told(*compiled, *months(steady(42), engine="fit", sizes=(1, 10, 100))))
    titles = [axes.get_title(loc="left") for axes in own.axes]
    assert set(titles) == {f"{method}, {size}" for method in ("compiled", "fit") for size in (1, 10, 100)}
    assert [axes.get_title(loc="left") for axes in own.axes if numbers(axes)] == ["compiled, 1"]


@pytest.mark.parametrize("years", [("0001-01-01", "0001-01-20"), ("0001-01-01", "9999-12-31")])
def test_any_dates_are_drawn(years, tmp_path):
    own = months(steady(12))
    first, last = own[0], own[-1]
    first["datetime"], last["datetime"] = (f"{year}T00:00:00+00:00" for year in years)
    drawn_files = picture.write(figure.picture(told(*own)), tmp_path)
    assert "<svg" in drawn_files["narrow"]
    assert len(pd.read_csv(tmp_path / "history.csv")) == 12


def test_extreme_times_are_drawn_without_a_warning(tmp_path):
    found = told(*months([1e-9] * 10 + [1e9] * 10 + [1e-9] * 10))
    assert "<svg" in picture.write(figure.picture(found), tmp_path)["wide"]
