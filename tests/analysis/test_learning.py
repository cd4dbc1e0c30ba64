import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

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


def other(*accuracies: float, first: int = 10, **fields) -> pd.DataFrame:
    """A run with seeds that no other run has, from ``first`` on."""
    side = runs(1.0, accuracies=accuracies, **fields)
    return side.assign(seed=side["seed"] + first)


def test_the_band_of_other_seeds_comes_from_the_spread_over_seeds():
    narrow = judged(runs(1.0, accuracies=(0.960, 0.961, 0.962)), other(*SEEDS))
    wide = judged(runs(1.0, accuracies=(0.93, 0.96, 0.98)), other(*SEEDS))
    assert wide["test_accuracy_band"] < narrow["test_accuracy_band"] < 0.961
    assert narrow["test_accuracy_baseline"] == pytest.approx(0.961)
    assert narrow["test_accuracy_candidate"] == pytest.approx(0.962)


def test_the_seeds_of_all_sizes_tell_the_spread_together():
    one, many = {100: 1.0}, dict.fromkeys((1, 10, 100, 1000, 10000), 1.0)
    alone, together = (
        learning.judge(runs(1.0, sizes=sizes, accuracies=SEEDS), other(*SEEDS, sizes=sizes)) for sizes in (one, many)
    )
    assert together["test_accuracy_band"].min() > alone["test_accuracy_band"].iloc[0]
    spread = np.log((1 - np.array(SEEDS)) * 10_000 + 0.5).std(ddof=1)
    half = stats.t.isf(0.005 / 20, 4) * spread * math.sqrt(2 / 3)  # not 10: sizes differ in spread
    assert 1 - together["test_accuracy_band"].min() == pytest.approx(0.038 * math.exp(half), rel=0.001)


def test_the_same_seeds_have_the_narrower_band_of_pairs():
    """Identical pairs are held against what 10,000 images resolve: a level of 0.005 / 4, 3.02 standard errors."""
    paired = judged(runs(1.0, accuracies=SEEDS), runs(1.0, accuracies=SEEDS))
    unpaired = judged(runs(1.0, accuracies=SEEDS), other(*SEEDS))
    resolution = 3.0233 * math.sqrt(0.962 * 0.038 / 10_000)
    assert paired["test_accuracy_band"] == pytest.approx(0.962 - resolution, abs=2e-5)
    assert unpaired["test_accuracy_band"] < 0.95


def test_pairs_that_come_out_apart_have_the_band_of_the_paired_t():
    """log(error) 0.04 more, 0.04 less and 0.01 more: t with 2 degrees of freedom at 0.005 / 4 is 19.97."""
    baseline = runs(1.0, accuracies=SEEDS)
    differences = np.array([0.04, -0.04, 0.01])
    changed = baseline.assign(test_accuracy=1 - (1 - baseline["test_accuracy"]) * np.exp(differences))
    half = stats.t.isf(0.005 / 4, 2) * differences.std(ddof=1) / math.sqrt(3)
    band = judged(baseline, changed)["test_accuracy_band"]
    assert 1 - band == pytest.approx(0.038 * math.exp(half), rel=0.01)


def test_seeds_that_only_one_side_has_make_no_pairs():
    baseline = runs(1.0, accuracies=SEEDS)
    shifted = other(*SEEDS, first=2)
    assert judged(baseline, shifted)["test_accuracy_band"] == judged(baseline, other(*SEEDS))["test_accuracy_band"]
    unknown = baseline.assign(seed=pd.array([pd.NA] * 3, dtype="Int64"))
    assert judged(unknown, unknown)["learning"] == "not judged"


def test_two_shared_seeds_of_three_are_pairs():
    baseline, candidate = runs(1.0, accuracies=SEEDS), other(0.964, 0.962, 0.955, first=1)
    less = candidate.assign(test_accuracy=1 - (1 - candidate["test_accuracy"]) * 1.3)
    assert judged(baseline, candidate)["learning"] == "as well"
    assert judged(baseline, less)["learning"] == "less"


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


