"""One training, whatever framework Keras runs on. Each other framework has a process of its own."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from lab6.training import network
from lab6.training.backends import BACKENDS
from lab6.training.engines import ENGINES, available, engine_class
from lab6.training.engines.engine import Task
from lab6.training.framework import keras

TRAINED = """
import json, sys
from lab6.training import datasets, network
from lab6.training.engines import engine_class
from lab6.training.engines.engine import Task
from lab6.training.framework import backend, keras
name, size = sys.argv[1], int(sys.argv[2])
dataset = datasets.load("digits").first(600)
task = Task(network.build, keras.optimizers.Adam, dataset, size)
engine = engine_class(name, keras.backend.backend())(task)
engine.prepare()
engine.reset(3)
start = [backend.to_numpy(each.value).tolist() for each in engine.model.variables]
learned = engine.train_epoch()
end = [backend.to_numpy(each.value).tolist() for each in engine.model.variables]
print(json.dumps([start, [learned.loss, learned.accuracy, engine.evaluate()], end, list(backend.threads())]))
"""
CASES = [(backend, name, size) for backend in BACKENDS for name in available(backend) for size in (600, 64)]


def trained(backend: str, name: str, size: int):
    environment = os.environ | {"KERAS_BACKEND": backend}
    command = [sys.executable, "-c", TRAINED, name, str(size)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("backend", "name", "size"), [case for case in CASES if case[0] != "tensorflow"])
def test_every_backend_starts_alike_and_learns_the_same(digits, backend, name, size):
    """With one step for all images the order, which Keras draws by itself in ``fit``, does not matter."""
    pytest.importorskip(backend)
    start, (loss, accuracy, test_accuracy), end, threads = trained(backend, name, size)
    task = Task(network.build, keras.optimizers.Adam, digits.first(600), size)
    engine = engine_class("compiled", "tensorflow")(task)
    engine.reset(3)
    for ours, theirs in zip(engine.model.get_weights(), start, strict=True):
        np.testing.assert_array_equal(ours, np.array(theirs, np.float32))
    learned = engine.train_epoch()
    exact = size == 600 or name == "compiled"
    assert loss == pytest.approx(learned.loss, rel=1e-5 if exact else 0.1)
    assert accuracy == pytest.approx(learned.accuracy, abs=1.5 / 600 if exact else 0.1)
    assert test_accuracy == pytest.approx(engine.evaluate(), abs=0.001 if exact else 0.1)
    assert all(thread >= 1 for thread in threads)
    for ours, theirs in zip(engine.model.get_weights(), end, strict=True):
        if exact:
            np.testing.assert_allclose(ours, np.array(theirs), rtol=0, atol=1e-4)


def test_every_engine_is_there_for_the_default_backend_and_every_backend_has_one():
    assert available("tensorflow") == tuple(ENGINES)
    assert all(map(available, BACKENDS))


def imported(**variables: str) -> subprocess.CompletedProcess[str]:
    """A process that does no more than to import the framework."""
    command = [sys.executable, "-c", "import lab6.training.framework"]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, timeout=200)


def test_a_flag_that_xla_does_not_know_is_named():
    done = imported(XLA_FLAGS="--xla_no_such_flag=1")
    assert done.returncode != 0
    assert "--xla_no_such_flag" in done.stderr


def test_jax_without_any_device_says_so():
    pytest.importorskip("jax")
    done = imported(KERAS_BACKEND="jax", JAX_PLATFORMS="cuda")
    assert "JAX finds no device of the platforms that JAX_PLATFORMS names (cuda): unset it" in done.stderr
