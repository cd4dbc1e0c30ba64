"""Data sets of one's own, from Keras and from functions."""

import os
import socket
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from lab6.errors import DataError, OptionError
from lab6.place import Place
from lab6.training.datasets import functions, load, mnist, parse
from lab6.training.datasets.dataset import Images, digest
from tests.training.datasets.test_own_files import is_same, save_idx, save_npz


@pytest.fixture
def keras_sets(monkeypatch, tmp_path):
    """Keras's data sets, none of which is loaded from the network."""
    sets = SimpleNamespace(imdb=SimpleNamespace(load_data=lambda: pytest.fail("loaded")), __name__="keras.datasets")
    keras = SimpleNamespace(datasets=sets, __version__="3.99")
    monkeypatch.setitem(sys.modules, "lab6.training.framework", SimpleNamespace(keras=keras))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return sets


def test_keras_data_sets_are_called_as_keras_calls_them(keras_sets, arrays, tmp_path):
    (tmp_path / "home").mkdir()
    a, b, c, d = arrays.values()
    waits = []

    def load_data():
        waits.append(socket.getdefaulttimeout())
        return (a, b[:, None]), (c, d[:, None])

    keras_sets.cifar10 = SimpleNamespace(load_data=load_data)
    found = load(parse("--dataset", "keras:cifar10", tmp_path))
    assert is_same(found, arrays)
    assert (found.name, found.source) == ("cifar10", "from keras.datasets.cifar10")
    assert waits == [functions.SILENCE]
    assert socket.getdefaulttimeout() is None
    assert (tmp_path / "home" / ".keras").is_dir()


def test_keras_mnist_is_mnist(keras_sets, arrays, monkeypatch):
    a, b, c, d = arrays.values()
    keras_sets.mnist = SimpleNamespace(load_data=lambda: ((a, b), (c, d)))
    monkeypatch.setattr(mnist, "DIGEST", digest(Images(a, b), Images(c, d)))
    assert (load("keras:mnist").name, load("keras:mnist").source) == ("mnist", "from keras.datasets.mnist")


@pytest.mark.parametrize(
    ("name", "what"), [("imdb", "texts of different lengths"), ("california_housing", "prices without classes")]
)
def test_keras_data_sets_of_another_kind_are_refused_and_not_loaded(keras_sets, name, what):
    with pytest.raises(DataError, match=rf"^keras:{name} holds {what}: lab6 trains on images or vectors with classes"):
        load(f"keras:{name}")


def test_unknown_names_of_keras_are_refused_with_those_that_are_there(keras_sets):
    keras_sets.cifar10 = keras_sets.fashion_mnist = SimpleNamespace(load_data=None)
    for name in ("cifar11", "__name__"):
        with pytest.raises(
            DataError, match=r"is not in Keras 3\.99: give one of keras:cifar10, keras:fashion_mnist\.$"
        ):
            load(f"keras:{name}")


def test_a_download_that_fails_says_what_to_do(keras_sets):
    def load_data():
        raise Exception("URL fetch failure on https://storage: None -- no route to host\nmore")  # as Keras does

    keras_sets.cifar10 = SimpleNamespace(load_data=load_data)
    with pytest.raises(
        DataError,
        match=r"^Keras cannot load its data set cifar10 \(URL .* to host\): connect .*copy the folder ~/\.ker",
    ):
        load("keras:cifar10")


def test_the_real_keras_reads_what_it_has_downloaded_into_the_home_folder(tmp_path, arrays, monkeypatch):
    """Although lab6 gives it no KERAS_HOME."""
    from keras.src.backend import config

    from lab6.training import framework

    assert framework.keras.config
    assert config.keras_home() == os.path.expanduser("~/.keras")  # noqa: PTH111
    square = {name: np.resize(array, (len(array), 28, 28)) if "x" in name else array for name, array in arrays.items()}
    save_idx(tmp_path / ".keras" / "datasets" / "fashion-mnist", square, suffix=".gz")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(config, "_KERAS_DIR", str(tmp_path / ".keras"))
    found = load("keras:fashion_mnist")
    assert is_same(found, square)
    assert found.name == "fashion_mnist"


PROGRAM = """
import numpy as np

x_train, y_train = np.zeros((6, 2), np.float32), np.arange(6) % 3
x_test, y_test = np.ones((4, 2), np.float32), np.arange(4) % 3

def pairs():
    return (x_train, y_train), (x_test, y_test)

def lists():
    return [[x_train, y_train], [x_test, y_test]]

def flat():
    return x_train, y_train, x_test, y_test

def named():
    return {"x_test": x_test, "y_test": y_test, "x_train": x_train, "y_train": y_train}

def short():
    return x_train, y_train, x_test

def none():
    pass

def single():
    return x_train

def unnamed():
    return {"x": x_train, "y": y_train}

def unlabelled():
    return (x_train, None), (x_test, None)

def broken():
    raise FileNotFoundError("no images.bin")
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    (tmp_path / "data.py").write_text(PROGRAM)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("lab6_place_data", None)


@pytest.mark.parametrize("name", ["pairs", "lists", "flat", "named"])
def test_a_function_returns_the_arrays_in_each_form(program, name):
    choice = parse("--dataset", f"data.py:{name}", program)
    found = load(choice)
    assert (found.name, found.source) == (name, f"from data.py:{name}")
    assert (found.shape, len(found.training), len(found.test), found.classes) == ((2,), 6, 4, 3)
    assert found.test.inputs.min() == 1


def test_a_function_may_open_an_archive(program, arrays):
    save_npz(program / "a.npz", arrays)
    (program / "data.py").write_text("import numpy\ndef load():\n    return numpy.load('a.npz')\n")
    assert is_same(load(Place("data.py", "load")), arrays)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("short", "returned a tuple of 3: let it return (x_train, y_train), (x_test, y_test), or these four in a row,"),
        ("none", "returned None: let it return (x_train, y_train), (x_test, y_test), or these four in a row, or a d"),
        ("single", "returned a ndarray: let it return"),
        ("unnamed", " has no x_train, y_train, x_test, y_test, but x, y: give it arrays called"),
        ("unlabelled", ": y_train is NoneType; give an array of numbers"),
    ],
)
def test_a_function_that_returns_something_else_is_told_what_to_return(program, name, message):
    with pytest.raises(DataError) as caught:
        load(Place("data.py", name))
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"data.py:{name}")


def test_a_function_that_fails_is_refused(program):
    with pytest.raises(OptionError, match=r"^data\.py:broken failed \(FileNotFoundError: no images\.bin\): call it by"):
        load(Place("data.py", "broken"))
