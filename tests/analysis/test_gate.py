import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lab6.analysis import gate
from tests.analysis.sides import runs

STEADY = (0.99, 1.0, 1.01, 1.0, 0.995)


def side(*levels: float, slower: float = 1.0, **fields) -> pd.DataFrame:
    return runs(*(level * slower for level in levels), **fields)


def verdict(baseline: pd.DataFrame, candidate: pd.DataFrame, *more: pd.DataFrame, **terms) -> dict:
    (row,) = gate.judge(baseline, candidate, more, **terms).to_dict("records")
    return row


@pytest.mark.parametrize(
    ("slower", "expected"),
    [
        (1.0, "same"),
        (1.01, "same"),
        (1.10, "slower"),
        (2.0, "slower"),
        (0.9, "faster"),
        (0.5, "faster"),
        (1.045, "inconclusive"),
    ],
)
def test_five_steady_runs_a_side_are_told_apart(slower, expected):
    assert verdict(side(*STEADY), side(*STEADY, slower=slower))["speed"] == expected


def test_the_numbers_are_those_of_welchs_test_where_it_is_the_more_careful_one():
    one, other = (1.0, 1.03, 0.98), (1.12, 1.08, 1.15)
    row = verdict(runs(*one), runs(*other))
    expected = stats.ttest_ind(np.log(other), np.log(one), alternative="greater", equal_var=False)
    assert row["p_slower"] == pytest.approx(expected.pvalue)
    assert row["p_faster"] == pytest.approx(1 - expected.pvalue, abs=0.001)
    interval = stats.ttest_ind(np.log(other), np.log(one), equal_var=False).confidence_interval(0.95)
    assert (row["change_low"], row["change_high"]) == pytest.approx((np.expm1(interval.low), np.expm1(interval.high)))
    assert row["change"] == pytest.approx(np.exp(np.mean(np.log(other)) - np.mean(np.log(one))) - 1)
    assert (row["baseline_runs"], row["candidate_rounds"]) == (3, 9)


def test_the_numbers_are_those_of_students_test_where_the_larger_side_is_the_noisier():
    one, other = (0.8, 1.0, 1.2, 0.9, 1.1, 1.05, 0.95, 1.0), (1.12, 1.13, 1.14)
    row = verdict(runs(*one), runs(*other))
    expected = stats.ttest_ind(np.log(other), np.log(one), alternative="greater")
    assert row["p_slower"] == pytest.approx(expected.pvalue)
    assert row["p_slower"] > stats.ttest_ind(np.log(other), np.log(one), alternative="greater", equal_var=False).pvalue


@pytest.mark.parametrize(("many", "few", "wild", "most"), [(35, 5, 0.06, 1), (35, 5, 0.10, 1), (20, 3, 0.06, 2)])
def test_sides_of_unequal_noise_rarely_alarm(many, few, wild, most):
    """Pooled variance alone alarms in 16% of such checks of five rows and more; ``most``: percent that is allowed here,
    half as much again for the luck of 4,000 rows."""
    random = np.random.default_rng(3)
    sides = random.normal(0, 0.02, (4_000, many)), random.normal(0, wild, (4_000, few))
    called = np.mean([_called(calm, noisy) for calm, noisy in zip(*sides, strict=True)])
    assert 5 * called <= 1.5 * most / 100


def _called(baseline: np.ndarray, candidate: np.ndarray) -> bool:
    """Whether one of five rows is called slower, the others being no evidence; without the frames, to be quick."""
    levels = [pd.DataFrame({"level": side, "within": 0.01, "rounds": 3}) for side in (baseline, candidate)]
    row = gate._row(("compiled", "cpu", "tensorflow", 1), levels)
    return gate._verdict(row | {"p_slower": 5 * row["p_slower"]}, gate.MINIMUM_EFFECT) == gate.SLOWER


def test_a_difference_within_the_noise_of_the_noisier_side_is_no_regression():
    calm = np.exp(np.linspace(-0.01, 0.01, 60))
    wild = np.exp(np.random.default_rng(0).normal(0, 0.25, 30))
    row = verdict(side(*calm), side(*wild, slower=1.2))
    assert row["p_slower"] <= gate.SIGNIFICANCE
    assert row["noise"] == pytest.approx(np.log(wild).std(ddof=1))
    assert row["speed"] == "inconclusive"


def test_quiet_runs_of_another_day_do_not_make_noisy_sides_certain():
    sides = side(0.9, 1.0, 1.1), side(0.9, 1.0, 1.1, slower=1.15)
    assert verdict(*sides, side(*np.linspace(1, 1.001, 60)))["speed"] == "inconclusive"


def test_a_difference_within_the_noise_is_no_regression_however_many_runs_there_are():
    random = np.random.default_rng(0)
    wild = np.exp(random.normal(0, 0.2, 60))
    row = verdict(side(*wild), side(*wild, slower=1.15))
    assert row["p_slower"] < gate.SIGNIFICANCE
    assert row["change"] < row["noise"]
    assert row["speed"] == "inconclusive"
    assert math.isnan(row["runs_to_settle"])


