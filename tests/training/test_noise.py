"""Estimates of the noise scale, compared with gradients of single images that NumPy computes."""

import functools

import keras
import numpy as np
import pytest

from lab6.errors import OptionError
from lab6.training import network, noise
from lab6.training.datasets import Dataset, Images
from lab6.training.engines import Norms, available, engine_class
from lab6.training.engines.engine import Task
from lab6.training.framework import backend

BACKEND = keras.backend.backend()
pytestmark = pytest.mark.skipif("compiled" not in available(BACKEND), reason="not on this backend")

IMAGES = 8


def linear(seed: int) -> keras.Model:
    """A linear softmax classifier without biases."""
    weights = network.GlorotUniform((seed, 0, 0))
    return keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, use_bias=False, kernel_initializer=weights)])


def made(dataset: Dataset, build=linear, optimizer=keras.optimizers.SGD):
    """An engine at the start from seed 3."""
    task = Task(build, optimizer, dataset, 4, over_epochs=True)
    engine = engine_class("compiled", BACKEND)(task)
    engine.begin(3, 0.1, None)
    return engine


def few(digits: Dataset, pixels=None) -> Dataset:
    """The first images, and labels that all differ from their neighbours'."""
    training = digits.training
    pixels = training.pixels[:IMAGES] if pixels is None else pixels
    return Dataset("few", "", "for tests", Images(pixels, training.labels[:IMAGES]), digits.test)


def of_each_image(engine) -> np.ndarray:
    """The gradient of each image's loss, (images, parameters): of the weights it is pixel x (probability - label)."""
    [weights] = (np.array(backend.to_numpy(each.value), np.float64) for each in engine.model.trainable_variables)
    inputs = engine.training.inputs.astype(np.float64)
    powers = np.exp(inputs @ weights)
    errors = powers / powers.sum(axis=1, keepdims=True) - np.eye(10)[engine.training.targets]
    return (inputs[:, :, None] * errors[:, None, :]).reshape(len(inputs), -1)


def truth(engine) -> tuple[float, float]:
    """|G|^2 and the trace of the covariance over all training images."""
    each = of_each_image(engine)
    return float(np.square(each.mean(axis=0)).sum()), float(each.var(axis=0).sum())


def test_the_norms_are_those_of_the_mean_gradients_of_single_images(digits):
    engine = made(few(digits))
    each = of_each_image(engine)
    minibatches = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 7], [0, 0, 2]], np.int32)
    found = engine.norms(minibatches)
    small = [np.square(each[images].mean(axis=0)).sum() for images in minibatches]
    assert found.small == pytest.approx(np.mean(small), rel=1e-4)
    assert found.big == pytest.approx(np.square(each[minibatches.ravel()].mean(axis=0)).sum(), rel=1e-4)


def test_on_average_both_estimates_are_the_true_numbers(digits):
    """Over all pairs of images, which are all minibatches of two small ones of one image."""
    engine = made(few(digits))
    each = of_each_image(engine)
    pairs = [(each[one], each[two]) for one in range(IMAGES) for two in range(IMAGES)]
    norms = [
        Norms((np.square(one).sum() + np.square(two).sum()) / 2, np.square((one + two) / 2).sum(), 0)
        for one, two in pairs
    ]
    means = np.mean([noise.estimates(pair, 1, 2) for pair in norms], axis=0)
    assert means == pytest.approx(truth(engine))


def test_a_measurement_is_close_to_the_true_numbers(digits):
    engine = made(few(digits))
    found = noise.measure(engine, 0, small=4, count=4_000)
    assert (found.gradient, found.noise) == pytest.approx(truth(engine), rel=0.05)
    assert (found.images, found.steps, found.seed) == (0, 0, 3)


def test_equal_images_have_no_noise(digits):
    first = Images(np.repeat(digits.training.pixels[:1], IMAGES, axis=0), np.repeat(digits.training.labels[:1], IMAGES))
    engine = made(Dataset("equal", "", "for tests", first, digits.test))
    found = noise.measure(engine, 0)
    assert found.gradient > 0.1
    assert abs(found.noise / found.gradient) < 1e-3


def test_a_scaled_loss_gives_the_same(digits):
    plain, scaled = (
        noise.measure(made(few(digits), optimizer=functools.partial(keras.optimizers.SGD, loss_scale_factor=factor)), 0)
        for factor in (None, 256.0)
    )
    assert (scaled.gradient, scaled.noise) == pytest.approx((plain.gradient, plain.noise), rel=1e-4)


def dropping(seed: int) -> keras.Model:
    """A network that carries moving means and the state of a random layer."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    return keras.Sequential([keras.Input((784,)), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(10)])


@pytest.mark.parametrize("build", [network.build, dropping])
def test_measuring_changes_nothing_that_is_trained(small, build):
    def trained(*checkpoints: int) -> list[np.ndarray]:
        engine = made(small, build)
        for step in checkpoints:
            noise.measure(engine, step, count=2)
        engine.run(3, 3, lambda *_: False)
        return [np.array(backend.to_numpy(each.value)) for each in engine.model.variables]

    for ours, theirs in zip(trained(0, 1), trained(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_checkpoints_double_from_the_first_step_and_end_with_the_last():
    assert noise.checkpoints(1) == [0, 1]
    assert noise.checkpoints(20) == [0, 1, 2, 4, 8, 20]
    assert noise.checkpoints(5_625) == [0, *(2**power for power in range(13)), 5_625]


def test_training_goes_on_between_checkpoints_over_epochs(small):
    """150 minibatches of 4 are an epoch of 600 images."""
    told = []
    found = list(noise.along(made(small, network.build), 1, 0.05, 400, told.append))
    assert told == [each.steps for each in found] == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 400]
    assert found[-1].images == 1_600
    assert found[-1].training_loss < found[0].training_loss / 2
    assert found[-1].test_accuracy > 0.6
    assert all(each.noise > 0 for each in found)


def test_training_that_diverges_is_refused_by_what_to_change(small):
    with pytest.raises(OptionError, match="no longer finite after .* smaller --learning-rate"):
        list(noise.along(made(small, network.build), 0, 1e30, 20, lambda step: None))


def test_layers_with_which_it_means_something_else_are_named():
    assert noise.warnings(network.build(0)) == []
    one, two = noise.warnings(dropping(0))
    assert "Batch normalisation" in one
    assert "Dropout" in two
