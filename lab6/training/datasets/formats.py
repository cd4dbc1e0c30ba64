"""Read ``.npz`` archives and IDX files of any shape, which may be damaged. Nothing is unpickled.

IDX is the format of MNIST's original distribution (http://yann.lecun.com/exdb/mnist/): four bytes that give the type
and the number of dimensions, the size of each, and the values.
"""

import contextlib
import dataclasses
import gzip
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from lab6.errors import DataError

NAMES = ("x_train", "y_train", "x_test", "y_test")
"""The arrays of a data set, as Keras's archives call them: images and labels, for training and test."""

IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
"""The IDX files with the same arrays, in the same order."""

IDX_NAMES = [
    re.compile(rf"({name})([-_.]idx\d)?([-_.]ubyte)?(\.gz)?$", re.IGNORECASE)
    for name in ("train[-_.]images", "train[-_.]labels", "(t10k|test)[-_.]images", "(t10k|test)[-_.]labels")
]
"""How the name of each of them may end."""

DEPTHS = ("*", "*/*", "*/*/*")
"""Where in a folder files are looked for; torchvision keeps them in MNIST/raw."""

_IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


@dataclasses.dataclass(frozen=True)
class Layout:
    """What the header of an array promises."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def count(self) -> int:
        """The number of values."""
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        """The size of all values."""
        return self.count * self.dtype.itemsize


def is_idx(path: Path) -> bool:
    """Whether a file is called as IDX files are."""
    return any(name.search(path.name) for name in IDX_NAMES)


def idx_prefix(path: Path) -> str:
    """What stands before the usual name of an IDX file, such as ``emnist-letters-``."""
    return path.name[: min(found.start() for name in IDX_NAMES if (found := name.search(path.name)))]


def by_kind(paths: Iterable[Path]) -> list[list[Path]]:
    """The paths of each of the four IDX files, in the order of ``IDX_FILES``, plain ones before ``.gz``."""
    ordered = sorted(paths)
    return [[path for path in ordered if name.search(path.name)] for name in IDX_NAMES]


def listed(folder: Path) -> str:
    """What is in a folder, for people. Raises OSError."""
    names = sorted(path.name for path in folder.iterdir())
    return (", ".join(names[:8]) or "nothing") + (f" and {len(names) - 8:,} more" if len(names) > 8 else "")


def npys(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The arrays in an ``.npz`` archive, not yet read, by their names."""
    return {member.filename.removesuffix(".npy"): member for member in archive.infolist()}


def npy_layout(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Layout:
    """What the header of an array in an archive promises. Raises an exception of any kind if it is damaged."""
    with archive.open(member) as file:
        is_first = npy.read_magic(file) == (1, 0)
        shape, _, dtype = (npy.read_array_header_1_0 if is_first else npy.read_array_header_2_0)(file)
    return Layout(shape, dtype)


def read_npy(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    """An array in an archive. Raises an exception of any kind if it is damaged."""
    with archive.open(member) as file:
        array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
    return array


def idx_layout(path: Path) -> Layout:
    """What the header of an IDX file promises. Raises an exception of any kind if it is damaged."""
    with _unpacked(path) as file:
        return _header(file)


def read_idx(path: Path, check: Callable[[Layout], None] = lambda layout: None) -> NDArray[Any]:
    """The array in an IDX file, plain or gzipped. Raises an exception of any kind if it is damaged.

    ``check`` raises one before anything is read if the header promises what it should not.
    """
    with _unpacked(path) as file:
        layout = _header(file)
        check(layout)
        content = file.read(layout.bytes + 1)  # with one byte too many, reshaping fails
    return np.frombuffer(content, layout.dtype).reshape(layout.shape)


@contextlib.contextmanager
def reading(path: Path, expected: str, advice: str = "replace it with a fresh copy") -> Iterator[None]:
    """Turn any other error in reading ``path`` into a DataError that says what is expected, and what to do."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:
        cause = str(error).strip().rstrip(".") or type(error).__name__
        raise DataError(f"{path} is damaged or is not {expected} ({cause}): {advice}.") from error


@contextlib.contextmanager
def _unpacked(path: Path) -> Iterator[Any]:
    with path.open("rb") as plain:
        gzipped = plain.read(2) == b"\x1f\x8b"  # whatever its name is: some programs unpack without renaming
        plain.seek(0)
        with gzip.open(plain) if gzipped else plain as file:
            yield file


def _header(file: IO[bytes]) -> Layout:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _IDX_TYPES:
        raise ValueError(f"it begins with {start.hex(' ') or 'nothing'}")
    sizes = file.read(4 * start[3])
    if len(sizes) < 4 * start[3]:
        raise ValueError("it ends within its header")
    return Layout(tuple(np.frombuffer(sizes, ">u4").tolist()), np.dtype(_IDX_TYPES[start[2]]))
