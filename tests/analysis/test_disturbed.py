import pandas as pd

from lab6.analysis import disturbed
from lab6.analysis.series import named
from lab6.analysis.summary import summarise
from tests import saved
from tests.analysis.small import rounds

SIZES = {10: ([4.0, 4.0, 4.0], [0.9] * 3), 100: ([1.0, 1.0, 1.0], [0.9] * 3)}
"""Two minibatch sizes with three rounds each, on two cores: from more than 0.44 s and 0.14 s on they are disturbed."""


def frame(*runs):
    return named(rounds(*runs))


def run(others=None, **fields):
    return saved.run(SIZES, others=others, **fields)


def test_a_round_is_disturbed_by_what_others_took_of_its_own_time():
    marked = disturbed.mark(frame(run({10: [0.0, 0.4, 0.5], 100: [0.1, 0.15, 1.0]})))
    assert marked["disturbed"].tolist() == [False, False, True, False, True, True]
    assert marked["others"].round(3).tolist() == [0.0, 0.1, 0.125, 0.1, 0.15, 1.0]


def test_it_takes_more_to_disturb_a_machine_of_many_cores():
    marked = disturbed.mark(frame(run({10: [0.5] * 3}, machine={"usable_cores": 16})))
    assert not marked.loc[marked["batch_size"] == 10, "disturbed"].any()


def test_where_nothing_was_measured_neither_is_said():
    marked = disturbed.mark(frame(run({100: [1.0, None, 0.0]})))
    assert marked["disturbed"].isna().tolist() == [True, True, True, False, True, False]
    assert marked["others"].isna().tolist() == [True, True, True, False, True, False]


def test_rounds_are_not_changed_by_being_marked():
    before = frame(run({100: [1.0, 0.0, 0.0]}))
    copy = before.copy()
    marked = disturbed.mark(before)
    pd.testing.assert_frame_equal(before, copy)
    assert [name for name in marked if name not in before] == ["others", "disturbed"]


def test_disturbed_rounds_are_counted_for_each_size_and_unknown_is_not_zero():
    told = frame(run({10: [0.0, 0.0, 0.0], 100: [1.0, None, 1.0]}))
    counted = disturbed.count(summarise(told), told).set_index("batch_size")["disturbed"]
    assert counted.to_dict() == {10: 0, 100: 2}
    told = frame(run({100: [1.0, 0.0, 0.0]}))
    counted = disturbed.count(summarise(told), told).set_index("batch_size")["disturbed"]
    assert counted.isna().to_dict() == {10: True, 100: False}


def test_machines_are_counted_apart():
    told = frame(run({100: [1.0, 1.0, 0.0]}), run({10: [0.0] * 3, 100: [0.0] * 3}, machine={"label": "there"}))
    counted = disturbed.count(summarise(told), told).set_index(["setup", "batch_size"])["disturbed"]
    assert (counted["here", 100], counted["there", 100]) == (2, 0)
