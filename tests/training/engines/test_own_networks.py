"""One's own networks and optimizers learn the same on all engines, and a round of them can be repeated exactly."""

import importlib.util
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, optimizers

from lab6.errors import OptionError
from lab6.training import own
from lab6.training.engines import parts
from tests.training.engines import own_networks
from tests.training.engines.own_networks import Halving, Noisy, Penalised, answering, is_exact, made, run, sequence
from tests.training.engines.test_engines import ONE_BY_ONE, needs_tape

pytestmark = needs_tape

SMALL_STEPS = 130
"""A minibatch size that does not divide 600."""


def assert_alike(one, other, within=1e-4):
    """Two results of ``run`` are the same but for the rounding of float32."""
    assert one[0].loss == pytest.approx(other[0].loss, rel=max(1e-5, within / 10))
    assert one[0].accuracy == pytest.approx(other[0].accuracy, abs=1.5 / 600)
    assert one[1] == pytest.approx(other[1], abs=1.5 / 500)
    for ours, theirs in zip(one[2], other[2], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=within)


def momentum():
    return optimizers.SGD(0.05, momentum=0.9)


def plain_convolutional():
    return own_networks.convolutional(dropout=0)


def deep():
    return sequence(layers.Flatten(), *(layers.Dense(width, "relu") for width in (20, 16, 12)), layers.Dense(10))


