import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lab6.store import summary
from tests import saved
from tests.small import summarised as whole

HUNDRED = {100: ([1.0, 2.0, 4.0], [0.90, 0.91, 0.95])}


def summarised(*runs, **beside):
    return whole(*runs, **beside).sizes


def only(*runs):
    """The only row of the summary of runs of one size."""
    [row] = summarised(*runs).to_dict("records")
    return row


def test_there_is_a_row_for_each_size_with_its_time_and_accuracy():
    small = summarised(saved.run())
    assert small["batch_size"].tolist() == [10, 100, 60_000]
    assert small["steps_per_epoch"].tolist() == [6_000, 600, 1]
    assert small["seconds"].tolist() == pytest.approx([4.1, 1.1, 0.5])
    assert small["images_per_second"].tolist() == pytest.approx([60_000 / 4.1, 60_000 / 1.1, 120_000])
    assert small["test_accuracy"].tolist() == pytest.approx([0.91, 2.72 / 3, 0.2])
    assert small["training_accuracy"].tolist() == pytest.approx([0.86, 2.57 / 3, 0.15])
    assert small["rounds"].tolist() == [3, 3, 3]
    assert small["processes"].tolist() == small["runs"].tolist() == [1, 1, 1]
    assert set(small["setup"]) == {"here"}
    assert set(small["method"]) == {"compiled"}


def test_series_keep_the_order_they_were_found_in_and_sizes_ascend():
    first = saved.run({100: saved.SIZES[100], 10: saved.SIZES[10]}, {"label": "z"}, engine="tape")
    small = summarised(first, saved.run({5: saved.SIZES[10]}, {"label": "a"}, engine="fit"))
    rows = small[["setup", "method", "batch_size"]].to_numpy().tolist()
    assert rows == [["z", "tape", 10], ["z", "tape", 100], ["a", "fit", 5]]
    assert small.index.tolist() == [0, 1, 2]


def test_the_time_of_three_processes_is_their_geometric_mean_with_students_interval():
    row = only(saved.run(HUNDRED, processes=3))
    half = 4.303 * math.log(2) / math.sqrt(3)  # logs of 1, 2 and 4, and t of two degrees as printed in tables
    assert row["seconds"] == pytest.approx(2)
    assert row["seconds_low"] == pytest.approx(2 * math.exp(-half), rel=1e-3)
    assert row["seconds_high"] == pytest.approx(2 * math.exp(half), rel=1e-3)
    assert row["images_per_second_low"] == pytest.approx(60_000 / row["seconds_high"])
    assert row["images_per_second_high"] == pytest.approx(60_000 / row["seconds_low"])


def test_a_process_counts_once_with_the_median_of_its_rounds_however_many():
    few = summarised(saved.run(HUNDRED, processes=3))
    seconds = np.repeat([1.0, 2.0, 4.0], 5) * np.tile([0.5, 1, 1, 1, 9], 3)
    many = only(saved.run({100: (seconds.tolist(), [0.9] * 15)}, processes=3))
    assert (many["rounds"], many["processes"]) == (15, 3)
    for column in ("seconds", "seconds_low", "seconds_high"):
        assert many[column] == pytest.approx(few[column].item())


def test_processes_of_two_runs_are_not_the_same():
    row = only(saved.run(HUNDRED), saved.run({100: ([8.0, 8.0], [0.9, 0.9])}, processes=2))
    assert (row["rounds"], row["processes"], row["runs"]) == (5, 3, 2)
    assert row["seconds"] == pytest.approx((2 * 8 * 8) ** (1 / 3))


def test_two_processes_have_no_interval_of_time_and_that_of_an_accuracy_is_students():
    row = only(saved.run(HUNDRED, processes=2))
    assert math.isnan(row["seconds_low"])
    assert math.isnan(row["images_per_second_high"])
    there = stats.ttest_1samp([0.90, 0.91, 0.95], 0).confidence_interval(0.95)
    assert (row["test_accuracy_low"], row["test_accuracy_high"]) == pytest.approx((there.low, there.high))
    assert row["training_accuracy_high"] == pytest.approx(there.high - 0.05)


def test_no_accuracy_is_thought_to_be_below_0_or_above_1():
    small = summarised(saved.run({10: ([1.0, 1.0], [0.9, 1.0]), 100: ([1.0, 1.0], [0.1, 0.0])}))
    assert small["test_accuracy_high"].tolist() == [1, pytest.approx(0.05 + 12.706 * 0.05, abs=0.001)]
    assert small["test_accuracy_low"].tolist() == [pytest.approx(0.95 - 12.706 * 0.05, abs=0.001), 0]


