import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lab6.check import speed
from tests.check import sides
from tests.check.sides import SIZES, STEADY, duet, runs

PAIRS = np.array(sides.PAIRS)


def judged(baseline, candidate, **terms):
    (row,) = speed.judge(baseline, candidate, **terms).to_dict("records")
    return row


def side(*levels, slower=1.0, year=2027, **fields):
    return runs(*(slower * level for level in levels), year=year, **fields)


@pytest.mark.parametrize(("change", "expected"), [(0.0, "same"), (0.05, "slower"), (-0.05, "faster"), (0.5, "slower")])
def test_eight_pairs_have_a_verdict(change, expected):
    row = judged(*duet(*(change + PAIRS)))
    assert row["speed"] == expected
    assert row["pairs"] == 8
    assert row["change"] == pytest.approx(change, abs=0.001)
    assert row["change_low"] < change < row["change_high"]


@pytest.mark.parametrize(
    ("slower", "expected"), [(1.0, "same"), (1.06, "slower"), (0.94, "faster"), (1.015, "inconclusive")]
)
def test_five_processes_a_side_have_a_verdict(slower, expected):
    row = judged(runs(*STEADY), side(*STEADY, slower=slower))
    assert row["speed"] == expected
    assert pd.isna(row["pairs"])
    assert (row["baseline_processes"], row["candidate_processes"]) == (5, 5)
    assert row["candidate_seconds"] / row["baseline_seconds"] == pytest.approx(slower)


def test_a_process_counts_once_with_the_median_of_its_rounds():
    one = runs(*STEADY)
    wild = one.assign(seconds=one["seconds"].where(one["round"] != 2, 9.0))  # the slowest round of each, slower still
    often = pd.concat([one, one.assign(round=one["round"] + 3)])
    for other in (wild, often):
        assert judged(other, side(*STEADY))["change_high"] == pytest.approx(judged(one, side(*STEADY))["change_high"])


def test_processes_of_one_run_count_as_those_of_several():
    several = side(1.0, 1.01, 0.99)
    one = several.assign(run="one", process=several["run"].astype("category").cat.codes + 1)
    assert judged(runs(*STEADY), one)["change_low"] == judged(runs(*STEADY), several)["change_low"]


def test_fewer_than_three_processes_on_a_side_or_a_few_pairs_are_inconclusive_however_far_apart():
    row = judged(runs(*STEADY), side(3.0, 3.0))
    assert row["speed"] == "inconclusive"
    assert row["change"] == pytest.approx(2.0, rel=0.01)
    assert all(math.isnan(row[name]) for name in ("change_low", "change_high", "finds"))
    row = judged(*duet(0.05, 0.051))
    assert row["speed"] == "inconclusive"
    assert math.isnan(row["finds"])


def test_identical_times_are_the_same():
    assert judged(runs(1.0, 1.0, 1.0), side(1.0, 1.0, 1.0))["speed"] == "same"
    row = judged(*duet(*[0.0] * 8))
    assert row["speed"] == "same"
    assert row["change"] == 0
    assert row["finds"] == speed.MINIMUM_EFFECT


def test_a_change_that_is_certain_is_the_same_if_it_cannot_matter_and_slower_if_it_may():
    pair = duet(*(0.01 + PAIRS))
    row = judged(*pair)
    assert row["change_low"] > 0
    assert row["speed"] == "same"
    assert judged(*pair, minimum_effect=0.005)["speed"] == "slower"
    row = judged(*duet(*(0.018 + PAIRS)))
    assert row["change"] < speed.MINIMUM_EFFECT < row["change_high"]
    assert row["speed"] == "slower"


def test_more_rows_need_more_certainty():
    levels, slower = (0.98, 1.0, 1.02, 1.01), (1.10, 1.06, 1.08, 1.09)
    baseline, candidate = runs(*levels), runs(*slower, year=2027)
    alone, among = judged(baseline, candidate), judged(baseline, candidate, rows=40)
    assert (alone["speed"], among["speed"]) == ("slower", "inconclusive")
    assert alone["change_low"] == among["change_low"]
    assert alone["finds"] < among["finds"]


def test_each_size_is_judged_by_its_own_processes_and_only_what_both_have():
    rows = speed.judge(runs(*STEADY, sizes=SIZES), side(*STEADY, sizes=SIZES | {1000: 0.5}, slower=1.2))
    assert list(rows["batch_size"]) == [10, 100]
    assert list(rows["speed"]) == ["slower", "slower"]
    assert list(rows["baseline_seconds"]) == pytest.approx([4.0, 1.0], rel=0.01)


def test_only_pairs_that_are_whole_count():
    baseline, candidate = duet(*PAIRS)
    assert judged(baseline, candidate[candidate["process"] < 6])["pairs"] == 5
    assert judged(baseline[baseline["process"] < 3], candidate[candidate["process"] > 2])["speed"] == "inconclusive"


@pytest.mark.parametrize("change", [{"duet": "d2"}, {"duet": pd.NA}])
def test_two_duets_make_the_pairs_of_both_and_other_duets_and_ordinary_rounds_are_processes(change):
    baseline, candidate = duet(*PAIRS)
    assert speed.are_pairs(baseline, candidate)
    two = [pd.concat([own, own.assign(duet="d2", run="other")]) for own in (baseline, candidate)]
    assert judged(*two)["pairs"] == 16
    assert pd.isna(judged(baseline, candidate.assign(**change))["pairs"])
    mixed = pd.concat([candidate, side(1.0)])
    row = judged(baseline, mixed)
    assert pd.isna(row["pairs"])
    assert row["candidate_processes"] == 9


def test_what_could_have_been_found_is_found_in_nine_of_ten_cases():
    """With five processes a side, whose deviation is known to be 1%."""
    random = np.random.default_rng(0)
    error, freedom = 0.01 * math.sqrt(2 / 5), 8
    change = stats.t.isf(speed.SIGNIFICANCE, freedom) * error + stats.norm.ppf(speed.POWER) * error
    baseline, candidate = runs(*[1.0] * 5), runs(*[1.0] * 5, year=2027)

    def drawn(rounds, mean):
        return rounds.assign(seconds=rounds["seconds"] * np.repeat(np.exp(random.normal(mean, 0.01, 5)), 3))

    found = [judged(drawn(baseline, 0), drawn(candidate, change))["speed"] for _ in range(100)]
    assert 0.8 <= np.mean([verdict == "slower" for verdict in found]) <= 0.97


def test_time_that_a_pinned_process_waits_for_its_core_is_not_its_own():
    baseline, candidate = duet(*[0.001, -0.001, 0.002, -0.002, 0.001, -0.001])
    hit = candidate.assign(seconds=candidate["seconds"] + 0.1, cpu_seconds=1.0, waiting_seconds=0.1, cores="1")
    assert speed.judge(baseline, hit)["speed"].tolist() == [speed.SAME]
    for other in (
        {"cores": pd.NA},  # not pinned
        {"cores": "0,1"},  # several cores: what one thread waits for need not delay the others
        {"waiting_seconds": 0.0},  # it slept
        {"cpu_seconds": 1.1},  # its own threads waited for each other
        {"played": "in turns"},
    ):
        assert speed.judge(baseline, hit.assign(**other))["speed"].tolist() == [speed.SLOWER], other
