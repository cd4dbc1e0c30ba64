import dataclasses

import pandas as pd
import pytest

from lab6.analysis import lab_report
from lab6.analysis.answer import Question, answer, of_series
from tests import saved
from tests.analysis.small import refusal, rounds

SLOW = {size: ([10 * second for second in seconds], tests) for size, (seconds, tests) in saved.SIZES.items()}


def answered(*runs, **question):
    return answer(rounds(*runs), Question(**question))


@pytest.fixture
def beside_the_report():
    return pd.concat([rounds(saved.run()), lab_report.rounds()], ignore_index=True)


def test_one_run_gives_one_start_and_it_is_the_headline():
    found = answered(saved.run())
    assert (found.headline.setup, found.headline.method, found.headline.batch_size) == ("here", "compiled", 100)
    assert found.starts == (found.headline,)


def test_the_summary_marks_what_is_dominated():
    summary = answered(saved.run(saved.SIZES | {50: ([5.0, 5.0, 5.0], [0.5, 0.5, 0.5])})).summary
    assert summary.set_index("batch_size")["dominated"].to_dict() == {10: False, 50: True, 100: False, 60_000: False}


def test_what_is_dominated_is_judged_by_the_accuracy_that_was_asked_for():
    run = saved.run({10: ([2.0], [0.8]), 100: ([1.0], [0.7])})
    run["benchmarks"][0]["extra_info"]["rounds"][0]["training_accuracy"] = 0.1
    assert answered(run, accuracy="test").summary["dominated"].tolist() == [False, False]
    assert answered(run, accuracy="training").summary["dominated"].tolist() == [True, False]


def test_nobody_who_asks_for_nothing_loses_more_than_one_percent_of_accuracy():
    assert Question() == Question(accuracy="auto", tolerance=0.01, budget=None)


def test_there_is_a_start_for_each_series_in_the_summarys_order():
    found = answered(saved.run(engine="tape"), saved.run(engine="fit"))
    assert [start.method for start in found.starts] == ["tape", "fit"]
    assert found.summary["method"].drop_duplicates().tolist() == ["tape", "fit"]


def test_rounds_that_are_asked_about_are_not_changed():
    frame = rounds(saved.run())
    before = frame.copy()
    found = answer(frame, Question())
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(found.rounds.drop(columns=["setup", "method"]), before)


def test_an_answer_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        answered(saved.run()).accuracy = "training_accuracy"


def test_the_test_accuracy_is_judged_where_all_have_one():
    assert answered(saved.run()).accuracy == "test_accuracy"


def test_the_training_accuracy_is_judged_where_one_has_no_other(beside_the_report):
    found = answer(beside_the_report, Question())
    assert found.accuracy == "training_accuracy"
    assert {start.setup: start.batch_size for start in found.starts} == {"here": 100, lab_report.MACHINE: 100}


def test_the_accuracy_that_was_asked_for_decides():
    run = saved.run({10: ([2.0, 2.0], [0.9, 0.9]), 100: ([1.0, 1.0], [0.9, 0.9])})
    for round_ in run["benchmarks"][1]["extra_info"]["rounds"]:
        round_["training_accuracy"] = 0.1
    assert answered(run, accuracy="test").headline.batch_size == 100
    assert answered(run, accuracy="training").headline.batch_size == 10


def test_the_lab_report_has_no_test_accuracy_to_judge(beside_the_report):
    text = refusal(lambda: answer(beside_the_report, Question(accuracy="test")), lab_report.NAME)
    assert text == "lab-report has no test accuracy: judge by another with --accuracy, or leave it out."


def test_the_tolerance_that_was_asked_for_decides():
    run = saved.run({10: ([2.0, 2.0], [0.9, 0.9]), 100: ([1.0, 1.0], [0.8, 0.8])})
    assert answered(run).headline.batch_size == 10
    assert answered(run, tolerance=0.1).headline.batch_size == 100


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


def test_a_run_is_the_headline_rather_than_the_lab_report(beside_the_report):
    assert answer(beside_the_report, Question()).headline.setup == "here"
    assert answer(beside_the_report.iloc[::-1].reset_index(drop=True), Question()).headline.setup == "here"


def test_the_lab_report_alone_is_its_own_headline():
    assert answer(lab_report.rounds(), Question()).headline.setup == lab_report.MACHINE


def test_sizes_are_those_of_the_starts_series():
    found = answered(saved.run(), saved.run({20: saved.SIZES[10]}, engine="fit"))
    compiled, fit = found.starts
    assert found.sizes(compiled).index.tolist() == [10, 100, 60_000]
    assert found.sizes(fit)["seconds"].to_dict() == pytest.approx({20: 4.1})


def test_rows_of_a_series_agree_in_both_of_its_names():
    frame = pd.DataFrame({"setup": [*"aabb"], "method": [*"xyxy"], "seconds": [1, 2, 3, 4]})
    assert of_series(frame, "a", "y")["seconds"].tolist() == [2]


@pytest.mark.parametrize(("budget", "best"), [(None, None), (0.1, None), (1.0, 60_000), (1.1, 100), (9.0, 10)])
def test_a_budget_is_spent_within_the_starts_series(budget, best):
    found = answered(saved.run(), saved.run({20: ([0.01, 0.01], [0.99, 0.99])}, engine="fit"), budget=budget)
    assert found.best_within_budget(found.starts[0]) == best
