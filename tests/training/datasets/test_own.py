"""Data sets of one's own, from files, from Keras and from functions."""

import gzip
import os
import socket
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lab6.errors import DataError, OptionError
from lab6.place import Place
from lab6.training.datasets import Dataset, load, mnist, needs_framework, own, parse
from lab6.training.datasets.dataset import Images, digest
from lab6.training.datasets.formats import IDX_FILES, NAMES

FORMS = r"give --dataset an \.npz file, a folder with the four IDX files of one data set, or file\.py:function\.$"


@pytest.fixture
def arrays():
    random = np.random.default_rng(0)
    x_train, x_test = random.integers(0, 256, (6, 5, 4), np.uint8), random.integers(0, 256, (4, 5, 4), np.uint8)
    return dict(
        zip(NAMES, (x_train, np.arange(6, dtype=np.uint8) % 3, x_test, np.arange(4, dtype=np.uint8)), strict=True)
    )


def save_idx(folder: Path, arrays, prefix="", suffix="", kind=0x08) -> Path:
    """Write four IDX files into a folder; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in zip(IDX_FILES, arrays.values(), strict=True):
        content = bytes([0, 0, kind, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()
        (folder / f"{prefix}{name}{suffix}").write_bytes(gzip.compress(content) if suffix else content)
    return folder


def save_npz(path: Path, arrays) -> Path:
    with path.open("wb") as file:
        np.savez(file, **arrays)
    return path


def loaded(path: Path) -> Dataset:
    """What a user gets who types a path."""
    return load(parse("--dataset", str(path), path.parent))


def is_same(found: Dataset, arrays) -> bool:
    parts = Images(arrays["x_train"], arrays["y_train"]), Images(arrays["x_test"], arrays["y_test"])
    return found.digest == digest(*parts)


def test_an_archive_is_read_and_called_as_its_file(tmp_path, arrays):
    path = save_npz(tmp_path / "fashion.npz", {"more": np.zeros(3), **arrays})
    found = loaded(path)
    assert is_same(found, arrays)
    assert (found.name, found.source) == ("fashion", f"from {path}")


def test_an_archive_needs_no_suffix(tmp_path, arrays):
    assert is_same(loaded(save_npz(tmp_path / "download", arrays)), arrays)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(
    ("below", "name"), [("fashion", "fashion"), ("FashionMNIST/raw", "FashionMNIST"), ("kmnist/a/b", "b")]
)
def test_a_folder_of_idx_files_is_read_and_called_as_the_folder(tmp_path, arrays, below, name, suffix):
    folder = save_idx(tmp_path / below, arrays, suffix=suffix)
    found = loaded(folder)
    assert is_same(found, arrays)
    assert (found.name, found.source) == (name, f"from {folder}")


def test_idx_files_are_found_up_to_two_folders_below(tmp_path, arrays):
    save_idx(tmp_path / "FashionMNIST" / "raw", arrays)
    assert loaded(tmp_path / "FashionMNIST").name == "FashionMNIST"
    assert is_same(loaded(tmp_path), arrays)


def test_one_of_several_data_sets_in_a_folder_is_named_by_a_file(tmp_path, arrays):
    """EMNIST's archive is such a folder."""
    save_idx(tmp_path, arrays, "emnist-letters-", ".gz")
    save_idx(tmp_path, {name: array[::-1] for name, array in arrays.items()}, "emnist-digits-", ".gz")
    (tmp_path / "emnist-letters-mapping.txt").write_text("1 65 97")
    with pytest.raises(DataError, match=r"has 2 data sets of IDX files: give --dataset one of emnist-digits-t10k-im"):
        loaded(tmp_path)
    found = loaded(tmp_path / f"emnist-letters-{IDX_FILES[0]}.gz")
    assert is_same(found, arrays)
    assert found.name == "emnist-letters"


def test_a_folder_with_one_data_set_needs_no_plain_names(tmp_path, arrays):
    folder = save_idx(tmp_path / "emnist", arrays, "emnist-letters-", ".gz")
    (folder / f"._emnist-letters-{IDX_FILES[0]}").write_bytes(b"of macOS")
    assert loaded(folder).name == "emnist"
    assert loaded(save_idx(tmp_path / "kmnist", arrays) / IDX_FILES[2]).name == "kmnist"


@pytest.mark.parametrize(("kind", "dtype"), [(0x0C, ">i4"), (0x0D, ">f4"), (0x0B, ">i2"), (0x0E, ">f8")])
def test_idx_files_may_hold_wider_types(tmp_path, arrays, kind, dtype):
    found = loaded(save_idx(tmp_path, {name: array.astype(dtype) for name, array in arrays.items()}, kind=kind))
    np.testing.assert_array_equal(found.training.pixels, arrays["x_train"])
    assert found.training.pixels.dtype == (np.float32 if "f" in dtype else np.uint8)


def test_mnist_in_an_archive_is_mnist(tmp_path, mnist_folder):
    path = save_npz(tmp_path / "mine.npz", dict(np.load(mnist_folder / "mnist.npz")))
    assert (loaded(path).name, loaded(path).digest) == ("mnist", mnist.DIGEST)


