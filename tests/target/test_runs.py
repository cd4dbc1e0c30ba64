import numpy as np
import pytest

from lab6.store.summary import summarise
from lab6.target import tables
from lab6.target.answer import judge
from tests import saved
from tests.small import rounds
from tests.target.tried import table

EPOCHS = {10: ([4.1] * 3, [0.9] * 3), 100: ([1.0] * 3, [0.9] * 3)}
GOAL = {"target": 0.97, "evaluated_every": 10}


def beside(*runs):
    """What is found of runs beside the epochs of one machine."""
    frame = rounds(saved.run(EPOCHS), *runs)
    summary = summarise(frame)
    return judge(table(), summary, runs=frame[frame["target"].notna()])


def run(size, seconds, accuracies, rate, falls=None, **fields):
    more = {} if falls is None else {"decay_steps": falls}
    return saved.run({size: (seconds, accuracies)}, learning_rate=rate, **GOAL, **more, **fields)


def test_each_setting_has_the_median_of_the_runs_that_reached_the_target_beside_what_was_predicted():
    found = beside(run(100, [1.1, 1.2, 9.0, 1.4], [0.97, 0.98, 0.96, 0.97], 0.004)).runs
    (row,) = found.to_dict("records")
    assert (row["setup"], row["method"], row["batch_size"]) == ("here", "compiled", 100)
    assert (row["runs"], row["reached"]) == (4, 3)
    assert (row["seconds"], row["seconds_least"], row["seconds_most"]) == (1.2, 1.1, 1.4)
    assert row["predicted"] == pytest.approx(600 * 1.0 / 600)
    assert row["off"] == pytest.approx(0.2)


def test_settings_are_kept_apart_and_one_that_was_not_tried_has_no_prediction():
    found = beside(run(10, [2.0], [0.97], 0.002, 5_000), run(10, [3.0], [0.97], 0.002)).runs
    assert found["predicted"].tolist() == pytest.approx([3_000 * 4.1 / 6_000, np.nan], nan_ok=True)
    assert found["seconds"].tolist() == [2.0, 3.0]


def test_runs_of_a_way_without_epochs_are_shown_without_a_prediction():
    found = beside(run(10, [2.0], [0.97], 0.002, 5_000, engine="fit")).runs
    assert found["method"].tolist() == ["fit"]
    assert found["predicted"].isna().all()


def test_the_names_of_series_are_those_of_the_epochs_even_if_runs_alone_would_have_others():
    other = {"label": "here", "usable_cores": 64}
    found = beside(run(10, [2.0], [0.97], 0.002, 5_000), run(10, [1.0], [0.97], 0.002, 5_000, machine=other)).runs
    assert found["setup"].tolist() == ["here", "here (64 cores)"]


def test_the_table_shows_measured_and_predicted():
    shown = tables.runs(beside(run(100, [1.1, 1.2, 9.0, 1.4], [0.97, 0.98, 0.96, 0.97], 0.004)))
    (cells,) = [[cell.text for cell in row] for row in shown.rows()]
    assert cells == ["97%", "100", "0.004", "-", "3 of 4", "1.2", "1.1-1.4", "1", "+20.0%"]
    assert tables.runs(beside()) is None
