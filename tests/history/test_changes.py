import pandas as pd
import pytest

from lab6.history.changes import between, marks
from lab6.history.runs import observations
from tests.history.months import months, steady, versions
from tests.small import summarised

SAME = {
    "lab6_version": "0.1.0",
    "versions": "Python 3.11.7, Keras 3.15.1",
    "gpus": "A GPU (driver 570.1)",
    "settings": "A=1",
    "inter_op_threads": 2,
    "commit": "a" * 40,
    "dirty": False,
}


def changed(earlier=None, **later):
    before = SAME | (earlier or {})
    return between(before, before | later)


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ({}, []),
        ({"versions": "Python 3.11.7, Keras 3.16.0"}, ["Keras 3.15.1 became 3.16.0"]),
        ({"versions": "Python 3.11.7, Keras 3.15.1, Numba 0.61"}, ["Numba 0.61 was added"]),
        ({"versions": "Keras 3.15.1"}, ["Python 3.11.7 was removed"]),
        ({"gpus": "A GPU (driver 580.2)"}, ["driver of A GPU 570.1 became 580.2"]),
        ({"settings": "A=2, B=x"}, ["A=1 became 2", "B=x was added"]),
        ({"settings": ""}, ["A=1 was removed"]),
        ({"settings": "A=1, 2"}, ["A=1 became 1, 2"]),
        ({"inter_op_threads": 4}, ["threads across operations 2 became 4"]),
        ({"lab6_version": "0.2.0"}, ["lab6 0.1.0 became 0.2.0"]),
        ({"commit": "b" * 40}, ["commit aaaaaaa became bbbbbbb"]),
        ({"dirty": True}, ["commit aaaaaaa became aaaaaaa with changes"]),
        ({"dirty": pd.NA}, []),
        ({"commit": pd.NA, "dirty": pd.NA}, []),
        ({"versions": pd.NA}, []),
    ],
)
def test_each_change_is_said(later, said):
    assert changed(**later) == said


def test_what_was_unknown_did_not_change():
    assert changed({"commit": pd.NA, "versions": pd.NA}, commit="b" * 40, versions="Keras 3.16.0") == []


def test_marks_are_all_changes_in_order_of_time():
    own = months(
        steady(12),
        lambda day: {"machine": versions(keras="3.15.1" if day < 5 else "3.16.0"), "commit": "a" if day < 7 else "b"},
    )
    rounds = summarised(*own).rounds
    found = marks(observations(rounds, rounds["setup"].iloc[-1]))
    assert found["what"].to_list() == ["Keras 3.15.1 became 3.16.0", "commit aaaaaaa became bbbbbbb"]
    assert [f"{time:%m-%d}" for time in found["measured_at"]] == ["01-07", "01-09"]
    assert found["code"].to_list() == [False, True]
