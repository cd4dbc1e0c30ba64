import math

import numpy as np
import pandas as pd
import pytest

from lab6.analysis import noise
from tests.analysis.sides import runs


def test_a_run_counts_once_with_the_median_of_its_rounds():
    levels = noise.levels(runs(1.0, 2.0))
    assert list(np.exp(levels["level"])) == pytest.approx([1.0, 2.0])
    assert list(levels["rounds"]) == [3, 3]
    assert levels["within"].to_numpy() == pytest.approx(np.std(np.log([0.99, 1, 1.01]), ddof=1))


def test_the_spread_is_pooled_over_groups_and_not_over_their_difference():
    slow, fast = noise.levels(runs(1.0, 1.1, 1.2)), noise.levels(runs(5.0, 5.5, 6.0))
    found = noise.spread([slow, fast], [])
    expected = math.sqrt((np.var(np.log([1, 1.1, 1.2]), ddof=1) + np.var(np.log([5, 5.5, 6]), ddof=1)) / 2)
    assert found == noise.Spread(pytest.approx(expected), 4, assumed=False)


def test_too_few_runs_are_given_an_assumed_spread_or_their_own_if_that_is_larger():
    one = noise.spread([noise.levels(runs(1.0)), noise.levels(runs(1.0))])
    within = np.std(np.log([0.99, 1, 1.01]), ddof=1)
    assert one.assumed
    assert one.freedom == noise.ASSUMED_FREEDOM
    assert one.deviation == pytest.approx(math.sqrt(noise.ASSUMED**2 + math.pi / 2 * within**2 / 3))
    two = noise.spread([noise.levels(runs(1.0, 2.0)), noise.levels(runs(1.0))])
    assert two == noise.Spread(pytest.approx(np.std(np.log([1, 2]), ddof=1)), 1, assumed=True)


@pytest.mark.parametrize(("baseline", "candidate"), [(5, 1), (10, 2), (2, 2), (2, 30)])
def test_many_runs_on_one_side_do_not_speak_for_the_other(baseline, candidate):
    quiet = [noise.levels(runs(*np.linspace(1, 1.01, count))) for count in (baseline, candidate)]
    found = noise.spread(quiet)
    assert found.assumed
    assert found.deviation >= noise.ASSUMED
    assert found.freedom == noise.ASSUMED_FREEDOM


def test_three_runs_a_side_speak_for_the_machine():
    found = noise.spread([noise.levels(runs(1.0, 1.01, 1.02))] * 2)
    assert (found.assumed, found.freedom) == (False, 4)
    assert found.deviation == pytest.approx(np.std(np.log([1, 1.01, 1.02]), ddof=1))


def test_further_runs_speak_for_the_machine_unless_the_sides_are_further_apart():
    sides = [noise.levels(runs(1.0, 1.5)), noise.levels(runs(1.0))]
    calm = [noise.levels(runs(1.0, 1.01))] * 2
    steady, wild = (noise.levels(runs(*levels)) for levels in ((1.0, 1.01, 1.0, 1.01, 1.0), (1.0, 3.0, 1.0, 3.0, 1.0)))
    assert noise.spread(sides, [steady]) == noise.Spread(pytest.approx(math.log(1.5) / math.sqrt(2)), 1, assumed=False)
    assert noise.spread(sides, [wild]) == noise.Spread(pytest.approx(wild["level"].std()), 4, assumed=False)
    single = [side.iloc[:1] for side in sides]
    assert noise.spread(single, [steady]).deviation == pytest.approx(steady["level"].std())
    assert noise.spread(single, calm).assumed


def test_further_runs_are_pooled_where_the_sides_speak_too():
    side = noise.levels(runs(1.0, 1.01, 1.02))
    found = noise.spread([side, side], [noise.levels(runs(1.0, 1.02, 1.04))])
    assert found.freedom == 6
    assert found.deviation > side["level"].std()


def test_single_rounds_leave_the_assumption_as_it_is():
    level = noise.levels(runs(1.0)).assign(within=math.nan, rounds=1)
    assert noise.spread([level, level]).deviation == pytest.approx(noise.ASSUMED)


def test_what_was_measured_is_shown_with_its_interval():
    found = noise.measured(runs(1.0, 1.02, 1.04, sizes={10: 2.0, 100: 1.0}))
    assert list(found["batch_size"]) == [10, 100]
    assert list(found["runs"]) == [3, 3]
    assert list(found["seconds"]) == pytest.approx([2.04, 1.02])
    own = found.iloc[0]
    assert own["between"] == pytest.approx(np.std(np.log([1, 1.02, 1.04]), ddof=1))
    assert own["between_low"] < own["between"] < own["between_high"]


def test_the_interval_of_the_spread_holds_the_truth_as_often_as_it_says():
    random = np.random.default_rng(0)
    frames = [
        pd.DataFrame({"level": random.normal(0, 0.1, 5), "within": 0.01, "rounds": 3, "run": range(5)})
        for _ in range(400)
    ]
    found = [noise._measured(("compiled", "cpu", "tensorflow", 1), frame) for frame in frames]
    held = np.mean([row["between_low"] <= 0.1 <= row["between_high"] for row in found])
    assert 0.92 <= held <= 0.98


def test_one_run_says_nothing_of_the_spread_between_runs():
    (row,) = noise.measured(runs(1.0)).to_dict("records")
    assert math.isnan(row["between"])
    assert math.isnan(row["between_low"])
