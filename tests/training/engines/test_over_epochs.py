"""Runs over several epochs: any engine counts the same steps."""

import functools
from collections.abc import Sequence

import keras
import numpy as np
import pytest

from lab6.measure.target import Goal, train_to
from lab6.training import network
from lab6.training.engines import engine_class
from lab6.training.engines.engine import Engine, Task
from tests.training.engines.test_engines import BACKEND, ENGINES, arrays, make

ONE_BY_ONE = [name for name in ENGINES if name != "fit"]


@pytest.fixture(scope="module")
def engines(small):
    """An engine that goes on over epochs, by its name and minibatch size; shared, since each run begins anew."""

    @functools.cache
    def make(name: str, batch_size: int = 70, optimizer: type = keras.optimizers.Adam) -> Engine:
        engine = engine_class(name, BACKEND)(Task(network.build, optimizer, small, batch_size, over_epochs=True))
        engine.prepare()
        return engine

    return make


def course(engine: Engine, rate: float, decay: int | None, steps: int = 40, every: int = 4) -> list[tuple[int, float]]:
    """The steps and the test accuracy at each pause."""
    seen: list[tuple[int, float]] = []

    def pause(done, learned) -> bool:
        seen.append((done, engine.evaluate()))
        return False

    engine.begin(2, rate, decay)
    engine.run(steps, every, pause)
    return seen


def parameters(engine: Engine) -> Sequence[np.ndarray]:
    engine.evaluate()  # fused gives its parameters back then
    return arrays(engine.model.trainable_variables)


@pytest.mark.skipif("tape" not in ENGINES, reason="TensorFlow alone has tape")
@pytest.mark.parametrize("optimizer", [keras.optimizers.Adam, keras.optimizers.SGD])
@pytest.mark.parametrize(("rate", "decay"), [(0.01, None), (0.02, 35)])
@pytest.mark.parametrize("name", [name for name in ONE_BY_ONE if name != "tape"])
def test_engines_learn_the_same_over_epochs(engines, name, rate, decay, optimizer):
    """Five epochs of 600 images, whose minibatches of 70 begin in one epoch and end in the next."""
    one, other = (engines(each, optimizer=optimizer) for each in ("tape", name))
    theirs, ours = (course(each, rate, decay) for each in (one, other))
    assert [steps for steps, _ in ours] == [steps for steps, _ in theirs] == list(range(4, 41, 4))
    assert [accuracy for _, accuracy in ours] == pytest.approx([accuracy for _, accuracy in theirs], abs=2.5 / 500)
    for mine, reference in zip(parameters(other), parameters(one), strict=True):
        np.testing.assert_allclose(mine, reference, rtol=0, atol=2e-3)


@pytest.mark.skipif("tape" not in ENGINES, reason="TensorFlow alone has tape")
@pytest.mark.parametrize("decay", [None, 60])
@pytest.mark.parametrize("name", [name for name in ONE_BY_ONE if name != "tape"])
def test_engines_count_the_same_steps_to_a_target(engines, name, decay):
    """Up to one evaluation, since a test accuracy can differ by an image."""
    goal = Goal((0.5, 0.6), 0.01, decay, every=4, steps=60)
    theirs, ours = (train_to(engines(each), goal, seed=2).reached for each in ("tape", name))
    assert list(theirs) == [0.5, 0.6]
    assert ours == pytest.approx(theirs, abs=goal.every)


@pytest.mark.parametrize("name", ENGINES)
def test_a_run_depends_on_its_seed_and_rates_alone(engines, name):
    engine = engines(name)
    first = course(engine, 0.01, None)
    other = course(engine, 0.001, 12)
    assert course(engine, 0.01, None) == first
    assert other != first


@pytest.mark.parametrize("name", ENGINES)
def test_nothing_is_learned_once_the_rate_is_zero(engines, name):
    engine = engines(name)
    seen = course(engine, 0.01, 12)
    assert len({accuracy for steps, accuracy in seen if steps >= 12}) == 1
    assert seen[0][1] != seen[2][1]


@pytest.mark.parametrize("name", ENGINES)
def test_a_pause_can_end_a_run(engines, name):
    engine = engines(name)
    engine.begin(0, 0.01, None)
    seen = []
    engine.run(40, 4, lambda done, learned: bool(seen.append(done)) or done >= 8)
    assert seen == [4, 8]


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_the_first_epoch_is_that_of_an_epochs_benchmark(engines, small, name):
    """As far as its minibatches are whole."""
    epoch = make(name, small, 60)
    epoch.reset(2)
    epoch.train_epoch()
    over = engines(name, 60)
    course(over, 0.001, None, steps=10, every=5)
    for mine, reference in zip(parameters(over), parameters(epoch), strict=True):
        np.testing.assert_allclose(mine, reference, rtol=0, atol=1e-5)
