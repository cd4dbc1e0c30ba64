import importlib.util
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab6.limit import Cost, dense_cost
from lab6.training import network
from lab6.training.cost import cost
from lab6.training.framework import keras
from tests.training import counted

FIRST, SECOND = 2 * 26**2 * 9 * 32, 2 * 11**2 * 9 * 32 * 64
CONVNET = 2 * FIRST + 3 * SECOND + 3 * 2 * 1_600 * 10
"""Forward and backward; no gradient of the image. A kernel of 3 x 3 fits 26 x 26 times into 28 x 28."""

INSIDE = 6 * 3 - 2
"""Pairs of a place and one of 3 neighbours along a side of 6, without those outside."""

PADDED = 2 * 2 * INSIDE**2 * 2 * 4 + 3 * 2 * INSIDE**2 * 4 + 3 * 2 * 12**2 * 4 * 3 + 3 * 2 * 6**2 * 3 * 5
"""A stride of 2 makes 6 places of 12; transposed, each of 12 has one of 6."""

PROJECTIONS, PRODUCTS = 4 * 2 * 5 * 8 * 8, 2 * 2 * 2 * 5 * 5 * 4
ATTENTION = 3 * PROJECTIONS - 3 * 2 * 5 * 8 * 8 + 3 * PRODUCTS
"""Queries, keys, values and what comes out, each projected, and two products; no gradient of the inputs."""


@pytest.fixture(scope="module")
def costs():
    """What is counted on each backend that is installed; the others than TensorFlow have a process of their own."""
    others = [name for name in ("jax", "torch") if importlib.util.find_spec(name)]
    command = [sys.executable, "-m", "tests.training.counted"]
    root = Path(__file__).parents[2]

    def run(backend):
        return subprocess.run(
            command, env=os.environ | {"KERAS_BACKEND": backend}, cwd=root, capture_output=True, text=True, timeout=200
        )

    with ThreadPoolExecutor() as pool:
        done = pool.map(run, others)
        return {"tensorflow": counted.costs()} | dict(zip(others, done, strict=True))


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_every_backend_takes_the_operations_that_can_be_counted_by_hand(costs, backend):
    pytest.importorskip(backend)
    found = costs[backend]
    if backend != "tensorflow":
        assert (found.returncode, found.stderr) == (0, "")
        found = json.loads(found.stdout)
    assert Cost(**found["dense"]) == dense_cost((784, 128, 10), "adam")
    assert Cost(**found["convnet"]) == Cost(CONVNET, 784, 2 * 4 * 3 * 34_826)
    assert Cost(**found["normalised"]) == Cost(CONVNET, 784, 2 * 4 * 3 * (34_826 + 64))
    assert found["padded"]["image_flops"] == PADDED
    assert found["attention"]["image_flops"] == ATTENTION


def built(model, optimizer):
    optimizer.build(model.trainable_variables)
    return model, optimizer


def test_nothing_is_written_on_standard_error(capfd):
    assert cost(*built(counted.convnet(), keras.optimizers.Adam()), (28, 28, 1), 1)
    assert capfd.readouterr() == ("", "")


def test_frozen_parameters_and_plain_gradient_descent_move_less():
    model = network.build(0)
    model.layers[0].trainable = False
    small = cost(*built(model, keras.optimizers.Adam()), (784,), 4)
    assert small == Cost(image_flops=2 * 100_352 + 4 * 1_280, image_bytes=4 * 784, step_bytes=2 * 4 * 3 * 1_290)
    plain = cost(*built(network.build(0), keras.optimizers.SGD()), (784,), 1)
    assert plain == Cost(image_flops=409_088, image_bytes=784, step_bytes=0)
    momentum = cost(*built(network.build(0), keras.optimizers.SGD(momentum=0.9)), (784,), 1)
    assert momentum.step_bytes == 2 * 4 * 2 * 101_770


class Broken(keras.layers.Layer):
    def call(self, inputs, training=False):
        if training:
            raise RuntimeError("only for inference")
        return inputs


@pytest.mark.parametrize(
    ("layer", "optimizer"),
    [
        (keras.layers.Dense(3, dtype="mixed_float16"), keras.optimizers.Adam()),
        (keras.layers.Dense(3, dtype="float64"), keras.optimizers.Adam()),
        (keras.Sequential([keras.layers.Dense(3, dtype="mixed_bfloat16")]), keras.optimizers.Adam()),
        (keras.layers.LSTM(3), keras.optimizers.Adam()),
        (Broken(), keras.optimizers.Adam()),
        (keras.layers.Dense(3), keras.optimizers.Adam(gradient_accumulation_steps=2)),
    ],
    ids=["half precision", "double precision", "nested", "a loop on TensorFlow", "broken", "accumulated"],
)
def test_what_cannot_be_counted_is_missing(layer, optimizer):
    model = keras.Sequential([keras.Input((4, 5)), keras.layers.Dense(5), layer])
    assert cost(*built(model, optimizer), (4, 5), 1) is None
