"""Data sets of one's own from files."""

import gzip
import os
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lab6.errors import DataError
from lab6.training.datasets import Dataset, load, mnist, own_files, parse
from lab6.training.datasets.dataset import Images, digest
from lab6.training.datasets.formats import IDX_FILES, NAMES

FORMS = r"give --dataset an \.npz file, a folder with the four IDX files of one data set, or file\.py:function\.$"


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

    monkeypatch.setattr(own_files, "_sets", closed)
    with pytest.raises(DataError, match=rf"cannot be read \(Permission denied\): {FORMS}"):
        loaded(tmp_path)


def test_more_than_the_memory_is_refused_before_it_is_read(tmp_path, arrays, monkeypatch):
    """Bytes take five times their size: they are kept, with a copy in float32."""
    needed = 5 * sum(array.size for array in arrays.values())
    places = save_npz(tmp_path / "a.npz", arrays), save_idx(tmp_path / "idx", arrays)
    for available, fits in ((needed, True), (needed - 1, False)):
        monkeypatch.setattr(own_files.psutil, "virtual_memory", lambda: SimpleNamespace(available=available))  # noqa: B023
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
    monkeypatch.setattr(own_files.psutil, "virtual_memory", lambda: 1 / 0)
    assert is_same(loaded(save_npz(tmp_path / "a.npz", arrays)), arrays)