SIZES = (1, 10, 100, 1_000, 60_000)
REAL = {
    "test_accuracy": ((0.04, 0.036, 0.054, 0.094, 0.786), (0.189, 0.045, 0.056, 0.028, 0.055)),
    "training_accuracy": ((0.062, 0.063, 0.094, 0.207, 0.875), (0.016, 0.008, 0.004, 0.018, 0.027)),
}
"""Error of each size, and its spread over seeds on the scale of log, as really found (docs/gate/same-code.parquet)."""

CHECKS = 200
BLANK = runs(1.0, sizes=dict.fromkeys(SIZES, 1.0)).sort_values(["batch_size", "round"], ignore_index=True)


def drawn(logs: dict[str, np.ndarray]) -> pd.DataFrame:
    """A run of three seeds with these log(error), (sizes, seeds), of whole images."""
    shares = {name: 1 - np.minimum(np.exp(values), 1).ravel() for name, values in logs.items()}
    images = {name: int(BLANK[learning.IMAGES[name]].iloc[0]) for name in shares}
    return BLANK.assign(**{name: np.round(share * images[name]) / images[name] for name, share in shares.items()})


def seeds(random: np.random.Generator) -> dict[str, np.ndarray]:
    return {
        name: np.log(errors)[:, None] + random.normal(size=(len(SIZES), 3)) * np.array(spreads)[:, None]
        for name, (errors, spreads) in REAL.items()
    }


def identical(logs: dict[str, np.ndarray], random: np.random.Generator) -> dict[str, np.ndarray]:
    return logs


def rounded(logs: dict[str, np.ndarray], random: np.random.Generator) -> dict[str, np.ndarray]:
    """A tenth of the spread over seeds apart, as another order of additions does."""
    mixed = seeds(random)
    middles = {name: np.log(errors)[:, None] for name, (errors, _) in REAL.items()}
    return {name: values + 0.1 * (mixed[name] - middles[name]) for name, values in logs.items()}


def diverging(logs: dict[str, np.ndarray], random: np.random.Generator) -> dict[str, np.ndarray]:
    """The more steps, the further apart: all of the spread over seeds at size 1, nothing at 60,000."""
    mixed, share = seeds(random), np.array([1, 0.5, 0.2, 0.05, 0])[:, None]
    middles = {name: np.log(errors)[:, None] for name, (errors, _) in REAL.items()}
    return {
        name: middles[name] + np.sqrt(1 - share**2) * (values - middles[name]) + share * (mixed[name] - middles[name])
        for name, values in logs.items()
    }


def independent(logs: dict[str, np.ndarray], random: np.random.Generator) -> dict[str, np.ndarray]:
    return seeds(random)


@pytest.mark.parametrize("again", [identical, rounded, diverging, independent])
def test_the_same_code_is_rarely_said_to_learn_less(again):
    """At most one check of five sizes in a hundred."""
    random = np.random.default_rng(0)
    failed = 0
    for _ in range(CHECKS):
        first = seeds(random)
        failed += (learning.judge(drawn(first), drawn(again(first, random)))["learning"] == "less").any()
    assert failed <= 0.01 * CHECKS


@pytest.mark.parametrize("again", [identical, rounded])
def test_an_untrained_network_at_60_000_is_found(again):
    """In five of six checks, whatever three seeds were drawn."""
    random = np.random.default_rng(1)
    found = []
    for _ in range(100):
        first = seeds(random)
        candidate = drawn(again(first, random))
        candidate.loc[candidate["batch_size"] == 60_000, "test_accuracy"] = 0.10
        found.append(learning.judge(drawn(first), candidate)["learning"].iloc[-1] == "less")
    assert np.mean(found) >= 5 / 6


@pytest.mark.parametrize("again", [identical, rounded])
def test_a_test_error_of_1_4_times_is_found(again):
    random = np.random.default_rng(2)
    for _ in range(50):
        first = seeds(random)
        candidate = drawn(again(first, random))
        worse = 1 - (1 - candidate["test_accuracy"]) * 1.4
        candidate["test_accuracy"] = candidate["test_accuracy"].where(
            ~candidate["batch_size"].isin([100, 1_000]), worse
        )
        rows = learning.judge(drawn(first), candidate)
        assert list(rows.loc[rows["learning"] == "less", "batch_size"]) == [100, 1_000]
