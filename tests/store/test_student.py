import numpy as np
import pytest
from scipy import stats

from lab6.store import student


def test_half_an_interval_is_students():
    values = np.array([0.90, 0.91, 0.93, 0.90])
    there = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert student.half_width(values) == pytest.approx((there.high - there.low) / 2)


def test_two_values_have_an_interval_only_if_that_is_enough():
    assert np.isnan(student.half_width(np.array([1.0, 3.0])))
    assert student.half_width(np.array([1.0, 3.0]), least=2) == pytest.approx(12.706, abs=0.001)
    assert np.isnan(student.half_width_of_difference(np.arange(9.0), np.arange(2.0)))


def test_equal_values_have_an_interval_without_width():
    same = np.array([0.9, 0.9, 0.9])
    assert student.half_width(same) == pytest.approx(0, abs=1e-10)
    assert student.half_width_of_difference(same, same) == pytest.approx(0, abs=1e-10)


def test_a_difference_has_welchs_interval():
    ours, theirs = np.array([1.0, 1.2, 1.1, 1.4]), np.array([2.0, 2.6, 3.1])
    there = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
    assert student.half_width_of_difference(ours, theirs) == pytest.approx((there.high - there.low) / 2)


def test_draws_are_as_wide_as_the_interval():
    values = np.array([1.0, 1.2, 1.1, 1.4, 1.3])
    drawn = student.draws(values, seed=0)
    assert len(drawn) == student.DRAWS
    assert drawn.mean() == pytest.approx(1.2, abs=0.01)
    assert (abs(drawn - 1.2) < student.half_width(values)).mean() == pytest.approx(0.95, abs=0.01)


def test_the_same_seed_draws_the_same_and_another_seed_does_not():
    values = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(student.draws(values, 3), student.draws(values, 3))
    assert (student.draws(values, 3) != student.draws(values, 4)).any()
