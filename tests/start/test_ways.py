import math

import pytest

from lab6.start.ways import side_by_side
from tests import saved
from tests.small import summarised

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
