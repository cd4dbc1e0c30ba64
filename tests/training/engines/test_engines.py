"""All engines learn the same."""

import functools
from importlib.util import find_spec

import keras
import numpy as np
import pytest

from lab6.training import network
from lab6.training.engines import NEEDED, available, engine_class, parts
from lab6.training.engines.engine import Engine, Task
from lab6.training.framework import backend

BACKEND = keras.backend.backend()
ENGINES = [name for name in available(BACKEND) if find_spec(NEEDED.get(name, "keras"))]
COMPILED = [name for name in ENGINES if name in ("compiled", "fit")]
ONE_BY_ONE = [name for name in ENGINES if name in ("compiled", "tape")]
ON_DEVICES = [name for name in ENGINES if name != "fused"]

needs_tape = pytest.mark.skipif("tape" not in ENGINES, reason="TensorFlow alone has tape")
needs_compiled = pytest.mark.skipif("compiled" not in ENGINES, reason="not on this backend")


def make(name: str, dataset, batch_size: int, build=network.build, optimizer=keras.optimizers.Adam) -> Engine:
    engine = engine_class(name, BACKEND)(Task(build, optimizer, dataset, batch_size))
    engine.prepare()
    return engine


def penalised(seed: int) -> keras.Model:
    """A network whose loss has a penalty."""
    initializer, penalty = network.GlorotUniform((seed, 0, 0)), keras.regularizers.L2(0.1)
    dense = keras.layers.Dense(10, kernel_initializer=initializer, kernel_regularizer=penalty)
    return keras.Sequential([keras.Input((784,)), dense])


def arrays(variables) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


@pytest.fixture(scope="module")
def prepared(small):
    """The engine for the lab's network, by name and minibatch size. Each is shared, since a reset restores it."""
    made = functools.cache(lambda name, batch_size, images: make(name, small.first(images), batch_size))
    return lambda name, batch_size, images=600: made(name, batch_size, images)


def run(engine: Engine, seed: int):
    """An epoch from ``seed``: its means, its test accuracy, and every parameter and optimizer variable."""
    engine.reset(seed)
    learned = engine.train_epoch()
    return learned, engine.evaluate(), arrays([*engine.model.variables, *engine.optimizer.variables])


@needs_tape
@pytest.mark.parametrize(("batch_size", "images"), [(1, 50), (64, 600), (100, 600), (599, 600), (600, 600)])
def test_compiled_and_tape_learn_the_same(prepared, batch_size, images):
    """The same weights from the same images in the same order, within the rounding of float32."""
    (one, one_accuracy, one_variables), (two, two_accuracy, two_variables) = (
        run(prepared(name, batch_size, images), seed=3) for name in ("compiled", "tape")
    )
    assert one.loss == pytest.approx(two.loss, rel=1e-5)
    assert one.accuracy == pytest.approx(two.accuracy, abs=1.5 / images)
    assert one_accuracy == pytest.approx(two_accuracy, abs=1.5 / 500)
    for ours, theirs in zip(one_variables, two_variables, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)


@needs_compiled
@pytest.mark.parametrize("batch_size", [600, 320])
def test_a_minibatch_in_parts_learns_what_a_whole_one_learns(small, batch_size, monkeypatch):
    """600 images are three full parts and a remainder, 320 are two parts without one."""
    whole = run(make("compiled", small, batch_size, penalised), seed=3)
    monkeypatch.setattr(parts, "IMAGES", 160)
    in_parts = run(make("compiled", small, batch_size, penalised), seed=3)
    assert in_parts[0].loss == pytest.approx(whole[0].loss, rel=1e-5)
    assert in_parts[0].accuracy == pytest.approx(whole[0].accuracy, abs=1.5 / 600)
    for ours, theirs in zip(in_parts[2], whole[2], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)


@needs_compiled
@pytest.mark.parametrize("batch_size", [600, 599, 100])
def test_fit_learns_what_compiled_learns(prepared, batch_size):
    """With one step the order does not matter, so they agree closely; with more, within the seeds' spread."""
    learned = [[run(prepared(name, batch_size), seed)[0] for seed in range(4)] for name in ("fit", "compiled")]
    for key in ("loss", "accuracy"):
        fit, compiled = ([getattr(each, key) for each in means] for means in learned)
        if batch_size == 600:
            assert fit == pytest.approx(compiled, rel=1e-5)
        spread = np.std(fit, ddof=1) + np.std(compiled, ddof=1)
        assert np.mean(fit) == pytest.approx(np.mean(compiled), abs=2 * spread + 1e-5)


@pytest.mark.parametrize("batch_size", [64, 600])
@pytest.mark.parametrize("name", ENGINES)
def test_a_round_is_bit_equal_whatever_ran_before_it(prepared, small, name, batch_size):
    fresh = run(make(name, small, batch_size), seed=5)
    engine = prepared(name, batch_size)
    run(engine, seed=9)
    engine.train_epoch()  # without a reset, to move everything away from the start
    again = run(engine, seed=5)
    assert again[:2] == fresh[:2]
    for one, other in zip(again[2], fresh[2], strict=True):
        np.testing.assert_array_equal(one, other)
    assert run(engine, seed=6)[0] != fresh[0]


@pytest.mark.parametrize("name", ENGINES)
def test_a_reset_restores_weights_slots_and_step_counter(prepared, name):
    engine = prepared(name, 100)
    run(engine, seed=1)
    engine.reset(2)
    for variable, start in zip(arrays(engine.model.variables), arrays(network.build(2).variables), strict=True):
        np.testing.assert_array_equal(variable, start)
    assert int(engine.optimizer.iterations) == 0
    slots = [array for array in arrays(engine.optimizer.variables) if array.shape == (784, 128)]
    assert len(slots) == 2
    assert not any(np.any(slot) for slot in slots)


