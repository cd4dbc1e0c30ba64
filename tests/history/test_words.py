import pytest

from lab6.history import words
from tests.history.months import months, run, shifted, steady, told, versions


def updated(day):
    return {"machine": versions(tensorflow="2.20.0" if day < 28 else "2.21.0"), "commit": "a" if day < 28 else "b"}


CHANGED = [
    (shifted(28, 0.05, 14), updated, "slower since 2026-01-30 by 5.0% (4.6 to 5.4%); TensorFlow 2.20.0 became 2.21.0 "
     "and commit aaaaaaa became bbbbbbb then."),
    (shifted(28, -0.05, 14), lambda day: {}, "faster since 2026-01-30 by 5.0% (4.6 to 5.4%); no change of versions, "
     "settings or code is recorded then."),
]  # fmt: skip


@pytest.mark.parametrize(("seconds", "of", "said"), CHANGED)
def test_since_when_a_size_is_slower_or_faster_is_one_sentence(seconds, of, said):
    found = told(*months(seconds, of))
    assert words.sentences(found) == [f"compiled with 100: {said}"]
    assert words.headline(found) == "History: 1 change of speed in 42 runs from 2026-01-02 to 2026-02-12."


def test_that_nothing_changed_is_said_too():
    found = told(*months(steady(12)))
    assert words.headline(found) == (
        "History: no minibatch size has become slower or faster in 12 runs from 2026-01-02 to 2026-01-13."
    )
    assert words.sentences(found) == []
    assert [table.title for table in words.tables(found)] == ["Levels over time"]


def test_if_the_day_is_not_sure_it_is_about_that_day():
    found = told(*months(shifted(28, 0.05, 14)))
    found.shifts["unsure"] = True
    assert "slower since about 2026-01-30" in words.sentences(found)[0]


def test_disturbed_runs_are_counted():
    found = told(*months(steady(12)), run(12, 2.0, others={100: [5.0] * 3}))
    assert words.sentences(found) == ["1 run disturbed by other programs did not count in it."]


def test_of_many_changes_the_newest_are_told():
    found = told(*months(shifted(28, 0.05, 14), sizes=(1, 10, 100)))
    told_of = words.sentences(found, most=2)
    assert told_of[0] == "1 earlier one is in --format json."
    assert len(told_of) == 3


def test_the_tables_say_levels_and_changes():
    levels, changes = words.tables(told(*months(shifted(28, 0.05, 14), updated)))
    assert [[cell.text for cell in row] for row in levels.rows()] == [
        ["100", "2026-01-02", "2026-01-29", "28", "1"],
        ["100", "2026-01-30", "2026-02-12", "14", "1.05"],
    ]
    assert [cell.text for cell in next(changes.rows())] == [
        *("2026-01-30", "TensorFlow 2.20.0 became 2.21.0", "compiled")
    ]
