"""Read MNIST-shaped arrays from files that cannot be trusted: nothing is unpickled, and nothing larger than
MNIST is ever held in memory.

Two layouts are known: a ``.npz`` archive as Keras distributes it (``x_train``, ``y_train``, ``x_test``, ``y_test``),
and the four IDX files of the original distribution, gzipped or not (http://yann.lecun.com/exdb/mnist/ describes IDX).
"""

import gzip
import lzma
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from lab6.errors import DataError
from lab6.training.datasets.dataset import CLASSES, SIDE, TEST_IMAGES, TRAINING_IMAGES, Images

NPZ = "mnist.npz"

_PIXELS, _LABELS = (SIDE, SIDE), ()

_NPZ_ARRAYS = {
    "x_train": (TRAINING_IMAGES, *_PIXELS),
    "y_train": (TRAINING_IMAGES, *_LABELS),
    "x_test": (TEST_IMAGES, *_PIXELS),
    "y_test": (TEST_IMAGES, *_LABELS),
}

IDX_FILES = {
    "train-images-idx3-ubyte": (TRAINING_IMAGES, *_PIXELS),
    "train-labels-idx1-ubyte": (TRAINING_IMAGES, *_LABELS),
    "t10k-images-idx3-ubyte": (TEST_IMAGES, *_PIXELS),
    "t10k-labels-idx1-ubyte": (TEST_IMAGES, *_LABELS),
}

_NPY_HEADER_LIMIT = 65_536
"""Bytes; the header of a .npy array of bytes takes 128."""

_UNREADABLE = (
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError),
    *(ValueError, TypeError, KeyError, SyntaxError, tokenize.TokenError, RuntimeError, MemoryError),
)
"""What zipfile and gzip raise on damaged, encrypted or unreadable files, and NumPy's parser on damaged headers."""


def read_folder(folder: Path) -> tuple[Images, Images] | None:
    """The training and test images in ``folder``, or None where it holds no file that could be MNIST.

    Raises DataError for files that are there but damaged, incomplete or of another shape or type.
    """
    if (folder / NPZ).is_file():
        return read_npz(folder / NPZ)
    found = {name: path for name in IDX_FILES if (path := _idx_path(folder, name))}
    if not found:
        return None
    if missing := [name for name in IDX_FILES if name not in found]:
        raise DataError(
            f"{folder} holds only {len(found)} of MNIST's four IDX files: add {', '.join(missing)} (or .gz)."
        )
    arrays = [_read_idx(found[name], shape) for name, shape in IDX_FILES.items()]
    return _images(folder, *arrays)


def read_npz(path: Path) -> tuple[Images, Images]:
    """The training and test images in a ``.npz`` archive in Keras's layout.

    Raises DataError when the archive is damaged or holds anything but uint8 arrays of MNIST's shapes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = [_read_npy(path, archive, name, shape) for name, shape in _NPZ_ARRAYS.items()]
    except _UNREADABLE as error:
        raise DataError(
            f"{path} is damaged or is no .npz archive ({_cause(error)}): delete it or replace it by a fresh copy."
        ) from error
    return _images(path, *arrays)


def _read_npy(path: Path, archive: zipfile.ZipFile, name: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    try:
        member = archive.getinfo(f"{name}.npy")
    except KeyError as error:
        raise DataError(
            f"{path} has no array {name}: Keras's layout needs {', '.join(_NPZ_ARRAYS)}; replace the file."
        ) from error
    if member.file_size > np.prod(shape) + _NPY_HEADER_LIMIT:
        raise DataError(
            f"{path}: array {name} takes {member.file_size:,} bytes, far more than MNIST's {np.prod(shape):,}; "
            "replace the file."
        )
    with archive.open(member) as file:
        found, fortran_order, dtype = _read_npy_header(file)
        if (found, dtype, fortran_order) != (shape, np.dtype(np.uint8), False):
            order = " in Fortran order" if fortran_order else ""
            raise DataError(
                f"{path}: array {name} is {dtype} of shape {found}{order}, but MNIST's is uint8 of shape {shape}; "
                "replace the file."
            )
        return _read_exactly(path, file, shape)


def _read_npy_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    match npy.read_magic(file):
        case (1, 0):
            return npy.read_array_header_1_0(file)
        case (2, 0):
            return npy.read_array_header_2_0(file)
        case version:
            raise ValueError(f"an array in .npy format {version}")


def _idx_path(folder: Path, name: str) -> Path | None:
    candidates = (folder / name, folder / f"{name}.gz")
    return next((path for path in candidates if path.is_file()), None)


def _read_idx(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    header = bytes([0, 0, 8, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            if file.read(len(header)) != header:
                raise DataError(
                    f"{path} is not an IDX file of unsigned bytes of shape {shape}, as MNIST's is; replace the file."
                )
            return _read_exactly(path, file, shape)
    except _UNREADABLE as error:
        raise DataError(f"{path} is damaged ({_cause(error)}): delete it or replace it by a fresh copy.") from error


def _read_exactly(path: Path, file: IO[bytes] | gzip.GzipFile, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Read an array of ``shape`` from the rest of ``file``, never more than one byte past its end."""
    size = int(np.prod(shape))
    content = file.read(size + 1)
    if len(content) != size:
        found = "more" if len(content) > size else f"only {len(content):,}"
        raise DataError(
            f"{path} is truncated or over-long: an array of shape {shape} takes {size:,} bytes and {found} are there; "
            "replace the file."
        )
    return np.frombuffer(content, np.uint8).reshape(shape)


def _images(
    path: Path,
    training_pixels: NDArray[np.uint8],
    training_labels: NDArray[np.uint8],
    test_pixels: NDArray[np.uint8],
    test_labels: NDArray[np.uint8],
) -> tuple[Images, Images]:
    largest = max(int(training_labels.max()), int(test_labels.max()))
    if largest >= CLASSES:
        raise DataError(f"{path} has a label {largest}, but labels are the digits 0 to 9; replace the file.")
    return Images(training_pixels, training_labels), Images(test_pixels, test_labels)


def _cause(error: BaseException) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__
