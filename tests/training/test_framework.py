"""Training learns the same on every framework that Keras runs on. Each other framework has a process of its own."""

import importlib.util
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lab6.training import network
from lab6.training.backends import BACKENDS, xla
from lab6.training.engines import ENGINES, available, engine_class
from lab6.training.engines.engine import Task
from lab6.training.framework import keras

ALL_FLAGS = f"{xla.WIDEST_VECTORS} {xla.ONE_AFTER_THE_OTHER}"
"""The flags for all processors; XLA must know even those that are not used on this one."""

TRAINED = """
import json
from lab6.training import datasets, network
from lab6.training.engines import available, engine_class
from lab6.training.engines.engine import Task
from lab6.training.framework import backend, keras

def values(engine):
    return [backend.to_numpy(each.value).tolist() for each in engine.model.variables]

name = keras.backend.backend()
dataset = datasets.load("digits").first(600)
found = {}
for each in available(name):
    for size in (600, 64):
        engine = engine_class(each, name)(Task(network.build, keras.optimizers.Adam, dataset, size))
        engine.prepare()
        engine.reset(3)
        start = values(engine)
        learned = engine.train_epoch()
        found[f"{each} {size}"] = start, [learned.loss, learned.accuracy, engine.evaluate()], values(engine)
print(json.dumps([found, backend.threads()]))
"""


def run_python(code: str = "import lab6.training.framework", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a process with these environment variables."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, timeout=200)


@pytest.fixture(scope="module")
def trained(digits):
    """What a process with each other backend that is installed says of its training; they run at the same time."""
    backends = [name for name in ("jax", "torch") if importlib.util.find_spec(name)]
    with ThreadPoolExecutor() as pool:
        done = pool.map(lambda name: run_python(TRAINED, KERAS_BACKEND=name, XLA_FLAGS=ALL_FLAGS), backends)
        return dict(zip(backends, done, strict=True))


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_every_backend_starts_and_learns_like_tensorflow(digits, trained, backend):
    """Up to rounding if the order is the same, or if there is a single step; Keras's ``fit`` draws its own order."""
    pytest.importorskip(backend)
    done = trained[backend]
    assert done.returncode == 0, done.stderr
    found, threads = json.loads(done.stdout)
    assert all(thread >= 1 for thread in threads)
    assert list(found) == [f"{name} {size}" for name in available(backend) for size in (600, 64)]
    for size in (600, 64):
        engine = engine_class("compiled", "tensorflow")(
            Task(network.build, keras.optimizers.Adam, digits.first(600), size)
        )
        engine.reset(3)
        first = engine.model.get_weights()
        learned, accuracy = engine.train_epoch(), engine.evaluate()
        for name in available(backend):
            start, means, end = found[f"{name} {size}"]
            exact = size == 600 or name == "compiled"
            for ours, theirs in zip(first, start, strict=True):
                np.testing.assert_array_equal(ours, np.array(theirs, np.float32))
            assert means[0] == pytest.approx(learned.loss, rel=1e-5 if exact else 0.1)
            assert means[1] == pytest.approx(learned.accuracy, abs=1.5 / 600 if exact else 0.1)
            assert means[2] == pytest.approx(accuracy, abs=0.001 if exact else 0.1)
            for ours, theirs in zip(engine.model.get_weights(), end, strict=True):
                if exact:
                    np.testing.assert_allclose(ours, np.array(theirs), rtol=0, atol=1e-4)


def test_the_default_backend_has_every_engine_and_every_backend_has_one():
    assert available("tensorflow") == tuple(ENGINES)
    assert all(map(available, BACKENDS))


def test_xla_knows_the_flags_for_all_processors_and_names_a_flag_that_it_does_not_know():
    done = run_python(XLA_FLAGS=f"{ALL_FLAGS} --xla_no_such_flag=1")
    assert done.returncode != 0
    assert "--xla_no_such_flag" in done.stderr
    assert "--xla_cpu" not in done.stderr


def test_jax_without_a_device_is_one_sentence():
    pytest.importorskip("jax")
    done = run_python(KERAS_BACKEND="jax", JAX_PLATFORMS="cuda")
    assert "JAX finds no device of the platforms that JAX_PLATFORMS names (cuda): unset it" in done.stderr


@pytest.mark.parametrize(
    "content", ['{"floatx": "float16", "epsilon": 0.5, "image_data_format": "channels_first"}', "{"]
)
def test_keras_takes_nothing_from_the_user_s_own_settings(tmp_path, content):
    (tmp_path / "keras.json").write_text(content)
    code = "from lab6.training.framework import keras; config = keras.config; print(config.floatx(), config.epsilon(), "
    code += "config.image_data_format(), keras.Sequential([]).compute_dtype)"
    limits = {"KERAS_MAX_EPOCHS": "abc", "KERAS_MAX_STEPS_PER_EPOCH": "5"}
    done = run_python(code, KERAS_HOME=str(tmp_path), **limits)
    assert done.stdout.split() == ["float32", "1e-07", "channels_last", "float32"], done.stderr
    assert (tmp_path / "keras.json").read_text() == content


def test_a_flag_that_tensorflow_does_not_know_is_named():
    done = run_python(TF_XLA_FLAGS="--nonsense")
    assert done.returncode != 0
    assert "Unknown flag in TF_XLA_FLAGS: --nonsense" in done.stderr
