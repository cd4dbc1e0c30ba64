import gzip
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lab6.errors import DataError
from lab6.training.datasets.files import IDX_FILES, read_folder, read_npz

IDX_OF = dict(zip(IDX_FILES, ("x_train", "y_train", "x_test", "y_test"), strict=True))


def save_npz(folder: Path, arrays: dict[str, np.ndarray]) -> Path:
    path = folder / "mnist.npz"
    np.savez_compressed(path, **arrays)
    return path


def save_idx(folder: Path, arrays: dict[str, np.ndarray], compress: bool) -> None:
    for name, key in IDX_OF.items():
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
    np.testing.assert_array_equal(training.pixels, arrays["x_train"])
    np.testing.assert_array_equal(training.labels, arrays["y_train"])
    np.testing.assert_array_equal(test.pixels, arrays["x_test"])
    np.testing.assert_array_equal(test.labels, arrays["y_test"])


def test_a_folder_without_mnist_files_is_not_an_error(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing here")
    assert read_folder(tmp_path) is None


def test_a_missing_idx_file_is_named(tmp_path, arrays):
    save_idx(tmp_path, arrays, compress=True)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match="only 3 of MNIST's four IDX files: add t10k-labels-idx1-ubyte"):
        read_folder(tmp_path)


@pytest.mark.parametrize("keep", [0, 10, 500, 20_000, 50_000])
def test_a_truncated_archive_is_refused(tmp_path, arrays, keep):
    path = save_npz(tmp_path, arrays)
    assert path.stat().st_size > keep
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match="damaged or is no .npz archive"):
        read_npz(path)


def test_a_flipped_byte_inside_an_archive_is_refused(tmp_path, arrays):
    path = save_npz(tmp_path, arrays)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError):
        read_npz(path)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "x_train",
            lambda a: a[:59_999],
            r"shape \(59999, 28, 28\), but MNIST's is uint8 of shape \(60000, 28, 28\)",
        ),
        ("x_test", lambda a: a.reshape(10_000, 784), r"shape \(10000, 784\)"),
        ("y_test", lambda a: a.astype(">i2"), "is >i2 of shape"),
        ("x_train", lambda a: np.asfortranarray(a), "in Fortran order"),
        ("x_train", lambda a: a.astype(np.float32), "far more than MNIST's 47,040,000"),
        ("y_train", lambda a: np.where(np.arange(len(a)) == 3, 10, a).astype(np.uint8), "has a label 10"),
    ],
)
def test_arrays_of_another_shape_type_or_content_are_refused(tmp_path, arrays, name, change, message):
    path = save_npz(tmp_path, arrays | {name: change(arrays[name])})
    with pytest.raises(DataError, match=message):
        read_npz(path)


def test_a_missing_array_is_named(tmp_path, arrays):
    del arrays["y_train"]
    with pytest.raises(DataError, match="has no array y_train"):
        read_npz(save_npz(tmp_path, arrays))


class Explosive:
    def __reduce__(self):
        return (pytest.fail, ("a data file was unpickled",))


def test_nothing_is_unpickled(tmp_path, arrays):
    path = tmp_path / "mnist.npz"
    np.savez(path, **arrays | {"y_train": np.array([Explosive()], dtype=object)})
    with pytest.raises(DataError, match="is object of shape"):
        read_npz(path)
    path.write_bytes(pickle.dumps(Explosive()))
    with pytest.raises(DataError, match="is no .npz archive"):
        read_npz(path)


def test_an_archive_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(tmp_path, arrays):
    path = tmp_path / "mnist.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x_train.npy", "w") as member,
    ):
        np.lib.format.write_array_header_1_0(
            member, {"descr": "|u1", "fortran_order": False, "shape": (60_000, 28, 28)}
        )
        for _ in range(300):
            member.write(bytes(1_000_000))
    with pytest.raises(DataError, match="takes 300,000,128 bytes, far more than MNIST's"):
        read_npz(path)


def test_an_over_long_idx_file_is_refused(tmp_path, arrays):
    save_idx(tmp_path, arrays, compress=False)
    with (tmp_path / "train-labels-idx1-ubyte").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(DataError, match="60,000 bytes and more are there"):
        read_folder(tmp_path)


def test_a_truncated_idx_file_is_refused(tmp_path, arrays):
    save_idx(tmp_path, arrays, compress=False)
    path = tmp_path / "t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="7,840,000 bytes and only 7,839,999 are there"):
        read_folder(tmp_path)


def test_a_truncated_gzip_file_is_refused(tmp_path, arrays):
    save_idx(tmp_path, arrays, compress=True)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz is damaged"):
        read_folder(tmp_path)


def test_an_idx_file_of_another_type_is_refused(tmp_path, arrays):
    save_idx(tmp_path, arrays, compress=False)
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(b"\0\0\x0d\3" + path.read_bytes()[4:])
    with pytest.raises(DataError, match="is not an IDX file of unsigned bytes"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': (",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (10**9,",
        b"{[]: 1}",
        b"{'descr': '|O', 'fortran_order': False, 'shape': ()}",
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
    with pytest.raises(DataError) as caught:
        read_npz(path)
    assert str(caught.value).startswith(str(path))
