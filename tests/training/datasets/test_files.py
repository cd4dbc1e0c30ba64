import gzip
import pickle
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lab6.errors import DataError
from lab6.training.datasets import files
from lab6.training.datasets.files import IDX_FILES, SHAPES, read, read_npz

NPZ_EXPECTED = r"mnist\.npz is damaged or is not a \.npz archive of arrays x_train \(60000, 28, 28\), .*: replace it"


def read_folder(folder: Path):
    """The first copy in a folder, whatever is in it."""
    return read(folder, lambda training, test: None)


def save_npz(folder: Path, arrays: dict[str, np.ndarray]) -> Path:
    path = folder / "mnist.npz"
    np.savez_compressed(path, **arrays)
    return path


def save_idx(folder: Path, arrays: dict[str, np.ndarray], compress: bool = False) -> None:
    for name, key in zip(IDX_FILES, SHAPES, strict=True):
        array = arrays[key]
        content = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()
        path = folder / (f"{name}.gz" if compress else name)
        path.write_bytes(gzip.compress(content, 1) if compress else content)


@pytest.fixture
def arrays(blank_arrays):
    marked = {name: array.copy() for name, array in blank_arrays.items()}
    marked["x_train"][7, 3, 5] = 200
    marked["y_test"][9] = 4
    return marked


@pytest.mark.parametrize("layout", ["npz", "idx", "idx.gz"])
def test_each_layout_gives_the_same_arrays(tmp_path, arrays, layout):
    if layout == "npz":
        save_npz(tmp_path, arrays)
    else:
        save_idx(tmp_path, arrays, compress=layout == "idx.gz")
    training, test = read_folder(tmp_path)
    found = (training.pixels, training.labels, test.pixels, test.labels)
    for array, expected in zip(found, arrays.values(), strict=True):
        np.testing.assert_array_equal(array, expected)


def test_missing_files_are_named(tmp_path, arrays):
    with pytest.raises(
        DataError, match=r"has neither mnist\.npz nor train-images-idx3-ubyte, .*: put MNIST's files there"
    ):
        read_folder(tmp_path)
    save_idx(tmp_path, arrays)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"has neither mnist\.npz nor t10k-labels-idx1-ubyte \(plain or \.gz\)"):
        read_folder(tmp_path)


def test_a_damaged_archive_is_refused(tmp_path, arrays):
    path = save_npz(tmp_path, arrays)
    whole = path.read_bytes()
    for keep in (0, 10, 500, 20_000, 50_000):
        path.write_bytes(whole[:keep])
        with pytest.raises(DataError, match=NPZ_EXPECTED):
            read_npz(path)
    flipped = bytearray(whole)
    flipped[len(whole) // 3] ^= 0xFF
    path.write_bytes(flipped)
    with pytest.raises(DataError, match=NPZ_EXPECTED):
        read_npz(path)


@pytest.mark.parametrize(
    ("name", "change", "cause"),
    [
        ("x_train", lambda a: a[:59_999], r"\(x_train is uint8 of shape \(59999, 28, 28\), "),
        ("x_test", lambda a: a.reshape(10_000, 784)[:, 1:], r"x_test is uint8 of shape \(10000, 783\)"),
        ("y_test", lambda a: a[:9_999].astype(">i2"), r"y_test is >i2 of shape \(9999,\)"),
        ("y_test", lambda a: a[0], r"y_test is uint8 of shape \(\)"),
    ],
)
def test_arrays_of_another_shape_are_refused(tmp_path, arrays, name, change, cause):
    path = save_npz(tmp_path, arrays | {name: change(arrays[name])})
    with pytest.raises(DataError, match=NPZ_EXPECTED) as caught:
        read_npz(path)
    assert re.search(cause, str(caught.value))


def test_the_arrays_of_an_archive_that_lacks_one_are_named(tmp_path, arrays):
    del arrays["y_train"]
    with pytest.raises(DataError, match=r"arrays x_train .*, y_train \(60000,\), .* \(x_train is uint8 of shape"):
        read_npz(save_npz(tmp_path, arrays))


class Explosive:
    def __reduce__(self):
        return (pytest.fail, ("a data file was unpickled",))


def test_nothing_is_unpickled(tmp_path, arrays):
    path = tmp_path / "mnist.npz"
    np.savez(path, **arrays | {"y_train": np.array([Explosive()], dtype=object)})
    with pytest.raises(DataError, match=NPZ_EXPECTED):
        read_npz(path)
    path.write_bytes(pickle.dumps(Explosive()))
    with pytest.raises(DataError, match=NPZ_EXPECTED):
        read_npz(path)


def test_an_archive_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "mnist.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x_train.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": (10**8,)})
        for _ in range(100):
            member.write(bytes(10**6))
    monkeypatch.setattr(files, "_MOST_BYTES", 10**7)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(DataError, match="x_train is too large"):
        read_npz(path)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("train-labels-idx1-ubyte", lambda content: content + b"\0"),
        ("t10k-images-idx3-ubyte", lambda content: content[:-1]),
        ("train-images-idx3-ubyte", lambda content: b""),
        ("train-images-idx3-ubyte.gz", lambda content: content[:-100]),
    ],
)
def test_a_damaged_idx_file_is_refused(tmp_path, arrays, name, change):
    save_idx(tmp_path, arrays, compress=name.endswith(".gz"))
    path = tmp_path / name
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError, match=rf"{name} is damaged or is not an IDX file of unsigned bytes of shape"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': (",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (10**9,",
        b"{[]: 1}",
        b"{'descr': '|O', 'fortran_order': False, 'shape': ()}",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000000,)}",
        b"{1: 2, 'a': 3, (): 4}",
        b"(" * 5_000,
        b"\xff\xfe" * 30,
        b"",
    ],
)
def test_a_damaged_array_header_is_refused(tmp_path, header):
    path = tmp_path / "mnist.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x_train.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(DataError, match=NPZ_EXPECTED):
        read_npz(path)
