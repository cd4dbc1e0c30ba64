import math

import numpy as np
import pandas as pd
import pytest

from lab6.analysis import learning
from tests.analysis.sides import runs

SEEDS = (0.960, 0.964, 0.962)


def judged(baseline: pd.DataFrame, candidate: pd.DataFrame) -> dict:
    (row,) = learning.judge(baseline, candidate).to_dict("records")
    return row


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [
        (SEEDS, "as well"),
        ((0.961, 0.963, 0.9615), "as well"),
        ((0.97, 0.98, 0.99), "as well"),
        ((0.90, 0.91, 0.90), "less"),
        ((0.1, 0.1, 0.1), "less"),
    ],
)
def test_a_candidate_below_the_band_of_the_baselines_seeds_learns_less(accuracies, expected):
    assert judged(runs(1.0, accuracies=SEEDS), runs(1.0, accuracies=accuracies))["learning"] == expected


def test_the_band_comes_from_the_spread_over_seeds():
    narrow = judged(runs(1.0, accuracies=(0.960, 0.961, 0.962)), runs(1.0, accuracies=SEEDS))
    wide = judged(runs(1.0, accuracies=(0.93, 0.96, 0.98)), runs(1.0, accuracies=SEEDS))
    assert wide["test_accuracy_band"] < narrow["test_accuracy_band"] < 0.961
    assert narrow["test_accuracy_baseline"] == pytest.approx(0.961)
    assert narrow["test_accuracy_candidate"] == pytest.approx(0.962)


def test_the_seeds_of_all_sizes_tell_the_spread_together():
    one, many = {100: 1.0}, dict.fromkeys((1, 10, 100, 1000, 10000), 1.0)
    alone = learning.judge(runs(1.0, sizes=one, accuracies=SEEDS), runs(1.0, sizes=one, accuracies=SEEDS))
    together = learning.judge(runs(1.0, sizes=many, accuracies=SEEDS), runs(1.0, sizes=many, accuracies=SEEDS))
    assert together["test_accuracy_band"].min() > alone["test_accuracy_band"].iloc[0]
    assert together["test_accuracy_band"].min() > 0.945


def test_training_accuracy_is_judged_too():
    candidate = runs(1.0, accuracies=SEEDS).assign(training_accuracy=0.5)
    row = judged(runs(1.0, accuracies=SEEDS), candidate)
    assert row["test_accuracy_candidate"] >= row["test_accuracy_band"]
    assert row["learning"] == "less"


def test_more_runs_with_the_same_seeds_are_no_more_seeds():
    once = judged(runs(1.0, accuracies=SEEDS), runs(1.0, accuracies=SEEDS))
    often = judged(runs(1.0, 1.0, 1.0, accuracies=SEEDS), runs(1.0, accuracies=SEEDS))
    assert often["test_accuracy_band"] == pytest.approx(once["test_accuracy_band"])


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_fails(loss):
    candidate = runs(1.0, accuracies=SEEDS)
    candidate.loc[1, "training_loss"] = loss
    assert judged(runs(1.0, accuracies=SEEDS), candidate)["learning"] == "diverged"


def test_one_seed_has_no_band():
    single = runs(1.0, accuracies=SEEDS).iloc[:1]
    row = judged(single, runs(1.0, accuracies=(0.1, 0.1, 0.1)))
    assert row["learning"] == "not judged"
    assert math.isnan(row["test_accuracy_band"])


def test_perfect_accuracies_have_a_place_on_the_scale():
    assert judged(runs(1.0, accuracies=(1.0, 1.0, 1.0)), runs(1.0, accuracies=(1.0, 1.0, 1.0)))["learning"] == "as well"
    assert judged(runs(1.0, accuracies=(1.0, 1.0, 1.0)), runs(1.0, accuracies=(0.9, 0.9, 0.9)))["learning"] == "less"


def test_the_luck_of_other_seeds_is_rarely_taken_for_learning_less():
    random = np.random.default_rng(0)
    sizes = dict.fromkeys((1, 10, 100, 1000, 60000), 1.0)

    def drawn() -> pd.DataFrame:
        side = runs(1.0, sizes=sizes)
        middles = side["batch_size"].map({1: 0.04, 10: 0.036, 100: 0.054, 1000: 0.094, 60_000: 0.79}).astype(float)
        errors = middles * np.exp(random.normal(0, 0.06, len(side)))
        return side.assign(test_accuracy=1 - errors, training_accuracy=1 - errors * 1.2)

    failed = [(learning.judge(drawn(), drawn())["learning"] == "less").any() for _ in range(100)]
    assert np.mean(failed) <= 0.02
