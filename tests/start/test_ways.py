import math

import pytest

from lab6.start import tables
from lab6.start.ways import side_by_side
from tests import samples, saved
from tests.small import summarised
from tests.start.test_tables import shown

SIZES = {10: ([4.0, 5.0], [0.9, 0.8]), 100: ([1.0, 1.2], [0.7, 0.6])}


def found(*runs):
    return list(side_by_side(summarised(*runs)))


def engines(*names, machine=None, **fields):
    return [saved.run(SIZES, machine, engine=name, **fields) for name in names]


def test_two_ways_are_not_worth_a_table():
    assert found(*engines("compiled", "fit")) == []


def test_three_ways_have_their_epochs_and_accuracies_beside_each_other():
    (ways,) = found(*engines("compiled", "fit"), saved.run({10: ([7.0, 8.0], [0.5, 0.5])}, engine="tape"))
    assert ways.setup == "here"
    assert ways.seconds.index.tolist() == ways.accuracies.index.tolist() == [10, 100]
    assert ways.seconds.columns.tolist() == ways.accuracies.columns.tolist() == ["compiled", "fit", "tape"]
    assert ways.seconds.loc[10].tolist() == pytest.approx([20**0.5, 20**0.5, 56**0.5])
    assert ways.accuracies.loc[10].tolist() == pytest.approx([0.85, 0.85, 0.5])
    assert math.isnan(ways.seconds.loc[100, "tape"])


def test_one_engine_with_three_backends_is_three_ways():
    (ways,) = found(*(saved.run(SIZES, backend=backend) for backend in ("tensorflow", "jax", "torch")))
    assert ways.seconds.columns.tolist() == ["compiled (TensorFlow)", "compiled (JAX)", "compiled (PyTorch)"]


def test_each_device_has_its_own_limit_that_of_the_highest_ceilings_that_any_way_found():
    limits = {"compiled": 0.5, "fit": 0.4, "tape": None}
    runs = [saved.run(SIZES, engine=engine, limit_seconds=limit) for engine, limit in limits.items()]
    (ways,) = found(*runs)
    assert ways.seconds.columns[-1] == "limit"
    assert ways.seconds["limit"].tolist() == [0.4, 0.4]
    (ways,) = found(*runs, *engines("compiled", device="gpu:0", limit_seconds=0.1))
    assert ways.seconds.columns.tolist()[-2:] == ["limit on cpu", "limit on gpu:0"]
    assert ways.seconds.loc[10].tolist()[-2:] == [0.4, 0.1]


def test_only_machines_with_three_ways_are_shown():
    here = engines("compiled", "fit", "tape")
    there = engines("compiled", "fit", machine={"label": "there"})
    assert [ways.setup for ways in found(*there, *here)] == ["here"]


def test_nine_ways_stand_side_by_side_with_the_limit():
    epochs, accuracies = tables.side_by_side(samples.found(*samples.ways(limit_seconds=0.05)).answer)
    assert (epochs.title, accuracies.title) == ("Side by side: epoch (s)", "Side by side: test accuracy")
    rows = shown(epochs)
    assert [row["minibatch size"] for row in rows] == ["1", "10", "100", "1,000", "60,000"]
    names = ["compiled (TensorFlow)", "fit (TensorFlow)", "tape (TensorFlow)", "compiled (JAX)", "fit (JAX)"]
    names += ["jax-scan", "fit (PyTorch)", "torch-eager", "torch-compile"]
    assert list(rows[1]) == ["minibatch size", *names, "limit"]
    assert list(rows[1].values()) == ["10", "0.3", "0.6", "0.9", "1.2", "1.5", "1.8", "2.1", "2.4", "2.7", "0.05"]
    assert shown(accuracies)[1]["jax-scan"] == "0.964"
    assert "limit" not in shown(accuracies)[1]


def test_turned_round_they_have_a_row_each_and_six_sizes_at_most():
    epochs, accuracies = tables.side_by_side_turned(samples.found(*samples.ways(limit_seconds=0.05)).answer)
    sizes = {"1": "8.4", "10": "1.2", "100": "0.48", "1,000": "0.408", "60,000": "0.4"}
    assert shown(epochs)[3] == {"way": "compiled (JAX)"} | sizes
    assert [row["way"] for row in shown(epochs)][-1] == "limit"
    assert len(shown(accuracies)) == 9
    sizes = {size: ([1.0, 1.0], [0.9, 0.9]) for size in range(1, 9)}
    eight = samples.found(*(saved.run(sizes, engine=engine) for engine in ("compiled", "fit", "tape"))).answer
    parts = [list(shown(part)[0]) for part in tables.side_by_side_turned(eight)]
    assert parts == [["way", *"123456"], ["way", *"78"]] * 2


def test_of_many_machines_only_the_headline_s_has_its_ways_side_by_side():
    answer = samples.numbered(7, ("compiled", "fit", "tape"), batch_sizes=[10, 100]).answer
    assert {table.title for table in tables.side_by_side(answer)} == {
        f"Side by side on {answer.headline.setup}: {what}" for what in ("epoch (s)", "test accuracy")
    }
