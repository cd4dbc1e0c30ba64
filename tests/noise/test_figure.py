import pandas as pd
import pytest

from lab6.noise import figure
from lab6.noise.scale import Fitted
from lab6.render import picture, style
from tests.noise.trained import found


def drawn(own, layout=style.WIDE):
    with style.style():
        return figure.draw(own, layout)


def texts(axes):
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("layout", [style.WIDE, style.NARROW])
def test_the_panels_show_the_noise_scale_and_its_parts(layout):
    left, right = drawn(found("digits"), layout).axes
    [line] = left.lines
    assert list(line.get_xdata()) == [0, 64, 256]
    assert list(line.get_ydata()) == pytest.approx([100, 300, 900])
    noise, gradient = right.lines
    assert list(noise.get_ydata() / gradient.get_ydata()) == pytest.approx([100, 300, 900])


def test_the_published_range_and_the_fitted_size_are_shown_if_they_are_known():
    assert texts(drawn(found("digits")).axes[0]) == []
    left = drawn(found("mnist", fitted=Fitted(150.0, 0.97))).axes[0]
    published, fitted = texts(left)
    assert "50 at the start, 900 on average" in published
    assert fitted == "fitted critical size"
    low, high = left.get_ylim()
    assert low < 50 < 900 < high


@pytest.mark.parametrize("layout", [style.WIDE, style.NARROW])
def test_texts_are_inside_their_panels(layout):
    own = drawn(found(fitted=Fitted(150.0, 0.97)), layout)
    for axes in own.axes:
        for text in axes.texts:
            box, panel = text.get_window_extent(), axes.get_window_extent()
            assert panel.x0 <= box.x0 < box.x1 <= panel.x1
            assert panel.y0 <= box.y0 < box.y1 <= panel.y1


@pytest.mark.parametrize("scale", [-1.0, 100.0])
def test_it_is_drawn_without_intervals_and_whatever_is_unknown(scale, tmp_path):
    own = found("digits", seeds=1, scales=dict.fromkeys((0, 32, 64), scale))
    assert "<svg" in picture.write(figure.picture(own), tmp_path)["narrow"]
    assert len(pd.read_csv(tmp_path / "noise-scale.csv")) == 3
    assert {path.name for path in tmp_path.iterdir()} >= {"noise-scale.png", "noise-scale-dark.svg"}