def test_a_seed_that_two_runs_repeat_counts_once():
    once = saved.run({100: ([1.0, 1.0], [0.8, 0.9])})
    again = saved.run({100: ([2.0, 2.0], [0.8, 0.9])})
    columns = ["test_accuracy", "test_accuracy_low", "test_accuracy_high"]
    pd.testing.assert_frame_equal(summarised(once, again)[columns], summarised(once)[columns])
    assert summarised(once, again)["rounds"].tolist() == [4]


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ([(0, 0.8), (0, 0.8), (0, 0.8), (1, 0.9)], [0.8, 0.9]),  # repeated with the same outcome
        ([(0, 0.8), (0, 0.9)], [0.85]),
        ([(0, 0.8), (1, 0.9), (2, 0.8), (3, 0.9)], [0.8, 0.9, 0.8, 0.9]),
    ],
)
def test_a_seed_counts_as_much_as_another_however_often_it_was_repeated(tests, expected):
    runs = [
        saved.run({100: ([1.0], [test])}, seed=seed, datetime=f"2026-01-0{place}")
        for place, (seed, test) in enumerate(tests, 1)
    ]
    [sample] = whole(*runs).samples
    assert sample.learned["test_accuracy"] == pytest.approx(expected)
    assert only(*runs)["test_accuracy"] == pytest.approx(np.mean(expected))


def test_what_was_measured_once_has_no_interval():
    row = only(saved.run({100: ([2.0], [0.9])}))
    assert (row["seconds"], row["images_per_second"], row["test_accuracy"]) == pytest.approx((2.0, 30_000, 0.9))
    intervals = [value for column, value in row.items() if column.endswith(("_low", "_high"))]
    assert len(intervals) == 8
    assert all(math.isnan(value) for value in intervals)


def test_one_seed_in_three_processes_has_an_interval_of_time_only():
    row = only(*(saved.run({100: ([seconds], [0.9])}) for seconds in (1.0, 2.0, 4.0)))
    assert row["seconds_low"] < 2 < row["seconds_high"]
    assert math.isnan(row["test_accuracy_low"])


def test_the_lab_report_is_a_row_a_size_without_what_it_does_not_say():
    report = summarised(reported=True)
    assert report["seconds"].tolist() == pytest.approx([60, 12, 4, 3, 3])
    assert report["images_per_second"].tolist() == pytest.approx([1_000, 5_000, 15_000, 20_000, 20_000])
    assert report["training_accuracy"].tolist() == [0.83, 0.84, 0.84, 0.81, 0.28]
    unknown = ["test_accuracy", "seconds_low", "images_per_second_high", "training_accuracy_low", "compile_seconds"]
    assert report[[*unknown, "peak_memory_bytes"]].isna().all(axis=None)
    assert [len(sample.learned["test_accuracy"]) for sample in whole(reported=True).samples] == [0] * 5


def test_memory_is_the_largest_and_compiling_the_median():
    runs = [saved.run(HUNDRED, compile_seconds=seconds) for seconds in (0.5, 0.7, 3.0)]
    for run, memory in zip(runs, (1_000, 5_000, 2_000), strict=True):
        run["benchmarks"][0]["extra_info"]["rounds"][0]["peak_memory_bytes"] = memory
    row = only(*runs)
    assert (row["compile_seconds"], row["peak_memory_bytes"]) == (0.7, 5_000)


def test_differences_are_from_the_middle_of_their_own_series_and_size():
    both = whole(saved.run(HUNDRED | {10: ([8.0], [0.5])}), saved.run(HUNDRED, engine="fit"))
    found = summary.differences(both, "test_accuracy")
    assert found["time_difference"].tolist() == pytest.approx([-50, 0, 100, 0, -50, 0, 100])
    assert found["accuracy_difference"].tolist() == pytest.approx([-0.02, -0.01, 0.03, 0, -0.02, -0.01, 0.03])
    assert found["batch_size"].tolist() == [100, 100, 100, 10, 100, 100, 100]
    assert found["method"].tolist() == ["compiled"] * 4 + ["fit"] * 3


def test_each_row_is_compared_with_the_limit_of_its_own_runs_if_any_has_one():
    ceilings = {"compiled": 0.5, "fit": 0.8, "tape": None}
    runs = [saved.run(HUNDRED, engine=engine, limit_seconds=limit) for engine, limit in ceilings.items()]
    small = summarised(*runs)
    assert small["limit_seconds"].tolist()[:2] == [0.5, 0.8]
    assert small["of_limit"].tolist()[:2] == pytest.approx([0.25, 0.4])
    assert small.loc[2, ["limit_seconds", "of_limit"]].isna().all()
    row = only(saved.run(HUNDRED, limit_seconds=0.5), saved.run(HUNDRED))
    assert (row["limit_seconds"], row["of_limit"]) == pytest.approx((0.5, 0.25))
