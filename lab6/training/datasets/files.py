"""Find and read copies of MNIST, which may be damaged. Nothing is unpickled, and no more than MNIST's size is read.

Two kinds are known: a ``.npz`` archive such as Keras distributes, whatever it and its arrays are called, and the four
IDX files of the original distribution, in the usual spellings, gzipped or not. The arrays' digest, computed by the
caller, decides whether their content is right.
"""

import contextlib
import math
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab6.errors import DataError
from lab6.training.datasets import formats
from lab6.training.datasets.dataset import SIDE, TEST_IMAGES, TRAINING_IMAGES, Images
from lab6.training.datasets.formats import DEPTHS, IDX_FILES, Layout, is_idx, reading

NPZ = "mnist.npz"

SHAPES = {
    "x_train": (TRAINING_IMAGES, SIDE, SIDE),
    "y_train": (TRAINING_IMAGES,),
    "x_test": (TEST_IMAGES, SIDE, SIDE),
    "y_test": (TEST_IMAGES,),
}
"""The arrays, by their names in Keras's archive."""

_MOST_BYTES = 8 * sum(map(math.prod, SHAPES.values())) + 65_536
"""Of all arrays in an archive, unpacked: MNIST's in float64, with headers."""


def read(place: Path, check: Callable[[Images, Images], None]) -> tuple[Images, Images]:
    """The training and test images of the nearest copy in ``place``, a folder or a file, that ``check`` accepts.

    ``check`` raises DataError for other content. Without a good copy, raises the DataError of the nearest.
    """
    faults = []
    for copy in _copies(place):
        try:
            arrays = _read_idx_files(copy) if is_idx(copy[0]) else read_npz(copy[0])
            check(*arrays)
        except DataError as error:
            faults.append(error)
        else:
            return arrays
    raise faults[0] if faults else _missing(place, IDX_FILES)


def read_npz(path: Path) -> tuple[Images, Images]:
    """The images in a ``.npz`` archive, whose arrays are known by their shapes. Raises DataError for other files."""
    layout = ", ".join(f"{name} {shape}" for name, shape in SHAPES.items())
    with reading(path, f"a .npz archive of arrays {layout}"), zipfile.ZipFile(path) as archive:
        stored = _read_npys(archive)
        arrays = [_of_shape(shape, stored) for shape in SHAPES.values()]
    return Images(*arrays[:2]), Images(*arrays[2:])


def _copies(place: Path) -> Iterator[list[Path]]:
    """The files of each possible copy, the nearest first: an archive, or the IDX files of a folder."""
    depths: tuple[str, ...] = DEPTHS
    if os.path.isfile(place):  # noqa: PTH113  # Path's raises for a long name
        if not is_idx(place):
            yield [place]
            return
        place, depths = place.parent, DEPTHS[:1]
    _listed(place)  # raises if it cannot be read
    for depth in depths:
        for _, inside in groupby(sorted(place.glob(depth)), lambda path: path.parent):
            files = [path for path in inside if path.is_file()]
            yield from ([path] for path in files if path.suffix.lower() == ".npz")
            if idx := list(filter(is_idx, files)):
                yield idx


def _listed(folder: Path) -> str:
    """What is in a folder. Raises DataError."""
    try:
        return formats.listed(folder)
    except OSError as error:
        raise DataError(
            f"the data folder {folder} cannot be read ({error.strerror}): give --data-dir or LAB6_DATA_DIR a "
            "folder with mnist.npz or MNIST's four IDX files, or one of these files."
        ) from error


def _missing(folder: Path, files: Iterable[str]) -> DataError:
    """The error for a folder that lacks ``files``; it says what is there."""
    return DataError(
        f"the data folder {folder} has neither {NPZ} nor {', '.join(files)} (plain or .gz), but {_listed(folder)}: "
        "put MNIST's files there, or leave --data-dir and LAB6_DATA_DIR out."
    )


def _read_npys(archive: zipfile.ZipFile) -> dict[str, NDArray[Any]]:
    """All arrays by their names. Raises ValueError before it reads more than MNIST can take."""
    arrays, left = {}, _MOST_BYTES
    for name, member in formats.npys(archive).items():
        left -= member.file_size
        if left < 0:
            raise ValueError(f"{name} is too large")
        arrays[name] = formats.read_npy(archive, member)
    return arrays


def _of_shape(shape: tuple[int, ...], stored: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """The stored array that is or can be reshaped to ``shape``, as uint8; pixels may also be fractions of 255."""
    for array in stored.values():
        if array.shape[:1] == shape[:1] and array.size == math.prod(shape):
            if array.dtype != np.uint8:
                scale = 255 if array.dtype.kind == "f" and array.max() <= 1 else 1
                array = np.rint(array.astype(np.float32) * scale).astype(np.uint8)
            return array.reshape(shape)
    found = [f"{name} is {array.dtype} of shape {array.shape}" for name, array in stored.items()]
    raise ValueError(", ".join(found) or "it is empty")


def _read_idx_files(paths: list[Path]) -> tuple[Images, Images]:
    """The images in IDX files of a folder. Raises DataError if one is missing, or damaged and there is no other."""
    found = formats.by_kind(paths)
    if missing := [file for file, own in zip(IDX_FILES, found, strict=True) if not own]:
        raise _missing(paths[0].parent, missing)
    arrays = list(map(_first_idx, found, SHAPES.values()))
    return Images(*arrays[:2]), Images(*arrays[2:])


def _first_idx(paths: list[Path], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The array of the first file that is good. Raises the DataError of the last."""
    *others, last = paths
    for path in others:
        with contextlib.suppress(DataError):
            return _read_idx(path, shape)
    return _read_idx(last, shape)


def _read_idx(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    def check(layout: Layout) -> None:
        if layout != Layout(shape, np.dtype(np.uint8)):
            raise ValueError(f"it has {layout.dtype} of shape {layout.shape}")

    with reading(path, f"an IDX file of unsigned bytes of shape {shape}"):
        return formats.read_idx(path, check)
