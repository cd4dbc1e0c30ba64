"""``fit`` on TensorFlow learns on two devices what it learns on one; here two halves of a CPU stand for two GPUs."""

import json
import os
import subprocess
import sys

import pytest

from tests.training.engines.joined import ROOT, assert_all_learned

CODE = """
import tensorflow as tf
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], halves)  # before it is used
from tests.training.engines import mirrored
mirrored.main()
"""


@pytest.fixture(scope="module")
def found():
    command = [sys.executable, "-c", CODE]
    environment = os.environ | {"KERAS_BACKEND": "tensorflow"}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr[-3000:]
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("batch_size", ["240", "100", "2"])
def test_two_devices_learn_what_one_learns(found, batch_size):
    """In one step; with a smaller last minibatch; with one image for each device."""
    one, two = found[batch_size]
    assert_all_learned([two], one)


def test_fewer_gpus_than_workers_are_refused(found):
    assert found["few"] == (
        "--workers: 2 workers need as many GPUs, cpu:1 and the next ones, but TensorFlow sees 2 in all; give smaller "
        "numbers."
    )


def test_layers_that_would_differ_between_gpus_are_refused(found):
    assert "without dropout and batch normalisation: set KERAS_BACKEND to jax" in found["dropout"]
