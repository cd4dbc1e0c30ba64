import dataclasses

import pandas as pd
import pytest

from lab6.start.answer import Question, answer
from lab6.store import lab_report
from lab6.store.summary import of_series
from tests import saved
from tests.small import answered, refusal, rounds

SLOW = {size: ([10 * second for second in seconds], tests) for size, (seconds, tests) in saved.SIZES.items()}


def test_nobody_who_asks_for_nothing_loses_more_than_one_percent_of_accuracy():
    assert Question() == Question(accuracy="auto", tolerance=0.01, budget=None)


def test_a_start_for_each_series_is_in_the_summarys_order_and_has_the_sizes_of_its_series():
    found = answered(saved.run(engine="tape"), saved.run({20: saved.SIZES[10]}, engine="fit"))
    assert [start.method for start in found.starts] == ["tape", "fit"]
    assert found.summary.sizes["method"].drop_duplicates().tolist() == ["tape", "fit"]
    tape, fit = found.starts
    assert found.sizes(tape).index.tolist() == [10, 100, 60_000]
    assert found.sizes(fit)["seconds"].to_dict() == pytest.approx({20: 4.1})


def test_rounds_that_are_asked_about_are_not_changed_and_an_answer_cannot_be():
    frame = rounds(saved.run())
    before = frame.copy()
    found = answer(frame, Question())
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(found.summary.rounds[list(before)], before)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.accuracy = "training_accuracy"


def test_the_test_accuracy_is_judged_if_all_have_one_and_else_the_training_accuracy():
    assert answered(saved.run()).accuracy == "test_accuracy"
    found = answered(saved.run(), reported=True)
    assert found.accuracy == "training_accuracy"
    assert {start.setup: start.batch_size for start in found.starts} == {"here": 100, lab_report.MACHINE: 100}
    text = refusal(lambda: answered(saved.run(), reported=True, accuracy="test"), lab_report.NAME)
    assert text == "lab-report has no test accuracy: judge by another with --accuracy, or leave it out."


@pytest.mark.parametrize(
    ("accuracy", "tolerance", "start", "dominated"),
    [("test", 0.01, 10, [False, False]), ("test", 0.1, 100, [False, False]), ("training", 0.01, 100, [True, False])],
)
def test_the_accuracy_and_the_tolerance_that_were_asked_for_decide(accuracy, tolerance, start, dominated):
    run = saved.run({10: ([2.0], [0.8]), 100: ([1.0], [0.7])})
    run["benchmarks"][0]["extra_info"]["rounds"][0]["training_accuracy"] = 0.1
    found = answered(run, accuracy=accuracy, tolerance=tolerance)
    assert found.headline.batch_size == start
    assert found.summary.sizes["dominated"].tolist() == dominated


@pytest.mark.parametrize("first", ["slow", "fast"])
def test_the_headline_is_of_the_machine_that_was_measured_last(first):
    slow = saved.run(SLOW, {"label": "slow"}, "2026-02-01T00:00:00Z")
    fast = saved.run(machine={"label": "fast"}, datetime="2026-01-01T00:00:00Z")
    found = answered(*((slow, fast) if first == "slow" else (fast, slow)))
    assert found.headline.setup == "slow"
    assert found.headline in found.starts


def test_the_headline_is_of_an_ordinary_run_else_of_a_candidate_however_old():
    sides = [saved.run(duet="d", side=side, datetime="2026-03-01") for side in ("baseline", "candidate")]
    ordinary = saved.run(datetime="2026-02-01")
    assert answered(*sides).headline.setup == "here (candidate of a duet)"
    assert answered(*sides, ordinary).headline.setup == "here (ordinary runs)"


def test_the_headline_is_of_the_method_that_is_soonest_through_at_its_start():
    # fit has the fastest epoch of all, but not at the size to start with.
    fit = saved.run(SLOW | {60_000: ([0.1, 0.1], [0.2, 0.2])}, engine="fit")
    assert answered(fit, saved.run(datetime="2020-01-01")).headline.method == "compiled"


@pytest.mark.parametrize(("tolerance", "method"), [(0.01, "compiled"), (0.5, "fit")])
def test_a_method_that_learns_too_little_is_no_headline_however_fast(tolerance, method):
    fit = saved.run({100: ([0.1, 0.1], [0.5, 0.5])}, engine="fit")
    assert answered(fit, saved.run({100: saved.SIZES[100]}), tolerance=tolerance).headline.method == method


def test_the_lab_report_is_the_headline_only_if_it_is_alone():
    beside = rounds(saved.run(), reported=True)
    for frame in (beside, beside.iloc[::-1].reset_index(drop=True)):
        assert answer(frame, Question()).headline.setup == "here"
    assert answered(reported=True).headline.setup == lab_report.MACHINE


def test_rows_of_a_series_agree_in_both_of_its_names():
    frame = pd.DataFrame({"setup": [*"aabb"], "method": [*"xyxy"], "seconds": [1, 2, 3, 4]})
    assert of_series(frame, "a", "y")["seconds"].tolist() == [2]


@pytest.mark.parametrize(("budget", "best"), [(None, None), (0.1, None), (1.0, 60_000), (1.1, 100), (9.0, 10)])
def test_a_budget_is_spent_within_the_starts_series(budget, best):
    found = answered(saved.run(), saved.run({20: ([0.01, 0.01], [0.99, 0.99])}, engine="fit"), budget=budget)
    assert found.best_within_budget(found.starts[0]) == best


def test_the_headline_is_of_the_fastest_number_of_threads_and_workers():
    def faster(times, **fields):
        sizes = {size: ([own / times for own in seconds], tests) for size, (seconds, tests) in saved.SIZES.items()}
        return saved.run(sizes, **fields)

    runs = [saved.run(threads=1), faster(1.8, threads=2), faster(1.9, threads=1, workers=2)]
    own = answered(*runs)
    assert (own.headline.setup, own.headline.method) == ("here", "compiled with 2 workers")
    assert {start.batch_size for start in own.starts} == {100}
    assert answered(*runs[:2]).headline.method == "compiled"
