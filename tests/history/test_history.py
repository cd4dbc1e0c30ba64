import json

import pandas as pd
import pytest

from lab6.history import history
from lab6.history.history import document
from tests import saved
from tests.history.months import FIRST, months, shifted, steady, told, versions
from tests.small import summarised


def updated(day, before="2.20.0", after="2.21.0", at=28):
    return {"machine": versions(tensorflow=before if day < at else after)}


def test_a_shift_says_since_when_by_how_much_and_what_changed_then():
    found = told(*months(shifted(28, 0.05, 14), updated))
    (shift,) = found.shifts.to_dict("records")
    assert (shift["method"], shift["batch_size"]) == ("compiled", 100)
    assert shift["since"] == shift["latest"] == FIRST + pd.Timedelta(days=28)
    assert shift["earliest"] == FIRST + pd.Timedelta(days=27)
    assert not shift["unsure"]
    assert shift["change"] == pytest.approx(0.05)
    assert shift["what"] == ["TensorFlow 2.20.0 became 2.21.0"]
    levels = found.segments.to_dict("records")
    assert [level["seconds"] for level in levels] == pytest.approx([1, 1.05], rel=0.001)
    assert [level["days"] for level in levels] == [28, 14]
    assert levels[0]["ends"] == FIRST + pd.Timedelta(days=27)
    assert levels[1]["begins"] == FIRST + pd.Timedelta(days=28)


def test_a_change_of_another_day_does_not_coincide():
    found = told(*months(shifted(28, 0.05, 14), lambda day: updated(day, at=20)))
    assert found.shifts["what"].to_list() == [[]]
    assert found.changes["what"].to_list() == ["TensorFlow 2.20.0 became 2.21.0"]


def test_each_size_has_its_own_shifts():
    own = months(shifted(28, 0.05, 14), sizes=(10, 100))
    for run in own:
        run["benchmarks"][0]["stats"]["data"] = [4.0, 4.04, 3.96]
    found = told(*own)
    assert found.shifts["batch_size"].to_list() == [100]
    assert found.segments["batch_size"].to_list() == [10, 100, 100]


def test_disturbed_runs_make_no_shift():
    slow = months([2.0] * 8, others={100: [5.0] * 3})
    own = [*months(steady(20)), *slow, *months(steady(20))]
    for number, run in enumerate(own):
        run["datetime"] = (FIRST + pd.Timedelta(days=number)).isoformat()
    found = told(*own)
    assert found.shifts.empty
    assert found.runs["disturbed"].sum() == 8


def test_a_change_of_several_methods_on_one_day_is_one():
    own = [
        run
        for engine in ("compiled", "fit")
        for run in months(steady(12), lambda day: updated(day, at=5), engine=engine)
    ]
    assert told(*own).changes[["methods", "what"]].to_numpy().tolist() == [
        ["compiled, fit", "TensorFlow 2.20.0 became 2.21.0"]
    ]


def test_without_enough_days_there_is_none():
    assert told(*months(steady(9))) is None
    assert told(saved.run()) is None
    summary = summarised(reported=True)
    assert history.history(summary, summary.setups[0]) is None


def test_nothing_is_searched_for_if_there_is_no_history(monkeypatch):
    monkeypatch.setattr(history.shifts, "shifts", None)
    assert told(*months(steady(9))) is None


def test_it_goes_into_json_with_times_as_text_and_unknown_as_null():
    found = document(told(*months(shifted(28, 0.05, 14), updated)))
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again["machine"] == "here"
    assert again["shifts"][0]["since"] == "2026-01-30T03:00:00+00:00"
    assert again["shifts"][0]["what"] == again["changes"][0]["what"].split("; ")
    assert len(again["runs"]) == 42
    assert len(again["segments"]) == 2
    assert json.loads(json.dumps(document(told(*months(steady(12))))))["shifts"] == []