@pytest.mark.parametrize(
    ("function", "within"),
    [
        (plain_convolutional, 1e-4),
        (deep, 1e-4),
        (own_networks.penalised, 1e-4),
        (own_networks.frozen, 1e-4),
        (own_networks.normalised, 1e-4),
        (own_networks.recurrent, 1e-4),
        (own_networks.residual, 1e-4),
        (own_networks.Subclassed, 1e-4),
        (own_networks.half, 1e-2),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_compiled_tape_and_fit_learn_the_same(small, function, within):
    """The first two in each step; ``fit`` with a single one, whose order does not matter."""
    compiled, tape = (made(name, small, function, momentum, SMALL_STEPS) for name in ONE_BY_ONE)
    assert_alike(run(compiled), run(tape), within)
    assert is_exact(compiled)
    fit, one_step = (made(name, small, function, momentum, 600) for name in ("fit", "tape"))
    assert_alike(run(fit), run(one_step), within)


def test_images_in_colour_are_learned_the_same(small):
    data = own_networks.coloured(small)
    compiled, tape = (made(name, data, own_networks.coloured_network, momentum, SMALL_STEPS) for name in ONE_BY_ONE)
    assert compiled.pixels.shape == (600, 32, 32, 3)
    assert_alike(run(compiled), run(tape))


def random():
    return sequence(layers.RandomFlip(), layers.Flatten(), layers.Dropout(0.3), Noisy(), layers.Dense(10))


def test_random_layers_are_repeated_exactly_and_learn_as_much_on_every_engine(small):
    """XLA has random numbers of its own."""
    losses = []
    for name in ("compiled", "tape", "fit"):
        engine = made(name, small, random, optimizers.Adam, 128)
        assert is_exact(engine)
        losses.append([run(engine, seed)[0].loss for seed in range(4)])
    spread = max(np.std(each, ddof=1) for each in losses)
    assert np.ptp(np.mean(losses, axis=1)) < 3 * spread


@pytest.mark.parametrize("name", [name for name in own.NAMES.split(", ") if hasattr(keras.optimizers, name.title())])
def test_every_optimizer_of_keras_is_reset_exactly(small, name):
    engine = made("compiled", small.first(200), answering(), own.optimizer_maker(name, None), 64)
    assert is_exact(engine)
    assert own.learning_rate(engine.optimizer) in (0.001, 0.01)


def scaled():
    return optimizers.LossScaleOptimizer(momentum(), initial_scale=1024.0, dynamic_growth_steps=2)


@pytest.mark.parametrize(
    "optimizer",
    [
        scaled,
        lambda: optimizers.Adam(Halving(0.01), loss_scale_factor=8.0, clipnorm=0.5),
        lambda: optimizers.AdamW(use_ema=True, gradient_accumulation_steps=2),
    ],
    ids=["scaled loss", "schedule", "averages"],
)
def test_settings_of_optimizers_are_followed_alike(small, optimizer):
    compiled, tape = (made(name, small, answering(), optimizer, 128) for name in ONE_BY_ONE)
    assert_alike(run(compiled), run(tape))
    assert is_exact(compiled)
    fit, one_step = (made(name, small, answering(), optimizer, 600) for name in ("fit", "tape"))
    assert_alike(run(fit), run(one_step))


@pytest.mark.parametrize(
    "last",
    [
        [layers.Softmax],
        [lambda: layers.Activation("softmax")],
        [lambda: layers.Activation("log_softmax")],
        [lambda: keras.Sequential([layers.Softmax(), layers.Flatten()])],
        [lambda: layers.Lambda(keras.ops.softmax, output_shape=(10,))],
    ],
    ids=["layer", "activation", "logarithms", "nested", "function"],
)
def test_probabilities_learn_what_logits_learn(small, last):
    logits, other = (made("tape", small, answering(*each), optimizers.SGD, 64) for each in ([], last))
    logarithms = getattr(getattr(other.model.layers[-1], "activation", None), "__name__", "") == "log_softmax"
    assert (logits.from_logits, other.from_logits) == (True, logarithms)
    assert_alike(run(logits), run(other))


@pytest.mark.parametrize(("layer", "split"), [(layers.LayerNormalization, True), (Noisy, False), (Penalised, False)])
def test_only_networks_whose_images_are_independent_for_sure_are_trained_in_parts(layer, split):
    model = sequence(layers.Flatten(), layer(), layers.Dense(10))
    assert (parts.split(3 * parts.IMAGES, "cpu", model)[0] > 0) is split
    assert parts.split(60_000, "cpu", own_networks.residual()) == (0, 60_000)


def test_an_operation_that_xla_does_not_know_is_named_and_the_kept_programs_stay(small, private_cache):
    def turning():
        return sequence(layers.RandomRotation(0.1), layers.Flatten(), layers.Dense(10))

    before = sorted(private_cache.glob("programs/*/*"))
    with pytest.raises(OptionError, match=r"do \(ImageProjectiveTransformV3\): choose --engines fit\.$"):
        made("compiled", small, turning, optimizers.Adam, 64)
    assert sorted(private_cache.glob("programs/*/*")) >= before
    assert is_exact(made("fit", small.first(130), turning, optimizers.Adam, 64))


def test_a_function_that_makes_another_network_each_time_is_refused(small):
    widths = iter(range(10, 20))
    engine = made("tape", small, lambda: sequence(layers.Flatten(), layers.Dense(next(widths))), optimizers.SGD, 600)
    with pytest.raises(OptionError, match="the network is another one each time"):
        engine.reset(0)


@pytest.fixture(scope="module")
def elsewhere(digits):
    """What processes with each other backend that is installed say, and one more with TensorFlow."""
    backends = [name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name)]
    command = [sys.executable, "-m", own_networks.__name__]
    root = Path(__file__).parents[3]

    def say(name):
        environment = os.environ | {"KERAS_BACKEND": name}
        return subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, timeout=200)

    with ThreadPoolExecutor() as pool:
        return dict(zip(backends, pool.map(say, backends), strict=True))


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_digests_are_the_same_in_every_process_and_on_every_backend(elsewhere, backend):
    pytest.importorskip(backend)
    assert elsewhere[backend].returncode == 0, elsewhere[backend].stderr
    assert json.loads(elsewhere[backend].stdout)[0] == own_networks.digests()


def test_jax_learns_as_much_with_compiled_as_with_fit(elsewhere):
    pytest.importorskip("jax")
    for exact, compiled, fit in json.loads(elsewhere["jax"].stdout)[1].values():
        assert exact
        assert compiled == pytest.approx(fit, rel=0.1)
