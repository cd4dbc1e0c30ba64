"""Intact copies of MNIST in the many forms that people have; here of few images, whose digest stands for MNIST's."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from lab6.errors import DataError
from lab6.training.datasets import Images, files, mnist
from lab6.training.datasets.dataset import digest
from tests.training.datasets.test_files import save_idx, save_npz

COUNTS = {"train": 7, "test": 5}


@pytest.fixture
def arrays(monkeypatch):
    random = np.random.default_rng(0)
    found = {}
    for name, shape in files.SHAPES.items():
        pixels, count = name.startswith("x"), COUNTS[name[2:]]
        found[name] = random.integers(0, 256 if pixels else 10, (count, *shape[1:]), np.uint8)
    monkeypatch.setattr(files, "SHAPES", {name: array.shape for name, array in found.items()})
    whole = [Images(found[f"x_{part}"], found[f"y_{part}"]) for part in COUNTS]
    monkeypatch.setattr(mnist, "DIGEST", digest(*whole))
    return found


def other(arrays):
    """Another data set of the same shapes, such as Fashion-MNIST."""
    return {name: array[::-1] for name, array in arrays.items()}


SPELLINGS = {
    "dots": lambda name: name.replace("-idx", ".idx"),
    "dots and gz": lambda name: name.replace("-idx", ".idx") + ".gz",
    "upper case": str.upper,
    "upper case and gz": lambda name: f"{name}.gz".upper(),
    "underscores": lambda name: name.replace("-", "_"),
    "test instead of t10k": lambda name: name.replace("t10k", "test"),
    "short": lambda name: "-".join(name.split("-")[:2]) + ".gz",
    "prefix": lambda name: f"mnist_{name}",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_idx_files_are_known_in_each_spelling_of_their_names(tmp_path, arrays, spelling):
    save_idx(tmp_path, arrays, compress="gz" in SPELLINGS[spelling]("").lower())
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_name(SPELLINGS[spelling](path.name.removesuffix(".gz"))))
    assert mnist.from_files(tmp_path).digest == mnist.DIGEST


@pytest.mark.parametrize("compress", [False, True])
def test_idx_files_are_known_if_their_names_are_wrong_about_gzip(tmp_path, arrays, compress):
    save_idx(tmp_path, arrays, compress)
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_suffix("") if compress else f"{path}.gz")
    assert mnist.from_files(tmp_path).digest == mnist.DIGEST


@pytest.mark.parametrize("below", ["", "raw", "MNIST/raw", "datasets", ".keras/datasets"])
@pytest.mark.parametrize("save", [save_idx, save_npz])
def test_a_copy_is_found_up_to_two_folders_below(tmp_path, arrays, below, save):
    (tmp_path / below).mkdir(parents=True, exist_ok=True)
    save(tmp_path / below, arrays)
    assert mnist.from_files(tmp_path).source == f"from {tmp_path}"


@pytest.mark.parametrize("name", ["mnist.npz", "my data.NPZ", "download", "train-images-idx3-ubyte"])
def test_a_file_itself_can_be_given(tmp_path, arrays, name):
    if name in files.IDX_FILES:
        save_idx(tmp_path, arrays)
    else:
        save_npz(tmp_path, arrays).rename(tmp_path / name)
    assert mnist.from_files(tmp_path / name).digest == mnist.DIGEST


FORMS = {
    "other names": lambda name, array: (name.replace("x_", "train_images_of_"), array),
    "flat": lambda name, array: (name, array.reshape(len(array), -1)),
    "with a channel": lambda name, array: (name, array.reshape(len(array), 28, 28, 1) if array.ndim > 1 else array),
    "int64": lambda name, array: (name, array.astype(np.int64)),
    "big-endian": lambda name, array: (name, array.astype(">i4")),
    "float32": lambda name, array: (name, array.astype(np.float32)),
    "float64 from 0 to 1": lambda name, array: (name, array / 255 if array.ndim > 1 else array),
    "float32 from 0 to 1": lambda name, array: (name, array / np.float32(255) if array.ndim > 1 else array),
    "in Fortran's order": lambda name, array: (name, np.asfortranarray(array)),
    "labels as text": lambda name, array: (name, array if array.ndim > 1 else array.astype(str)),
}


@pytest.mark.parametrize("form", FORMS)
def test_arrays_are_known_in_each_form(tmp_path, arrays, form):
    save_npz(tmp_path, dict(FORMS[form](*own) for own in arrays.items()))
    assert mnist.from_files(tmp_path).digest == mnist.DIGEST


def test_the_digest_decides_among_several_data_sets(tmp_path, arrays):
    for folder in ("EMNIST/raw", "FashionMNIST/raw", "MNIST/raw"):
        (tmp_path / folder).mkdir(parents=True)
        save_idx(tmp_path / folder, arrays if folder == "MNIST/raw" else other(arrays))
    save_npz(tmp_path, other(arrays))
    assert mnist.from_files(tmp_path).digest == mnist.DIGEST
    (tmp_path / "MNIST" / "raw" / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="MNIST's shapes but not its content"):
        mnist.from_files(tmp_path)


def test_a_damaged_file_beside_an_intact_one_does_no_harm(tmp_path, arrays):
    for compress in (False, True):
        save_idx(tmp_path, arrays, compress)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"cut off")
    (tmp_path / "._train-labels-idx1-ubyte").write_bytes(b"of macOS")
    (tmp_path / "mnist.npz").write_bytes(b"cut off")
    assert mnist.from_files(tmp_path).digest == mnist.DIGEST


def test_where_nothing_is_found_is_said_with_what_is_there(tmp_path, arrays):
    with pytest.raises(DataError, match=r"neither mnist\.npz nor train-images.* \(plain or \.gz\), but nothing: put"):
        mnist.from_files(tmp_path)
    for number in range(10):
        (tmp_path / f"note-{number}").write_text("")
    with pytest.raises(DataError, match=r"\(plain or \.gz\), but note-0, .*, note-7 and 2 more: put MNIST's files"):
        mnist.from_files(tmp_path)


def test_what_is_no_file_is_not_read(tmp_path, arrays):
    os.mkfifo(tmp_path / "mnist.npz")
    (tmp_path / "loop.npz").symlink_to("loop.npz")
    (tmp_path / "train-images-idx3-ubyte").mkdir()
    with pytest.raises(DataError, match="has neither"):
        mnist.from_files(tmp_path)
    for place, why in (("mnist.npz", "Not a directory"), ("loop.npz", "symbolic links"), ("x" * 300, "too long")):
        with pytest.raises(DataError, match=rf"cannot be read \(.*{why}"):
            mnist.from_files(tmp_path / place)


def test_the_real_mnist_is_known_in_other_forms(tmp_path, mnist_folder):
    with np.load(mnist_folder / "mnist.npz") as stored:
        real = dict(stored)
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    save_idx(raw, real)
    images = Path(raw / "train-images-idx3-ubyte")
    images.with_name("train-images.idx3-ubyte.gz").write_bytes(gzip.compress(images.read_bytes(), 1))
    images.unlink()
    assert mnist.from_files(tmp_path).name == "mnist"
    flat = {f"{name}_of_mine": array.reshape(len(array), -1).astype(np.float32) for name, array in real.items()}
    np.savez(tmp_path / "mine.npz", **flat)
    assert mnist.from_files(tmp_path / "mine.npz").name == "mnist"