@pytest.mark.parametrize("batch_size", [64, 100, 599])
@pytest.mark.parametrize("name", ENGINES)
def test_the_last_smaller_minibatch_is_trained_too(prepared, name, batch_size):
    engine = prepared(name, batch_size)
    engine.reset(0)
    engine.train_epoch()
    engine.evaluate()  # fused tells the Keras optimizer then
    assert engine.steps == int(np.ceil(600 / batch_size))
    assert int(engine.optimizer.iterations) == engine.steps


class Counting(keras.layers.Layer):
    """Counts how often Python runs it: once for each tracing of a compiled engine."""

    runs = 0

    def call(self, inputs):
        Counting.runs += 1
        return inputs


@pytest.mark.parametrize("name", COMPILED)
def test_nothing_is_traced_again_after_preparing(small, name):
    def build(seed: int) -> keras.Model:
        return keras.Sequential([keras.Input((784,)), *network.build(seed).layers, Counting()])

    engine = make(name, small, 64, build)
    if not engine.compiles:
        pytest.skip("runs every operation from Python")
    for seed in (1, 2):
        engine.reset(seed)  # builds a model, which runs the layer
        before = Counting.runs
        engine.train_epoch()
        engine.train(2)
        assert Counting.runs == before


@pytest.mark.parametrize("name", ON_DEVICES)
def test_an_epoch_ends_only_when_the_device_has_finished(prepared, name, monkeypatch):
    engine = prepared(name, 100)
    engine.reset(0)
    synchronised = []
    monkeypatch.setattr(backend, "synchronise", lambda: synchronised.append(True))
    engine.train_epoch()
    assert synchronised == [True]
    engine.reset(1)
    assert synchronised == [True, True]


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_penalties_of_layers_are_part_of_the_loss(small, name):
    """With a single step, the engine's weights are those of ``fit``, which adds such penalties too."""

    def optimizer():
        return keras.optimizers.SGD(0.5)

    ours, theirs = (run(make(each, small, 600, penalised, optimizer), seed=1)[2] for each in (name, "fit"))
    np.testing.assert_allclose(ours[0], theirs[0], atol=1e-6)


@needs_tape
def test_the_order_is_a_permutation_that_only_the_seed_decides(prepared):
    one, other = prepared("compiled", 600), prepared("tape", 100)
    for engine in (one, other):
        engine.reset(4)
    np.testing.assert_array_equal(one.order(), other.order())
    np.testing.assert_array_equal(np.sort(one.order()), np.arange(600))
    assert one.order().dtype == np.int32
    one.reset(5)
    assert np.any(one.order() != other.order())


@pytest.mark.parametrize("name", ENGINES)
def test_training_accuracy_is_of_answers_before_each_update(prepared, small, name):
    """With one minibatch of all images, that is the accuracy of the untrained network."""
    engine = prepared(name, 600)
    engine.reset(1)
    logits = keras.ops.convert_to_numpy(engine.model(engine.training.inputs))
    learned = engine.train_epoch()
    assert learned.accuracy == pytest.approx(np.mean(logits.argmax(axis=1) == small.training.labels), abs=1e-6)


@pytest.mark.parametrize("name", ENGINES)
def test_test_accuracy_is_of_all_test_images_after_the_epoch(prepared, small, name):
    engine = prepared(name, 7)
    _, accuracy, _ = run(engine, seed=0)
    logits = keras.ops.convert_to_numpy(engine.model(engine.test.inputs))
    assert accuracy == np.mean(logits.argmax(axis=1) == small.test.labels)
    assert accuracy > 0.6


def build_another(seed: int) -> keras.Model:
    """A model with what the lab's model does not have: convolution, batch statistics, dropout, and two branches."""
    inputs = keras.Input((784,))
    images = keras.layers.Reshape((28, 28, 1))(inputs)
    maps = keras.layers.Conv2D(4, 5, strides=4, kernel_initializer=keras.initializers.HeNormal(seed))(images)
    maps = keras.layers.BatchNormalization()(maps)
    features = keras.layers.Flatten()(keras.layers.Activation("relu")(maps))
    features = keras.layers.Dropout(0.1, seed=seed)(features)
    dense = network.GlorotUniform((seed, 0, 1)), network.GlorotUniform((seed, 0, 2))
    one = keras.layers.Dense(10, kernel_initializer=dense[0])(features)
    two = keras.layers.Dense(10, kernel_initializer=dense[1])(inputs)
    return keras.Model(inputs, keras.layers.Add()([one, two]))


@needs_compiled
def test_any_keras_model_and_optimizer_can_be_compiled(small):
    def optimizer():
        return keras.optimizers.SGD(0.1, momentum=0.9)

    engine = make("compiled", small, 32, build_another, optimizer)
    first = run(engine, seed=0)
    again = run(engine, seed=0)
    assert first[:2] == again[:2]
    assert first[1] > 0.5
    statistics = engine.model.get_layer(index=3).moving_mean
    assert np.any(keras.ops.convert_to_numpy(statistics))


@needs_compiled
def test_real_mnist_is_learned_to_its_known_accuracy(mnist_folder):
    from lab6.training.datasets import load

    engine = make("compiled", load("mnist", mnist_folder), 100)
    learned, accuracy, _ = run(engine, seed=0)
    assert 0.89 < learned.accuracy < 0.92
    assert 0.935 < accuracy < 0.96
