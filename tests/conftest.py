"""What the tests share: small data, and a cache and environment of their own."""

import gc
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from lab6.settings import PLAIN_MATPLOTLIB
from lab6.training.datasets import Dataset, Images, load
from tests.projects import project

_CACHE = tempfile.TemporaryDirectory(prefix="lab6-cache-")
os.environ["LAB6_CACHE_DIR"] = _CACHE.name  # now: a framework reads it when it is imported; no test touches the user's

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # as lab6 sets it; JAX would set another for all that tests start

os.environ.update(PLAIN_MATPLOTLIB)  # before a test imports it

os.environ.pop("PYTEST_XDIST_WORKER", None)  # or pytest-benchmark would measure nothing in processes that tests start

MNIST_FOLDER = os.environ.pop("LAB6_DATA_DIR", None) or os.environ.get("LAB6_TESTS_DATA_DIR")
"""The real MNIST, where the caller has it; no test reads it by accident."""
if MNIST_FOLDER:
    os.environ["LAB6_TESTS_DATA_DIR"] = MNIST_FOLDER  # for the processes of pytest-xdist


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("filterwarnings", "error")
    # Keras hands TensorFlow's tensors to NumPy in a way that NumPy 2 has deprecated; only tests read them so.
    config.addinivalue_line("filterwarnings", "ignore:__array__ implementation:DeprecationWarning:keras")


def pytest_unconfigure(config: pytest.Config) -> None:
    _CACHE.cleanup()


@pytest.fixture(autouse=True, scope="module")
def frozen() -> None:
    """Keep what was there before a module, frameworks above all, out of garbage collections: they would take seconds.

    pytest collects garbage at its end, also when a test calls it.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def private_cache() -> Path:
    return Path(_CACHE.name)


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    if MNIST_FOLDER is None:
        pytest.skip("needs the real MNIST: set LAB6_DATA_DIR to its folder")
    return Path(MNIST_FOLDER).resolve()


@pytest.fixture(scope="session")
def digits(private_cache: Path) -> Dataset:
    """The embedded data set, whole."""
    return load("digits")


@pytest.fixture
def project_folder(tmp_path: Path, digits: Dataset) -> Path:
    """A folder as a fresh clone has it, but for lab6 itself."""
    return project(tmp_path)


@pytest.fixture(scope="session")
def small(digits: Dataset) -> Dataset:
    """600 training and 500 test images."""
    test = Images(digits.test.pixels[:500], digits.test.labels[:500])
    return Dataset("digits", digits.digest, "for tests", digits.first(600).training, test)


@pytest.fixture(scope="session")
def blank_arrays() -> dict[str, np.ndarray]:
    """Arrays of MNIST's names, shapes and type, in Keras's layout, that are not MNIST."""
    return {
        "x_train": np.zeros((60_000, 28, 28), np.uint8),
        "y_train": np.zeros(60_000, np.uint8),
        "x_test": np.zeros((10_000, 28, 28), np.uint8),
        "y_test": np.zeros(10_000, np.uint8),
    }