def test_a_difference_that_does_not_matter_is_no_regression():
    assert verdict(side(*STEADY), side(*STEADY, slower=1.06))["speed"] == "slower"
    assert verdict(side(*STEADY), side(*STEADY, slower=1.06), minimum_effect=0.1)["speed"] == "same"
    assert verdict(side(*STEADY), side(*STEADY, slower=1.03))["speed"] == "same"
    assert verdict(side(*STEADY), side(*STEADY, slower=1.03), minimum_effect=0.02)["speed"] == "slower"


def test_one_run_a_side_finds_only_what_is_large():
    small = verdict(runs(1.0), runs(1.5))
    assert small["speed"] == "inconclusive"
    assert small["noise_assumed"]
    assert verdict(runs(1.0), runs(1.0))["speed"] == "inconclusive"
    assert verdict(runs(1.0), runs(3.0))["speed"] == "slower"
    assert verdict(runs(1.0), runs(0.3))["speed"] == "faster"


@pytest.mark.parametrize("slower", [1.0, 1.1, 1.5])
def test_an_assumed_noise_does_not_say_how_many_runs_settle_it(slower):
    row = verdict(runs(1.0), runs(slower))
    assert row["speed"] == "inconclusive"
    assert math.isnan(row["runs_to_settle"])


def test_a_baseline_of_several_runs_does_not_tell_the_noise_for_a_candidate_of_one():
    row = verdict(side(*STEADY), runs(1.1))
    assert row["noise_assumed"]
    assert row["speed"] == "inconclusive"
    assert verdict(side(*STEADY), runs(3.0))["speed"] == "slower"


def test_further_runs_of_one_code_tell_the_noise_too():
    assert verdict(runs(1.0), runs(1.1))["speed"] == "inconclusive"
    row = verdict(runs(1.0), runs(1.1), side(*STEADY, slower=3.0))
    assert not row["noise_assumed"]
    assert row["speed"] == "slower"


def test_runs_that_are_equal_to_the_last_bit_are_the_same():
    row = verdict(runs(1.0, 1.0, 1.0), runs(1.0, 1.0, 1.0))
    assert row["speed"] == "same"
    assert row["change"] == 0


def test_the_runs_that_are_said_to_settle_it_do():
    random = np.random.default_rng(1)
    first = verdict(side(0.95, 1.0, 1.05, 1.02), side(0.95, 1.0, 1.05, 1.02, slower=1.002))
    assert first["speed"] == "inconclusive"
    count = int(first["runs_to_settle"])
    drawn = [
        verdict(
            side(*np.exp(random.normal(0, first["noise"], count))),
            side(*np.exp(random.normal(first["change"], first["noise"], count))),
        )["speed"]
        for _ in range(40)
    ]
    assert np.mean([speed == "inconclusive" for speed in drawn]) <= 0.35


def test_each_size_is_judged_by_its_own_noise_and_only_what_both_have():
    sizes = {10: 4.0, 100: 1.0}
    rows = gate.judge(side(*STEADY, sizes=sizes), side(*STEADY, sizes=sizes | {1000: 0.5}, slower=1.2))
    assert list(rows["batch_size"]) == [10, 100]
    assert list(rows["speed"]) == ["slower", "slower"]
    assert list(rows["baseline_seconds"]) == pytest.approx([4.0, 1.0], rel=0.01)


def test_nothing_in_common_is_no_row():
    rows = gate.judge(runs(1.0), runs(1.0, sizes={7: 1.0}))
    assert rows.empty
    assert "speed" in rows


def test_holm_corrects_in_steps():
    assert list(gate.holm(np.array([0.01, 0.04, 0.03]))) == pytest.approx([0.03, 0.06, 0.06])
    assert list(gate.holm(np.array([0.5, 0.6]))) == [1, 1]
    assert list(gate.holm(np.array([0.2]))) == [0.2]


def test_a_barely_significant_row_is_not_enough_among_many():
    levels, slower = (0.98, 1.0, 1.02, 1.01), (1.10, 1.06, 1.08, 1.09)
    alone = gate.judge(runs(*levels), runs(*slower)).iloc[0]
    assert alone["speed"] == "slower"
    sizes = dict.fromkeys(range(1, 41), 1.0)
    still = {size: 1.0 if size == 1 else 1 / 1.082 for size in sizes}
    among = gate.judge(runs(*levels, sizes=sizes), runs(*slower, sizes=still)).iloc[0]
    assert among["change"] == pytest.approx(alone["change"])
    assert among["p_slower"] == pytest.approx(40 * alone["p_slower"])
    assert among["speed"] == "inconclusive"


@pytest.mark.parametrize(("deviation", "runs_a_side"), [(0.02, 5), (0.05, 5), (0.02, 3)])
def test_what_is_said_to_be_detectable_is_found_in_95_of_100_cases(deviation, runs_a_side):
    shift = math.log1p(gate.detectable(deviation, runs_a_side, rows=1))
    random = np.random.default_rng(2)
    found = []
    for _ in range(150):
        one, other = (np.exp(random.normal(middle, deviation, runs_a_side)) for middle in (0, shift))
        found.append(verdict(runs(*one), runs(*other))["speed"] == "slower")
    assert np.mean(found) >= 0.9
    assert np.mean(found) < 1 or deviation == 0.02
