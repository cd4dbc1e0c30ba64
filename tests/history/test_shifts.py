import numpy as np
import pytest
from scipy import stats

from lab6.history import shifts
from lab6.history.shifts import SHORTEST, noise, places
from tests.history.months import shifted, steady


def found(seconds, tests=None):
    return shifts.shifts(np.log(seconds), tests or places(len(seconds)))


@pytest.mark.parametrize("change", [0.05, -0.05])
def test_a_shift_is_found_where_it_is_with_its_change(change):
    (shift,) = found(shifted(28, change, 14))
    assert (shift.start, shift.end) == (28, 42)
    assert shift.change == pytest.approx(change)
    assert shift.low < change < shift.high
    assert shift.high - shift.low < 0.02


def test_two_shifts_are_two_and_each_is_relative_to_the_level_before():
    up, down = found([*shifted(21, 0.05, 21), *steady(21)])
    assert (up.start, up.end, down.start, down.end) == (21, 42, 42, 63)
    assert (up.change, down.change) == pytest.approx((0.05, -0.05 / 1.05))


def test_the_interval_is_welchs():
    seconds = shifted(28, 0.05, 14)
    (shift,) = found(seconds)
    after, before = np.log(seconds[28:]), np.log(seconds[:28])
    low, high = stats.ttest_ind(after, before, equal_var=False).confidence_interval(0.95)
    assert (shift.low, shift.high) == pytest.approx((np.expm1(low), np.expm1(high)))


@pytest.mark.parametrize(
    "seconds",
    [
        steady(60),
        [1.0] * 60,
        [*steady(30), 1.17, *steady(30)],
        [*steady(30), 1.17, 1.15, *steady(30)],
        [*steady(60), *[1.05] * (SHORTEST - 1)],
        steady(2 * SHORTEST - 1),
        shifted(30, 0.009, 30),
        [],
    ],
    ids=["steady", "equal", "one slow day", "two", "too few days", "too short", "too small", "empty"],
)
def test_no_shift_is_found_if_there_is_none(seconds):
    assert found(seconds) == []


def test_a_shift_must_be_certain_for_all_that_is_looked_at():
    seconds = shifted(28, 0.03, 5)
    assert found(seconds, tests=10)
    assert not found(seconds, tests=10**9)


def test_of_a_shift_that_is_small_for_its_noise_several_days_are_possible():
    random = np.random.default_rng(0)
    levels = random.normal(0, 0.03, 120)
    levels[60:] += 0.04
    (shift,) = shifts.shifts(levels, places(120))
    assert shift.first < shift.start <= shift.last or shift.first <= shift.start < shift.last
    assert shift.first <= 60 <= shift.last
    (clear,) = found(shifted(28, 0.5, 28))
    assert clear.first == clear.last == 28


def test_the_noise_is_that_of_a_day_about_its_level_whatever_shifts():
    random = np.random.default_rng(0)
    levels = random.normal(0, 0.02, 10_000)
    assert noise(levels) == pytest.approx(0.02, rel=0.03)
    assert noise(levels + (np.arange(10_000) >= 5_000)) == pytest.approx(0.02, rel=0.03)
    assert noise(np.zeros(10)) > 0


def test_the_most_extreme_times_are_judged_without_a_warning():
    for shift in found([1e-9] * 10 + [1e9] * 10 + [1e-9] * 10):
        assert np.isfinite([shift.change, shift.low, shift.high]).all()
