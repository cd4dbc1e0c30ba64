"""The arrays of all series at once, compared with plain formulas for one after the other."""

import numpy as np
import pytest
from scipy import stats

from lab6.store.series import SERIES
from tests import saved
from tests.small import summarised


def measured(label, engine, seed, rounds=5, processes=3):
    random = np.random.default_rng(seed)
    sizes = {
        size: (random.lognormal(0, 0.3, rounds).tolist(), random.uniform(0.5, 1, rounds).tolist())
        for size in (1, 10, 100)
    }
    return saved.run(sizes, {"label": label}, engine=engine, seed=seed % 3, processes=processes)


RUNS = [
    measured(label, engine, seed)
    for seed, (label, engine) in enumerate([("a", "fit"), ("b", "fit"), ("a", "tape"), ("a", "fit"), ("b", "fit")])
]


def groups():
    """Each row of the summary, its sample, and its rounds."""
    found = summarised(*RUNS)
    rows = found.sizes.to_dict("records")
    for row, sample in zip(rows, found.samples, strict=True):
        own = found.rounds
        for name in (*SERIES, "batch_size"):
            own = own[own[name] == row[name]]
        yield row, sample, own


def test_a_process_counts_once_with_the_median_of_its_rounds():
    for row, sample, own in groups():
        expected = [np.log(each["seconds"]).median() for _, each in own.groupby(["run", "process"])]
        assert sample.levels.tolist() == expected
        assert row["processes"] == len(expected)
        half = stats.t.ppf(0.975, len(expected) - 1) * np.std(expected, ddof=1) / np.sqrt(len(expected))
        middle = np.mean(expected)
        found = [row["seconds"], row["seconds_low"], row["seconds_high"]]
        assert found == pytest.approx(np.exp([middle, middle - half, middle + half]), rel=1e-11)


def test_a_seed_counts_once_with_the_mean_of_its_rounds():
    for row, sample, own in groups():
        expected = [each["test_accuracy"].mean() for _, each in own.groupby("seed")]
        assert sample.learned["test_accuracy"] == pytest.approx(expected, rel=1e-14)
        assert row["test_accuracy"] == pytest.approx(np.mean(expected), rel=1e-14)


def test_a_process_has_the_same_number_at_all_sizes_and_no_two_have_the_same():
    numbers = {}
    for row, sample, own in groups():
        runs = [(run, process) for (run, process), _ in own.groupby(["run", "process"])]
        for key, number in zip(runs, sample.processes.tolist(), strict=True):
            assert numbers.setdefault((row["method"], *key), number) == number
    assert len(set(numbers.values())) == len(numbers) == 15


def test_samples_of_a_series_are_found_by_its_minibatch_size():
    found = summarised(*RUNS)
    assert list(found.sampled("b", "fit")) == [1, 10, 100]
    assert len(found.sampled("b", "fit")[10].levels) == 6
    assert len(found.sampled("a", "tape")[10].levels) == 3
