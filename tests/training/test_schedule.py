"""The learning rate that each run sets."""

import keras
import numpy as np
import pytest

from lab6.errors import OptionError
from lab6.training.schedule import Schedule


def test_it_falls_like_keras_own_or_is_constant():
    schedule = Schedule(keras.optimizers.SGD(0.5))
    usual = keras.optimizers.schedules.PolynomialDecay(0.4, 10, end_learning_rate=0)
    schedule.set(0.4, 10)
    for step in range(13):
        assert float(schedule(step)) == pytest.approx(float(usual(step)), abs=1e-7)
    schedule.set(0.4, None)
    assert [float(schedule(step)) for step in (0, 5, 10_000)] == pytest.approx([0.4] * 3)


def test_an_optimizer_follows_it_and_keeps_its_numbers_among_its_variables():
    optimizer = keras.optimizers.SGD(0.5)
    schedule = Schedule(optimizer)
    variable = keras.Variable(np.zeros(1, np.float32))
    optimizer.build([variable])
    schedule.set(1.0, 2)
    for expected in (-1.0, -1.5, -1.5):
        optimizer.apply([np.ones(1, np.float32)], [variable])
        assert float(variable.numpy()[0]) == pytest.approx(expected)
    assert {"rate", "decay"} <= {each.name for each in optimizer.variables}


def test_an_optimizer_with_a_schedule_of_its_own_is_refused():
    own = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10))
    for optimizer in (own, keras.optimizers.LossScaleOptimizer(own)):
        with pytest.raises(OptionError, match="schedule of learning rates"):
            Schedule(optimizer)


def test_an_optimizer_that_scales_the_loss_follows_it():
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5), initial_scale=1.0)
    schedule = Schedule(optimizer)
    variable = keras.Variable(np.zeros(1, np.float32))
    optimizer.build([variable])
    schedule.set(0.25, None)
    optimizer.apply([np.ones(1, np.float32)], [variable])
    assert float(variable.numpy()[0]) == pytest.approx(-0.25)
