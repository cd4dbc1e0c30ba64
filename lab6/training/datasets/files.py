"""Find and read copies of MNIST, which may be damaged. Nothing is unpickled, and no more than MNIST's size is read.

Two kinds are known: a ``.npz`` archive such as Keras distributes, whatever it and its arrays are called, and the four
IDX files of the original distribution, in the usual spellings, gzipped or not (http://yann.lecun.com/exdb/mnist/
describes IDX). The arrays' digest, computed by the caller, decides whether their content is right.
"""

import contextlib
import gzip
import math
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

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
"""The arrays, by their names in Keras's archive."""

IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
"""The IDX files with the same arrays, in the same order."""

IDX_NAMES = [
    re.compile(rf"({name})([-_.]idx\d)?([-_.]ubyte)?(\.gz)?$", re.IGNORECASE)
    for name in ("train[-_.]images", "train[-_.]labels", "(t10k|test)[-_.]images", "(t10k|test)[-_.]labels")
]
"""How the name of each of them may end."""

DEPTHS = ("*", "*/*", "*/*/*")
"""Where in a folder files are looked for; torchvision keeps them in MNIST/raw."""

_MOST_BYTES = 8 * sum(map(math.prod, SHAPES.values())) + 65_536
"""Of all arrays in an archive, unpacked: MNIST's in float64, with headers."""


def read(place: Path, check: Callable[[Images, Images], None]) -> tuple[Images, Images]:
    """The training and test images of the nearest copy in ``place``, a folder or a file, that ``check`` accepts.

    ``check`` raises DataError for other content. Without a good copy, raises the DataError of the nearest.
    """
    faults = []
    for copy in _copies(place):
        try:
            arrays = _read_idx_files(copy) if _is_idx(copy[0]) else read_npz(copy[0])
            check(*arrays)
        except DataError as error:
            faults.append(error)
        else:
            return arrays
    raise faults[0] if faults else _missing(place, IDX_FILES)


def read_npz(path: Path) -> tuple[Images, Images]:
    """The images in a ``.npz`` archive, whose arrays are known by their shapes. Raises DataError for other files."""
    layout = ", ".join(f"{name} {shape}" for name, shape in SHAPES.items())
    with _reading(path, f"a .npz archive of arrays {layout}"), zipfile.ZipFile(path) as archive:
        stored = _read_npys(archive)
        arrays = [_of_shape(shape, stored) for shape in SHAPES.values()]
    return Images(*arrays[:2]), Images(*arrays[2:])


def _copies(place: Path) -> Iterator[list[Path]]:
    """The files of each possible copy, the nearest first: an archive, or the IDX files of a folder."""
    depths: tuple[str, ...] = DEPTHS
    if os.path.isfile(place):  # noqa: PTH113  # Path's raises for a long name
        if not _is_idx(place):
            yield [place]
            return
        place, depths = place.parent, DEPTHS[:1]
    _names(place)  # raises if it cannot be read
    for depth in depths:
        for _, inside in groupby(sorted(place.glob(depth)), lambda path: path.parent):
            files = [path for path in inside if path.is_file()]
            yield from ([path] for path in files if path.suffix.lower() == ".npz")
            if idx := list(filter(_is_idx, files)):
                yield idx


def _is_idx(path: Path) -> bool:
    return any(name.search(path.name) for name in IDX_NAMES)


def _names(folder: Path) -> list[str]:
    """What is in a folder. Raises DataError."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise DataError(
            f"the data folder {folder} cannot be read ({error.strerror}): give --data-dir or LAB6_DATA_DIR a "
            "folder with mnist.npz or MNIST's four IDX files, or one of these files."
        ) from error


def _missing(folder: Path, files: Iterable[str]) -> DataError:
    """The error for a folder that lacks ``files``; it says what is there."""
    names = _names(folder)
    there = ", ".join(names[:8]) + (f" and {len(names) - 8:,} more" if len(names) > 8 else "")
    return DataError(
        f"the data folder {folder} has neither {NPZ} nor {', '.join(files)} (plain or .gz), but {there or 'nothing'}: "
        "put MNIST's files there, or leave --data-dir and LAB6_DATA_DIR out."
    )


def _read_npys(archive: zipfile.ZipFile) -> dict[str, NDArray[Any]]:
    """All arrays by their names. Raises ValueError before it reads more than MNIST can take."""
    arrays, left = {}, _MOST_BYTES
    for member in archive.infolist():
        name, left = member.filename.removesuffix(".npy"), left - member.file_size
        if left < 0:
            raise ValueError(f"{name} is too large")
        with archive.open(member) as file:
            arrays[name] = npy.read_array(file, allow_pickle=False)
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
    found = [[path for path in paths if name.search(path.name)] for name in IDX_NAMES]  # plain ones before .gz
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
    with _reading(path, f"an IDX file of unsigned bytes of shape {shape}"), path.open("rb") as plain:
        header, size = 4 + 4 * len(shape), math.prod(shape)
        gzipped = plain.read(2) == b"\x1f\x8b"  # whatever its name is: some programs unpack without renaming
        plain.seek(0)
        with gzip.open(plain) if gzipped else plain as file:
            content = file.read(header + size + 1)  # with one byte too many, reshaping fails
        return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


@contextlib.contextmanager
def _reading(path: Path, expected: str) -> Iterator[None]:
    """Turn any error in reading ``path`` into a DataError that says what is expected."""
    try:
        yield
    except Exception as error:
        cause = str(error).strip().rstrip(".") or type(error).__name__
        raise DataError(f"{path} is damaged or is not {expected} ({cause}): replace it with a fresh copy.") from error
