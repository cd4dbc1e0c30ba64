import pandas as pd

from lab6.store.summary import summarise
from tests import saved
from tests.small import rounds, summarised

SIZES = {10: ([4.0, 4.0, 4.0], [0.9] * 3), 100: ([1.0, 1.0, 1.0], [0.9] * 3)}
"""Two minibatch sizes with three rounds each, on two cores: from more than 0.44 s and 0.14 s on they are disturbed."""


def run(others=None, **fields):
    return saved.run(SIZES, others=others, **fields)


def test_a_round_is_disturbed_by_what_others_took_of_its_own_time():
    marked = summarised(run({10: [0.0, 0.4, 0.5], 100: [0.1, 0.15, 1.0]})).rounds
    assert marked["disturbed"].tolist() == [False, False, True, False, True, True]
    assert marked["others"].round(3).tolist() == [0.0, 0.1, 0.125, 0.1, 0.15, 1.0]


def test_it_takes_more_to_disturb_a_machine_of_many_cores():
    marked = summarised(run({10: [0.5] * 3}, machine={"usable_cores": 16})).rounds
    assert not marked.loc[marked["batch_size"] == 10, "disturbed"].any()


def test_if_nothing_was_measured_neither_is_said():
    marked = summarised(run({100: [1.0, None, 0.0]})).rounds
    for name in ("disturbed", "others"):
        assert marked[name].isna().tolist() == [True, True, True, False, True, False]


def test_rounds_are_not_changed_by_being_marked():
    before = rounds(run({100: [1.0, 0.0, 0.0]}))
    copy = before.copy()
    marked = summarise(before).rounds
    pd.testing.assert_frame_equal(before, copy)
    assert [name for name in marked if name not in before] == ["setup", "method", "others", "disturbed"]


def counted(*runs):
    """How many rounds of each machine's minibatch sizes were disturbed."""
    return summarised(*runs).sizes.set_index(["setup", "batch_size"])["disturbed"].to_dict()


def test_disturbed_rounds_are_counted_for_each_machine_and_size_and_unknown_is_not_zero():
    quiet = run({10: [0.0] * 3, 100: [0.0] * 3}, machine={"label": "there"})
    found = counted(run({10: [0.0] * 3, 100: [1.0, None, 1.0]}), quiet)
    assert found == {("here", 10): 0, ("here", 100): 2, ("there", 10): 0, ("there", 100): 0}
    unknown = counted(run({100: [1.0, 0.0, 0.0]}))
    assert pd.isna(unknown["here", 10])
    assert unknown["here", 100] == 1
