"""Read MNIST's arrays from files that may be damaged. Nothing is unpickled, and no more than MNIST's size is read.

Two layouts are known: a ``.npz`` archive as Keras distributes it, and the four IDX files of the original distribution,
gzipped or not (http://yann.lecun.com/exdb/mnist/ describes IDX). The arrays' digest, computed by the caller, decides
whether their content is right.
"""

import contextlib
import gzip
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from lab6.errors import DataError
from lab6.training.datasets.dataset import SIDE, TEST_IMAGES, TRAINING_IMAGES, Images

NPZ = "mnist.npz"

SHAPES = {
    "x_train": (TRAINING_IMAGES, SIDE, SIDE),
    "y_train": (TRAINING_IMAGES,),
    "x_test": (TEST_IMAGES, SIDE, SIDE),
    "y_test": (TEST_IMAGES,),
}
"""The arrays in Keras's archive; all are uint8."""

IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
"""The IDX files with the same arrays, in the same order."""

_NPY_HEADER_LIMIT = 65_536
"""Bytes; the header of a .npy array of bytes takes 128."""


def read_folder(folder: Path) -> tuple[Images, Images]:
    """The training and test images in ``folder``. Raises DataError for missing, damaged or other files."""
    try:
        names = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise DataError(
            f"the data folder {folder} cannot be read ({error.strerror}): give --data-dir or LAB6_DATA_DIR a folder "
            "with mnist.npz or MNIST's four IDX files."
        ) from error
    if NPZ in names:
        return read_npz(folder / NPZ)
    if missing := [name for name in IDX_FILES if not names & {name, f"{name}.gz"}]:
        raise DataError(
            f"the data folder {folder} has neither {NPZ} nor {', '.join(missing)} (plain or .gz): put MNIST's files "
            "there, or leave --data-dir and LAB6_DATA_DIR out."
        )
    paths = [folder / (name if name in names else f"{name}.gz") for name in IDX_FILES]
    arrays = list(map(_read_idx, paths, SHAPES.values()))
    return Images(*arrays[:2]), Images(*arrays[2:])


def read_npz(path: Path) -> tuple[Images, Images]:
    """The training and test images in a ``.npz`` archive in Keras's layout. Raises DataError for any other file."""
    layout = ", ".join(f"{name} {shape}" for name, shape in SHAPES.items())
    with _reading(path, f"a .npz archive of uint8 arrays {layout}"), zipfile.ZipFile(path) as archive:
        arrays = [_read_npy(archive, name, shape) for name, shape in SHAPES.items()]
    return Images(*arrays[:2]), Images(*arrays[2:])


def _read_npy(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    member = archive.getinfo(f"{name}.npy")
    if member.file_size > math.prod(shape) + _NPY_HEADER_LIMIT:
        raise ValueError(f"{name} is too large")
    with archive.open(member) as file:
        array: NDArray[np.uint8] = npy.read_array(file, allow_pickle=False)
    if array.shape != shape or array.dtype != np.uint8:
        raise ValueError(f"{name} is {array.dtype} of shape {array.shape}")
    return array


def _read_idx(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    with _reading(path, f"an IDX file of unsigned bytes of shape {shape}"):
        header, size = 4 + 4 * len(shape), math.prod(shape)
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(header + size + 1)  # with one byte too many, reshaping fails
        return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


@contextlib.contextmanager
def _reading(path: Path, expected: str) -> Iterator[None]:
    """Turn any error in reading ``path`` into a DataError that says what is expected."""
    try:
        yield
    except Exception as error:
        cause = str(error).strip().rstrip(".") or type(error).__name__
        raise DataError(
            f"{path} is damaged or is not {expected} ({cause}): delete it, or replace it with a fresh copy."
        ) from error
