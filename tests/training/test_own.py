import keras
import numpy as np
import pytest
from keras import layers, optimizers

from lab6.errors import OptionError
from lab6.place import Place
from lab6.training import own
from tests.training.engines.own_networks import DIGESTED, Halving, Noisy, Subclassed, built, convolutional, digests

MODULE = """
import keras

keras.config  # it can be used here

def model():
    return keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])

kept = model()

def same():
    return kept

def nothing():
    pass

def optimizer():
    return keras.optimizers.SGD(0.5)

used = optimizer()
used.build(kept.trainable_variables)

def used_one():
    return used
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "own.py").write_text(MODULE)
    return lambda name: Place(str(tmp_path / "own.py"), name)


def test_a_seed_decides_the_initial_parameters(place):
    build = own.builder(place("model"))
    one, again, other = (build(seed).get_weights()[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.any(one != other)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nothing", "own.py:nothing returned None instead of a Keras model: let it return one."),
        ("optimizer", "own.py:optimizer returned a SGD instead of a Keras model: let it return one."),
        ("same", "own.py:same returned the same model again: let it make a new one at each call."),
    ],
)
def test_what_is_no_new_model_is_refused(place, name, sentence):
    build = own.builder(place(name))
    with pytest.raises(OptionError) as caught:
        _kept = [build(seed) for seed in (0, 1)]
    assert str(caught.value) == sentence


def test_an_optimizer_is_made_by_name_or_at_its_place(place):
    assert own.learning_rate(own.optimizer_maker("rmsprop", None)()) == 0.001
    assert own.learning_rate(own.optimizer_maker("adamw", 0.02)()) == 0.02
    assert own.learning_rate(own.optimizer_maker(place("optimizer"), None)()) == 0.5
    for name, sentence in {
        "model": "own.py:model returned a Sequential instead of a Keras optimizer: let it return one.",
        "used_one": "own.py:used_one returned an optimizer that is in use: let it make a new one at each call.",
    }.items():
        with pytest.raises(OptionError) as caught:
            own.optimizer_maker(place(name), None)()
        assert str(caught.value) == sentence


@pytest.mark.parametrize("name", ["optimizer", "nadamw", "keras"])
def test_a_name_that_keras_does_not_have_is_refused(name):
    with pytest.raises(OptionError, match=f"--optimizer: '{name}' is not in Keras .*; give one of adadelta, "):
        own.optimizer_maker(name, None)()


@pytest.mark.parametrize(
    ("optimizer", "rate"),
    [
        (lambda: optimizers.SGD(Halving(0.1)), None),
        (lambda: optimizers.SGD(lambda: 0.1), None),
        (lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.3)), 0.3),
    ],
)
def test_the_learning_rate_is_missing_if_a_schedule_decides_it(optimizer, rate):
    assert own.learning_rate(optimizer()) == rate


def test_a_digest_is_the_same_for_another_seed_and_other_numbers_of_layers():
    first = digests(seed=0)
    assert digests(seed=5) == first
    assert len(set(first.values())) == len(DIGESTED)
    assert own.digest(convolutional(name="another")) == first["convolutional"]
    optimizer = DIGESTED["decay"]()
    optimizer.build(convolutional().trainable_variables)
    assert own.digest(optimizer) == first["decay"]


class Configured(Subclassed):
    def get_config(self):
        return {"rate": 0.3}


class Refusing(layers.Dense):
    def __init__(self, units, slope):
        super().__init__(units)
        self.slope = slope

    def get_config(self):
        raise RuntimeError("not today")


def with_layer(layer):
    return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layer, layers.Dense(10)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: convolutional(), lambda: convolutional(width=5)),
        (lambda: convolutional(), lambda: convolutional(relu="gelu")),
        (lambda: convolutional(), lambda: convolutional(dropout=0.4)),
        (lambda: with_layer(layers.Dense(5)), lambda: with_layer(layers.Dense(5, kernel_initializer="he_normal"))),
        (lambda: with_layer(layers.Dense(5)), lambda: with_layer(layers.Dense(5, trainable=False))),
        (lambda: with_layer(layers.Dropout(0)), lambda: with_layer(layers.Activation("linear"))),
        (lambda: with_layer(Noisy()), lambda: with_layer(layers.Activation("linear"))),
        (lambda: with_layer(Refusing(5, 1)), lambda: with_layer(Refusing(5, 2))),
        (lambda: built(Subclassed(0.3)), lambda: built(Subclassed(0.4))),
        (lambda: built(Configured(0.3)), lambda: built(Configured(0.4))),
        (lambda: optimizers.SGD(0.1), lambda: optimizers.SGD(0.1, momentum=0.9)),
        (lambda: optimizers.SGD(Halving(0.1)), lambda: optimizers.SGD(Halving(0.2))),
        (lambda: optimizers.SGD(Halving(0.1)), lambda: optimizers.SGD(Halving(0.1), momentum=0.9)),
    ],
)
def test_another_network_or_optimizer_has_another_digest(one, other):
    assert own.digest(one()) == own.digest(one()) != own.digest(other())
