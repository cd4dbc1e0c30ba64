import math

import numpy as np
import pytest

from lab6.check import learning
from tests.check.sides import SEEDS, STEADY, duet, runs


def judged(baseline, candidate, **terms):
    (row,) = learning.judge(baseline, candidate, **terms).to_dict("records")
    return row


def side(*accuracies, first=0):
    """A run with a seed for each accuracy on test images, counted from ``first``; training accuracies stay equal."""
    run = runs(1.0, accuracies=accuracies[:3], year=2027)
    return run.assign(seed=run["seed"] + first)


def worse(times, rounds):
    """``rounds`` with so many times the test error, one factor for each round."""
    return rounds.assign(test_accuracy=1 - (1 - rounds["test_accuracy"]) * np.array(times))


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((1.0, 1.0, 1.0), "as well"),
        ((1.002, 0.998, 1.0), "as well"),
        ((0.8, 0.8, 0.8), "as well"),
        ((1.3, 1.2, 1.1), "inconclusive"),
        ((1.3, 1.301, 1.302), "less"),
        ((10, 10, 10), "less"),
    ],
)
def test_the_same_seeds_are_compared_one_by_one(times, expected):
    baseline = side(*SEEDS)
    row = judged(baseline, worse(times, baseline))
    assert row["learning"] == row["test_accuracy_verdict"] == expected
    assert row["training_accuracy_verdict"] == "as well"
    assert row["shared_seeds"] == 3
    assert row["test_accuracy_change"] == pytest.approx(math.prod(times) ** (1 / 3) - 1, rel=0.01, abs=0.001)


def test_equal_accuracies_are_as_well_with_a_single_seed_and_have_no_width():
    single = side(*SEEDS).iloc[:1]
    row = judged(single, single)
    assert row["learning"] == "as well"
    assert row["test_accuracy_change_low"] == row["test_accuracy_change_high"] == 0
    assert judged(single, worse([1.5], single))["learning"] == "inconclusive"
    often = [runs(*[1.0] * count, accuracies=(0.96, 0.9641, 0.9623)) for count in (3, 7)]
    assert judged(*often)["test_accuracy_change_high"] == 0


def test_a_duet_is_judged_by_a_bound_that_holds_at_each_look():
    same = judged(*duet(*[0.0] * 10))
    slightly = [0.96 - 0.012 + 0.0002 * place for place in range(10)]
    less = judged(*duet(*[0.0] * 10, accuracies=slightly))
    early = judged(*duet(*[0.0] * 2, accuracies=slightly[:2]))
    assert [row["learning"] for row in (same, less, early)] == ["as well", "less", "inconclusive"]
    assert math.isnan(early["training_accuracy_change_low"])


def test_other_seeds_are_two_groups():
    far = judged(side(*SEEDS), side(0.90, 0.904, 0.902, first=10))
    near = judged(side(*SEEDS), side(*SEEDS, first=10))
    assert far["shared_seeds"] == near["shared_seeds"] == 0
    assert far["learning"] == "less"
    assert near["learning"] == "inconclusive"
    assert judged(side(*SEEDS).iloc[:2], side(0.1, 0.1, 0.1, first=10))["learning"] == "inconclusive"


def test_two_shared_seeds_are_compared_and_the_others_left_out():
    row = judged(side(*SEEDS), side(0.964, 0.962, 0.5, first=1))
    assert row["shared_seeds"] == 2
    assert row["learning"] == "as well"
    assert row["test_accuracy_candidate"] == pytest.approx(0.963)


def test_training_accuracy_is_judged_too_and_perfect_accuracies_have_a_place_on_the_scale():
    baseline = side(*SEEDS)
    row = judged(baseline, baseline.assign(training_accuracy=0.5))
    assert (row["test_accuracy_verdict"], row["learning"]) == ("as well", "less")
    perfect = side(1.0, 1.0, 1.0)
    assert judged(perfect, perfect)["learning"] == "as well"
    assert judged(perfect, side(0.9, 0.9, 0.9))["learning"] == "less"


def test_rounds_of_one_seed_count_once():
    once = judged(side(*SEEDS), worse([1.1, 1.2, 1.15], side(*SEEDS)))
    often = judged(runs(1.0, 1.0, accuracies=SEEDS), worse([1.1, 1.2, 1.15], side(*SEEDS)))
    assert often["test_accuracy_change_high"] == pytest.approx(once["test_accuracy_change_high"])


def test_differences_are_never_surer_than_one_image():
    """Of 400 images answered wrongly, one more for each seed: 0.25% more, and as far from certain."""
    baseline = side(0.96, 0.96, 0.96)
    one_more = baseline.assign(test_accuracy=0.9599)
    row = judged(baseline, one_more, minimum_effect=0.0001)
    assert row["test_accuracy_change"] == pytest.approx(0.0025, abs=0.0001)
    assert row["learning"] == "inconclusive"
    assert judged(baseline, one_more)["learning"] == "as well"


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_fails_unless_the_baselines_is_none_either(loss):
    baseline, candidate = side(*SEEDS), side(*SEEDS)
    candidate.loc[1, "training_loss"] = loss
    assert judged(baseline, candidate)["learning"] == "diverged"
    assert judged(candidate, candidate)["learning"] == "as well"
    assert judged(candidate, baseline)["learning"] == "as well"


RUN = {"target": 0.97, "learning_rate": 0.004, "decay_steps": 1_700, "evaluated_every": 20}


def test_runs_that_reach_their_target_learn_as_well_however_far_above_it_they_end_or_how_long_they_took():
    baseline = runs(*STEADY, accuracies=(0.990, 0.991, 0.992), **RUN)
    candidate = runs(*STEADY, accuracies=(0.970, 0.971, 0.972), year=2027, **RUN)
    row = judged(baseline, candidate)
    assert row["learning"] == learning.AS_WELL
    assert (row["test_accuracy_candidate"], row["test_accuracy_change"]) == (pytest.approx(0.97), 0.0)
    assert math.isnan(row["training_accuracy_change"])


def test_runs_that_miss_their_target_learn_less():
    baseline = runs(*STEADY, accuracies=(0.990, 0.991, 0.992), **RUN)
    candidate = runs(*STEADY, accuracies=(0.90, 0.901, 0.902), year=2027, **RUN)
    row = judged(baseline, candidate)
    assert row["learning"] == learning.LESS