def test_files_that_are_missing_are_named_with_those_that_are_there(tmp_path, arrays):
    save_idx(tmp_path / "a", arrays)
    (tmp_path / "a" / IDX_FILES[3]).unlink()
    with pytest.raises(DataError, match=rf"has no t10k-labels\S+ \(plain or \.gz\), but t10k-im.*-ubyte: {FORMS}"):
        loaded(tmp_path / "a")
    with pytest.raises(DataError, match=r"a has no t10k-labels-idx1-ubyte \(plain"):
        loaded(tmp_path / "a" / IDX_FILES[0])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=rf"has no train-im.*, .*\), but nothing: {FORMS}"):
        loaded(tmp_path / "empty")


def test_an_archive_without_one_of_the_arrays_is_refused(tmp_path, arrays):
    del arrays["y_test"]
    path = save_npz(tmp_path / "a.npz", {"labels": np.zeros(4), **arrays})
    with pytest.raises(DataError, match=r"/a\.npz has no y_test, but labels, x_train, y_train, x_test: give it arrays"):
        loaded(path)


def test_what_is_wrong_with_an_array_is_said_with_its_file(tmp_path, arrays):
    path = save_npz(tmp_path / "a.npz", arrays | {"y_test": np.arange(3)})
    with pytest.raises(DataError, match=r"/a\.npz: x_test has 4 images and y_test has 3 labels; give each image"):
        loaded(path)


def test_nothing_is_unpickled(tmp_path, arrays):
    class Explosive:
        def __reduce__(self):
            return (pytest.fail, ("a data file was unpickled",))

    path = save_npz(tmp_path / "a.npz", arrays | {"y_train": np.array([Explosive()] * 6, dtype=object)})
    with pytest.raises(DataError, match=r"a\.npz: y_train is an array of pickled Python objects, and nothing is unp"):
        loaded(path)


def cut(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])


def test_damaged_files_are_refused(tmp_path, arrays):
    path = save_npz(tmp_path / "a.npz", arrays)
    for keep in (900, 10, 0):
        cut(path, keep)
        with pytest.raises(DataError, match=rf"a\.npz is damaged or is not an \.npz archive of arrays x_.*: {FORMS}"):
            loaded(path)
    save_idx(tmp_path / "idx", arrays)
    for keep, cause in ((100, "cannot reshape"), (10, "ends within"), (3, "begins with 00 00 08"), (0, "with nothing")):
        cut(tmp_path / "idx" / IDX_FILES[0], keep)
        with pytest.raises(
            DataError, match=rf"ubyte is damaged or is not an IDX file \(.*{cause}.*\): replace it with"
        ):
            loaded(tmp_path / "idx")


def test_what_is_neither_an_archive_nor_idx_files_is_refused(tmp_path):
    (tmp_path / "data.csv").write_text("label,pixel\n1,2\n")
    with pytest.raises(DataError, match=rf"data\.csv is damaged or is not .*\(File is not a zip file\): {FORMS}"):
        loaded(tmp_path / "data.csv")
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "gone.npz"):
        with pytest.raises(DataError, match=rf"{name} is neither a file nor a folder: {FORMS}"):
            load(str(tmp_path / name))


def test_a_folder_that_cannot_be_read_is_refused(tmp_path, monkeypatch):
    def closed(folder, depth):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(own, "_sets", closed)
    with pytest.raises(DataError, match=rf"cannot be read \(Permission denied\): {FORMS}"):
        loaded(tmp_path)


def test_more_than_the_memory_is_refused_before_it_is_read(tmp_path, arrays, monkeypatch):
    """Bytes take five times their size: they are kept, with a copy in float32."""
    needed = 5 * sum(array.size for array in arrays.values())
    places = save_npz(tmp_path / "a.npz", arrays), save_idx(tmp_path / "idx", arrays)
    for available, fits in ((needed, True), (needed - 1, False)):
        monkeypatch.setattr(own.psutil, "virtual_memory", lambda: SimpleNamespace(available=available))  # noqa: B023
        for place in places:
            if fits:
                assert is_same(loaded(place), arrays)
            else:
                with pytest.raises(DataError, match=r"would take 0\.0 GiB of memory, with a copy in float32, and 0\.0"):
                    loaded(place)


def test_headers_that_promise_terabytes_are_believed_only_up_to_the_memory(tmp_path, arrays):
    save_idx(tmp_path, arrays)
    path = tmp_path / IDX_FILES[0]
    path.write_bytes(path.read_bytes()[:4] + np.array([2**31, 2**10, 1], ">u4").tobytes())
    with pytest.raises(DataError, match=r"would take 10,240\.0 GiB of memory, .* GiB are available: give a smaller"):
        loaded(tmp_path)
    archive = tmp_path / "a.npz"
    with zipfile.ZipFile(archive, "w") as file:
        for name in NAMES:
            with file.open(f"{name}.npy", "w") as member:
                header = {"descr": "<f4", "fortran_order": False, "shape": (2**31, 2**10)}
                np.lib.format.write_array_header_2_0(member, header)
    with pytest.raises(DataError, match=r"would take 65,536\.0 GiB of memory"):
        loaded(archive)


def test_unknown_memory_is_enough(tmp_path, arrays, monkeypatch):
    monkeypatch.setattr(own.psutil, "virtual_memory", lambda: 1 / 0)
    assert is_same(loaded(save_npz(tmp_path / "a.npz", arrays)), arrays)


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
    assert waits == [own.SILENCE]
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


def test_only_what_keras_or_a_function_gives_needs_a_framework():
    assert needs_framework("keras:cifar10")
    assert needs_framework(Place("data.py", "load"))
    assert not any(map(needs_framework, ("auto", "mnist", "digits", "/data/fashion.npz", "/keras:x")))
