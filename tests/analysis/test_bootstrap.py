import numpy as np
import pytest
from scipy import stats

from lab6.analysis import bootstrap

THREE = np.array([1.0, 2.0, 3.0])


def runs(*counts):
    """Names of the runs of that many rounds each: run-0, run-0, ..., run-1, ..."""
    return np.repeat(np.array([f"run-{place}" for place in range(len(counts))], dtype=object), counts)


def width(resampled):
    low, high = bootstrap.percentile_interval(resampled)
    return high - low


def test_the_interval_of_one_run_is_scipys():
    values = np.random.default_rng(1).lognormal(size=60)
    low, high = bootstrap.percentile_interval(bootstrap.medians(values, runs(60)))
    there = stats.bootstrap(
        (values,), np.median, method="percentile", n_resamples=bootstrap.RESAMPLES, rng=np.random.default_rng(2)
    ).confidence_interval
    slack = 0.1 * (there.high - there.low)
    assert (low, high) == (pytest.approx(there.low, abs=slack), pytest.approx(there.high, abs=slack))


def test_medians_of_three_rounds_come_out_as_often_as_counting_says():
    # The smallest of three is the median of three draws where it is drawn twice or three times: 3 * 2/27 + 1/27.
    medians = bootstrap.medians(THREE, runs(3))
    assert len(medians) == bootstrap.RESAMPLES
    shares = [(medians == value).mean() for value in THREE]
    assert shares == pytest.approx([7 / 27, 13 / 27, 7 / 27], abs=0.04)


def test_an_even_number_of_rounds_has_the_mean_of_the_middle_two():
    medians = bootstrap.medians(np.array([1.0, 3.0]), runs(2))
    assert [(medians == value).mean() for value in (1, 2, 3)] == pytest.approx([0.25, 0.5, 0.25], abs=0.04)


def test_runs_that_differ_make_a_wider_interval_than_their_rounds_pooled():
    random = np.random.default_rng(0)
    values = np.concatenate([run + random.normal(0, 0.01, 20) for run in (1.0, 1.1, 1.2, 1.3, 1.4)])
    of_runs = bootstrap.medians(values, runs(20, 20, 20, 20, 20))
    assert width(of_runs) > 1.5 * width(bootstrap.medians(values, runs(100)))


def test_of_several_runs_whole_runs_are_drawn_however_many_rounds_they_have():
    # Twice the long run, each once, twice the short run: medians of 1, 2, 3; of 1, 2, 3, 9; of 9.
    medians = bootstrap.medians(np.array([3.0, 1.0, 2.0, 9.0]), runs(3, 1))
    assert set(medians) == {2, 2.5, 9}
    assert [(medians == value).mean() for value in (2, 2.5, 9)] == pytest.approx([0.25, 0.5, 0.25], abs=0.04)


def test_many_rounds_are_resampled_in_blocks_with_the_same_result(monkeypatch):
    values = np.random.default_rng(0).random(7)
    whole = bootstrap.medians(values, runs(7))
    monkeypatch.setattr(bootstrap, "BLOCK", 100)
    np.testing.assert_array_equal(bootstrap.medians(values, runs(7)), whole)


def test_draws_that_are_kept_are_those_that_would_be_drawn_anew(monkeypatch):
    one, other = np.random.default_rng(0).random((2, 7))
    bootstrap.medians(one, runs(7))
    kept = bootstrap.medians(other, runs(7))
    monkeypatch.setattr(bootstrap, "KEPT", 0)
    np.testing.assert_array_equal(bootstrap.medians(other, runs(7)), kept)


def test_the_order_of_runs_among_each_other_does_not_matter():
    values, names = np.array([1.0, 2.0, 3.0, 7.0, 8.0]), runs(3, 2)
    mixed = np.array([3, 0, 1, 4, 2])
    np.testing.assert_array_equal(bootstrap.medians(values, names), bootstrap.medians(values[mixed], names[mixed]))


@pytest.mark.parametrize(
    "resample", [lambda seed: bootstrap.medians(THREE, runs(2, 1), seed), lambda seed: bootstrap.means(THREE, seed)]
)
def test_the_same_seed_draws_the_same_and_another_seed_does_not(resample):
    np.testing.assert_array_equal(resample(3), resample(3))
    assert (resample(3) != resample(4)).any()


def test_means_of_two_values_come_out_as_often_as_counting_says():
    means = bootstrap.means(np.array([0.0, 1.0]))
    assert len(means) == bootstrap.RESAMPLES
    assert [(means == value).mean() for value in (0, 0.5, 1)] == pytest.approx([0.25, 0.5, 0.25], abs=0.04)


def test_a_percentile_interval_is_the_middle_95_percent():
    assert bootstrap.percentile_interval(np.arange(1_001.0)) == (pytest.approx(25), pytest.approx(975))


def test_the_interval_of_a_mean_is_students():
    values = np.array([0.90, 0.91, 0.93, 0.90])
    there = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert bootstrap.mean_interval(values) == pytest.approx((there.low, there.high))


def test_the_interval_of_two_values_is_as_printed_in_tables():
    assert bootstrap.mean_interval(np.array([1.0, 3.0])) == pytest.approx((2 - 12.706, 2 + 12.706), abs=0.001)


def test_equal_values_have_an_interval_without_width():
    assert bootstrap.mean_interval(np.array([0.9, 0.9, 0.9])) == pytest.approx((0.9, 0.9))


@pytest.mark.parametrize("rounds", [2, 3, 5, 8])
def test_the_range_holds_the_median_as_often_as_a_simulation_says(rounds):
    drawn = np.random.default_rng(rounds).random((20_000, rounds))
    held = ((drawn.min(axis=1) < 0.5) & (drawn.max(axis=1) > 0.5)).mean()
    assert bootstrap.range_coverage(rounds) == pytest.approx(held, abs=0.012)


def test_six_rounds_are_the_first_whose_range_reaches_95_percent():
    assert bootstrap.range_coverage(5) == 0.9375
    assert bootstrap.range_coverage(5) < bootstrap.CONFIDENCE <= bootstrap.range_coverage(6)


def test_one_round_has_no_range():
    assert bootstrap.range_coverage(1) == 0
