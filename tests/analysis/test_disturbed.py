import random

import pandas as pd
import pytest

from lab6 import disturbance
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


def test_what_is_marked_is_what_was_named_when_it_was_measured():
    """Two benchmarks of two runs, of rounds long and short, quiet, busy and unknown: the two halves agree on each."""
    draw = random.Random(0)
    found = set()
    for length in (0.01, 0.015, 0.05, 0.1, 1.0) * 20:
        shares = [draw.choice([0.2, 0.3, 0.45, 0.6, 1.9]) for _ in range(4)]
        others = [[draw.choice([1, 1, 1, 1, None]) and share * length for _ in range(10)] for share in shares]
        sizes = {size: ([length] * 10, [0.9] * 10) for size in (10, 100)}
        runs = [saved.run(sizes, others=dict(zip(sizes, pair, strict=True))) for pair in (others[:2], others[2:])]
        runs[1]["datetime"] = "2027-01-02T03:04:05+00:00"
        marked = disturbed.mark(frame(*runs))["disturbed"].fillna(False).tolist()
        for place, own in enumerate(others):
            named_ones = disturbance.disturbed(own, [length] * 10, 2)
            assert [number for number in range(1, 11) if marked[place * 10 + number - 1]] == named_ones
            found.add(len(named_ones))
    assert len(found) > 3


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


@pytest.mark.parametrize("others", [None, {10: [0.0] * 3, 100: [0.0] * 3}])
def test_without_disturbed_rounds_there_are_no_rows(others):
    found = disturbed.by_run(frame(run(others)))
    assert found.empty
    assert {"setup", "method", "batch_size", "run", "rounds", "others", "usable_cores", "load_before"} <= set(found)


def test_each_benchmark_of_a_run_has_a_row_with_its_disturbed_rounds_counted_from_one():
    found = disturbed.by_run(frame(run({10: [0.0, 2.0, 3.0], 100: [0.2, 0.0, 0.0]}))).to_dict("records")
    assert [(row["batch_size"], row["rounds"], round(row["others"], 3)) for row in found] == [
        (10, [2, 3], 0.75),  # of the worst
        (100, [1], 0.2),
    ]
    assert {(row["setup"], row["method"], row["usable_cores"]) for row in found} == {("here", "compiled", 2)}
    assert {row["source"] for row in found} == {"run-0.json"}


def test_runs_of_one_series_have_a_row_each_with_when_they_were_measured():
    later = run({100: [0.0, 0.0, 1.0]}, datetime="2026-02-03T04:05:06+00:00")
    found = disturbed.by_run(frame(run({100: [1.0, 0.0, 0.0]}), later))
    assert found["rounds"].tolist() == [[1], [3]]
    assert found["measured_at"].dt.strftime("%Y-%m-%d").tolist() == ["2026-01-02", "2026-02-03"]


@pytest.mark.parametrize(("load", "told"), [(1.5, True), (0.01, False), (None, False)])
def test_what_others_used_before_is_there_where_it_is_worth_a_word(load, told):
    (before,) = disturbed.by_run(frame(run({100: [1.0, 0.0, 0.0]}, load_before=load)))["load_before"]
    assert before == load if told else pd.isna(before)
