import math

import numpy as np
import pytest
from scipy import stats

from lab6.check.difference import SPREAD, anytime_quantile, of_pairs, of_sides
from lab6.check.speed import SIGNIFICANCE

PAIRS = np.array([0.01, 0.03, 0.02, 0.04, 0.0, 0.02])


def bayes_factor(values, mean):
    """As the docstring of the module has it, and as Gonen and others (2005) do."""
    n = len(values)
    t = (values.mean() - mean) / (values.std(ddof=1) / math.sqrt(n))
    v, shrunk = n - 1, 1 + n * SPREAD
    return shrunk**-0.5 * ((1 + t**2 / v) / (1 + t**2 / (v * shrunk))) ** (n / 2)


def test_pairs_have_a_mean_and_its_standard_error():
    found = of_pairs(PAIRS)
    assert found.mean == pytest.approx(0.02)
    assert found.error == pytest.approx(math.sqrt(0.001 / 5) / math.sqrt(6))
    assert (found.n, found.freedom) == (6, 5)


@pytest.mark.parametrize("level", [0.05, 0.2])
def test_at_the_ends_of_the_interval_of_pairs_the_bayes_factor_is_one_in_level(level):
    found = of_pairs(PAIRS)
    half = found.half_width(level)
    assert bayes_factor(PAIRS, found.mean - half) == pytest.approx(1 / level)
    assert bayes_factor(PAIRS, found.mean + half) == pytest.approx(1 / level)


def test_the_bayes_factor_is_that_of_a_normal_effect_integrated_numerically():
    """The noncentral t's density over a normal effect of variance SPREAD, as a multiple of the central one's."""
    t, n = PAIRS.mean() / (PAIRS.std(ddof=1) / math.sqrt(6)), 6
    effects = np.linspace(-15, 15, 20_001)
    shares = stats.norm.pdf(effects, scale=math.sqrt(SPREAD)) * stats.nct.pdf(t, n - 1, effects * math.sqrt(n))
    mixed = np.nansum(shares) * (effects[1] - effects[0])
    assert bayes_factor(PAIRS, 0.0) == pytest.approx(mixed / stats.t.pdf(t, n - 1), rel=0.01)


def test_too_few_pairs_or_processes_bound_nothing():
    assert of_pairs([]).half_width(0.05) == of_pairs([0.1]).half_width(0.05) == math.inf
    assert math.isnan(of_pairs([]).mean)
    assert of_pairs(PAIRS[:3]).half_width(0.002) == math.inf
    assert of_pairs(PAIRS).half_width(0.002) < math.inf
    sides = of_sides([0.0, 0.01], [0.1, 0.1, 0.1, 0.1])
    assert (sides.mean, sides.half_width(0.05)) == (pytest.approx(0.095), math.inf)
    for turned in ([False, False, False], [False, True]):  # of one place, or one of each
        assert of_pairs([0.0, 0.01, 0.02][: len(turned)], turned).half_width(0.05) == math.inf


def test_pairs_that_are_looked_at_once_have_students_interval_and_sides_without_pairs_have_welchs():
    half = of_pairs(PAIRS, sequential=False).half_width(0.05)
    low, high = stats.ttest_1samp(PAIRS, 0).confidence_interval(0.95)
    assert half == pytest.approx((high - low) / 2)
    assert half < of_pairs(PAIRS).half_width(0.05)
    one, other = np.array([0.0, 0.02, 0.01]), np.array([0.1, 0.3, 0.2, 0.25])
    found = of_sides(one, other)
    low, high = stats.ttest_ind(other, one, equal_var=False).confidence_interval(0.95)
    assert found.mean - found.half_width(0.05) == pytest.approx(low)
    assert found.mean + found.half_width(0.05) == pytest.approx(high)
    assert found.n == 3


def test_equal_values_have_a_narrow_interval():
    for found in (of_pairs([0.0] * 6), of_sides([0.0] * 3, [0.0] * 3)):
        assert 0 < found.half_width(0.05) < 1e-7
    assert of_pairs([0.0] * 6, least=0.01).half_width(0.05) > 0.01


def looks(random, checks, rows, pairs, change=0.0, deviation=0.01):
    """Whether each row of each check was called slower at any look, after each pair from the second on."""
    drawn = random.normal(change, deviation, (checks, rows, pairs))
    counts = np.arange(1, pairs + 1)
    means = drawn.cumsum(axis=2) / counts
    squares = (drawn**2).cumsum(axis=2) - counts * means**2
    errors = np.sqrt(squares[..., 1:].clip(0) / counts[:-1] / counts[1:])
    quantiles = np.array([anytime_quantile(int(count), count - 1, 2 * SIGNIFICANCE / rows) for count in counts[1:]])
    return (means[..., 1:] > quantiles * errors).any(axis=2)


def test_looking_after_each_pair_alarms_in_at_most_one_check_of_a_hundred():
    """Five rows with nothing changed, looked at after each of 200 pairs; 0.5% is promised of speed alone."""
    alarms = looks(np.random.default_rng(0), checks=2_000, rows=5, pairs=200).any(axis=1)
    assert alarms.mean() <= 0.01


def test_a_change_of_five_deviations_is_found_within_eight_pairs():
    assert looks(np.random.default_rng(1), checks=200, rows=5, pairs=8, change=0.05).mean() >= 0.9


def test_a_place_that_is_faster_is_estimated_and_not_taken_for_noise():
    turned = np.arange(8) % 2 == 1
    noise = np.array([0.001, 0.002, -0.001, -0.002, 0.001, -0.001, -0.001, 0.001])
    shifted = 0.05 + noise + np.where(turned, -0.02, 0.02)
    found, plain = of_pairs(shifted, turned), of_pairs(shifted)
    assert found.mean == pytest.approx(0.05, abs=0.001)
    assert found.half_width(0.05) < 0.2 * plain.half_width(0.05)
    assert (found.freedom, found.weight) == (6, pytest.approx(8))
    assert of_pairs([0.0, 0.01, 0.02], [False, True, False]).weight == pytest.approx(8 / 3)  # an odd pair weighs less


def test_looking_after_each_pair_that_changes_places_alarms_as_rarely():
    random, counts = np.random.default_rng(2), range(3, 13)
    alarms = 0
    for _ in range(400):
        values = random.normal(0, 0.01, 12) + np.where(np.arange(12) % 2, -0.03, 0.03)
        found = [of_pairs(values[:count], np.arange(count) % 2 == 1) for count in counts]
        alarms += any(one.mean - one.half_width(2 * SIGNIFICANCE) > 0 for one in found)
    assert alarms / 400 <= 0.01
