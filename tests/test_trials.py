"""Tables of trials: written, read, and refused."""

import math

import pytest

from lab6 import trials
from lab6.trials import Trial
from tests.small import refusal
from tests.target.tried import header

TRIED = header(targets=(0.95, 0.97))
CONSTANT = Trial(
    batch_size=32,
    learning_rate=0.001,
    seed=0,
    evaluated_every=117,
    steps=3_510,
    reached={"0.95": 1_170, "0.97": 3_510},
    best_accuracy=0.9702,
)
FALLING = Trial(
    batch_size=16,
    learning_rate=0.004,
    decay_steps=1_115,
    seed=1,
    evaluated_every=46,
    steps=1_115,
    reached={},
    best_accuracy=0.9405,
)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.jsonl"
    trials.write(path, TRIED, [CONSTANT, FALLING])
    return path


def test_a_table_is_read_as_it_was_written_in_the_order_of_its_settings(table):
    found = trials.read(table)
    assert found == trials.Table(TRIED, (FALLING, CONSTANT), table)
    assert [each.name for each in table.parent.iterdir()] == ["table.jsonl"]


def test_a_frame_has_a_row_a_trial_and_a_column_a_target(table):
    frame = trials.read(table).frame()
    assert frame["batch_size"].tolist() == [16, 32]
    assert frame["decay_steps"].tolist()[0] == 1_115
    assert math.isnan(frame["decay_steps"].tolist()[1])
    assert frame["steps_to_0.97"].isna().tolist() == [True, False]
    assert frame["steps_to_0.95"].tolist()[1] == 1_170


def test_a_last_line_that_was_cut_off_is_left_out(table):
    table.write_text(table.read_text()[:-20])
    assert trials.read(table).trials == (FALLING,)


@pytest.mark.parametrize(
    ("place", "text", "said"),
    [
        (1, "not JSON", "line 1"),
        (1, '{"batch_size": 3}', "line 1"),
        (2, '{"batch_size": "many"}', "line 2, batch_size"),
        (3, "", "line 3"),
    ],
)
def test_a_damaged_line_is_named(table, place, text, said):
    lines = table.read_text().splitlines()
    lines[place - 1] = text
    table.write_text("\n".join([*lines, ""]))
    assert said in refusal(lambda: trials.read(table), str(table))


def test_a_table_that_is_not_there_is_refused(tmp_path):
    refusal(lambda: trials.read(tmp_path / "none.jsonl"), "none.jsonl")


def test_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
    assert "it is not text" in refusal(lambda: trials.read(tmp_path / "binary.jsonl"), "binary.jsonl")
