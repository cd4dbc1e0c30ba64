import dataclasses
from pathlib import Path

import pytest

from lab6.errors import OptionError, ResultsError
from lab6.store.summary import summarise
from lab6.target import answer
from lab6.target.answer import Question, judge
from tests import saved
from tests.small import rounds, summarised
from tests.target.tried import STEPS, judged, table, write


def test_97_percent_is_the_usual_target_and_else_the_highest_that_is_reached():
    assert judged(table(), saved.run()).target == 0.97
    few = {setting: [None] * 3 for setting in STEPS}
    assert judged(table(few | {(10, 0.1, None): [7] * 3}), saved.run()).target == 0.97
    assert judged(table(targets=(0.95,)), saved.run()).target == 0.95
    assert judged(table(few), saved.run()).best.empty


def test_without_97_percent_it_is_the_highest_that_a_setting_reaches():
    own = table({(10, 0.1, None): [500] * 3}, targets=(0.9, 0.95, 0.97, 0.98))
    lower = [each.model_copy(update={"reached": {"0.9": 100, "0.95": 250}}) for each in own.trials]
    assert answer.goal(dataclasses.replace(own, trials=tuple(lower)), None) == 0.95


def test_a_target_can_be_asked_for():
    found = judged(table(), saved.run(), target=0.95)
    assert found.target == 0.95
    assert found.best["steps"].tolist() == pytest.approx([1_500, 300])


def test_a_target_that_the_table_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(OptionError, match=r"table.jsonl has no steps to 0.96; give one of 0.95, 0.97, 0.98, or"):
        judged(table(), saved.run(), target=0.96)


def test_a_target_that_no_setting_reaches_is_refused_with_what_came_closest():
    with pytest.raises(ResultsError) as refused:
        judged(table(), saved.run(), target=0.98)
    assert str(refused.value) == (
        "--target: no setting of table.jsonl reaches 0.98 with each of at least 3 seeds; minibatch size 10 at 0.001 "
        "came closest, with 0 of 3 seeds and a test accuracy of 0.9750: give a lower target, or try more settings or "
        "seeds with lab6 steps."
    )


def test_what_reached_the_target_with_more_of_its_seeds_came_closer_and_diverged_trials_are_counted():
    own = table({(10, 0.1, None): [500, None, None], (20, 0.2, None): [700, 700, None], (30, 0.3, None): [None] * 3})
    diverged = [each.model_copy(update={"diverged": each.batch_size == 30 or None}) for each in own.trials]
    text = answer.unreached(dataclasses.replace(own, trials=tuple(diverged)), 0.97)
    assert "; minibatch size 20 at 0.2 came closest, with 2 of 3 seeds and a test accuracy of 0.9750; 3 trials" in text
    assert "; 3 trials diverged: give a lower target" in text


def test_without_a_table_there_is_no_answer_and_a_target_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    summary = summarised(saved.run())
    assert answer.answer(summary, Question()) is None
    with pytest.raises(ResultsError, match="make one with lab6 steps"):
        answer.answer(summary, Question(target=0.97))
    write(Path("results/steps/mine.jsonl"), table())
    assert answer.answer(summary, Question()).headline.batch_size == 100


def test_the_lab_report_has_no_time_because_it_does_not_say_enough_of_its_work():
    found = judge(table(), summarise(rounds(saved.run(), reported=True)))
    assert [own.setup for own in found.fastest] == ["here"]
    assert set(found.times["setup"]) == {"here"}
