import itertools
from fractions import Fraction

import numpy as np
import pytest

from lab6.store.fit import design, fit, is_determined, nonnegative


def exactly(steps, images, seconds):
    """The fit of least squares, neither number below 0, in fractions, which do not round."""
    x = [Fraction(int(step)) / Fraction(own) for step, own in zip(steps, seconds, strict=True)]
    y = [images / Fraction(own) for own in seconds]
    xx, yy, xy = (sum(a * b for a, b in zip(*pair, strict=True)) for pair in ((x, x), (y, y), (x, y)))
    step, image = yy * sum(x) - xy * sum(y), xx * sum(y) - xy * sum(x)
    if step < 0 or image < 0:
        return (0.0, float(sum(y) / yy)) if step < 0 else (float(sum(x) / xx), 0.0)
    return float(step / (xx * yy - xy * xy)), float(image / (xx * yy - xy * xy))


@pytest.mark.parametrize("sizes", [(1, 60_000), (1, 10, 60_000), (59_999, 60_000)])
def test_nothing_cancels_and_neither_number_is_negative_in_the_fit_of_times_far_apart(sizes):
    steps = np.array([-(-60_000 // size) for size in sizes], dtype=float)
    for seconds in itertools.product((1e-9, 2e-9, 1.0, 1e9), repeat=len(sizes)):
        step, image = fit(steps, 60_000.0, np.array([seconds]))
        assert (step[0], image[0]) == pytest.approx(exactly(steps, 60_000, seconds), rel=1e-6, abs=0), seconds


STEPS = np.array([600.0, 60.0, 1.0])


def test_three_numbers_are_found_that_explain_one_worker_and_several():
    columns = design([STEPS, STEPS, STEPS[:2]], 60_000, [1, 2, 4])
    numbers = np.array([30e-6, 2e-6, 4e-3, 9e-3])
    assert columns @ numbers == pytest.approx(
        [*(STEPS * 30e-6 + 0.12), *(STEPS * 4.03e-3 + 0.06), *(STEPS[:2] * 9.03e-3 + 0.03)]
    )
    assert nonnegative(columns, columns @ numbers) == pytest.approx(numbers, rel=1e-6)


def test_an_exchange_that_saves_time_costs_nothing():
    columns = design([STEPS, STEPS], 60_000, [1, 2])
    found = nonnegative(columns, columns @ np.array([1e-3, 2e-6, -5e-4]))
    assert found[2] == 0
    assert (found[:2] > 0).all()


@pytest.mark.parametrize(
    ("one", "several", "determined"),
    [([600, 60], [600], True), ([60], [600, 60], True), ([60], [60], False), ([60, 60], [60, 60], False)],
)
def test_numbers_need_as_many_different_measurements(one, several, determined):
    own, others = np.array(one, dtype=float), np.array(several, dtype=float)
    assert is_determined(design([own, others], 60_000, [1, 2])) == determined


def test_times_far_apart_break_no_fit_of_three_numbers():
    columns = design([STEPS, STEPS], 60_000, [1, 2])
    for seconds in itertools.product((1e-9, 1.0, 1e9), repeat=6):
        found = nonnegative(columns, np.array(seconds))
        assert np.isfinite(found).all(), seconds
        assert (found >= 0).all(), seconds
