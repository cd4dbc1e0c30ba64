"""From somebody's four arrays to a data set: every form that people have, or one sentence that says what is wrong."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab6.errors import DataError, first_line
from lab6.training.datasets import digits, mnist
from lab6.training.datasets.dataset import Dataset, Images, digest
from lab6.training.datasets.formats import NAMES

MOST_CLASSES = 1_000_000


def dataset(name: str, source: str, given: Mapping[str, Any]) -> Dataset:
    """The data set of the arrays ``x_train``, ``y_train``, ``x_test`` and ``y_test``.

    Images are bytes, of which 255 becomes 1, other integers from 0 to 255, which become bytes, black and white as
    booleans, or floats, which become float32. Labels are whole numbers from 0, shape (n,) or (n, 1), or one-hot, shape
    (n, classes); they become uint8, or int32 if one is above 255. The data set is called ``name`` unless it is MNIST.
    Raises DataError.
    """
    place = source.removeprefix("from ")
    check_names(place, given)
    try:
        training, test = _of_one_type(_images("train", given), _images("test", given))
    except DataError as error:
        raise DataError(f"{place}: {error}") from error
    found = digest(training, test)
    return Dataset(_name(name, found), found, source, training, test)


def check_names(place: str, there: Iterable[str]) -> None:
    """Raise DataError if one of the four arrays is missing in ``place``."""
    names = list(there)
    if missing := [name for name in NAMES if name not in names]:
        raise DataError(
            f"{place} has no {', '.join(missing)}, but {', '.join(map(str, names[:8])) or 'nothing'}: give it arrays "
            f"called {', '.join(NAMES)}."
        )


def _name(name: str, found: str) -> str:
    """What a data set is called, in letters, digits, dots and hyphens; MNIST and the digits keep their own names."""
    known = {mnist.DIGEST: "mnist", digits.DIGEST: "digits"}
    name = re.sub(r"[^\w.]+", "-", name).strip("-.")[:60] or "data"
    return known.get(found) or (f"own-{name}" if name.lower() in known.values() else name)


def _images(part: str, given: Mapping[str, Any]) -> Images:
    x, y = f"x_{part}", f"y_{part}"
    pixels, labels = _pixels(x, _array(x, given)), _labels(y, _array(y, given))
    if len(pixels) != len(labels):
        raise DataError(f"{x} has {len(pixels):,} images and {y} has {len(labels):,} labels; give each image a label.")
    return Images(pixels, labels)


def _array(name: str, given: Mapping[str, Any]) -> NDArray[Any]:
    """An array with something in it, of numbers or at least not of Python objects."""
    try:
        array = np.asarray(given[name])
    except Exception as error:  # whatever a list of lists, a tensor or a table raises
        why = first_line(error)[:200].rstrip(".")
        raise DataError(f"{name} cannot be made an array ({why}); give a NumPy array of numbers.") from error
    if array.dtype.hasobject:
        kind = type(given[name]).__name__ if array.ndim == 0 else "an array of Python objects"
        raise DataError(f"{name} is {kind}; give an array of numbers, in which all images have the same shape.")
    if array.size == 0:
        raise DataError(f"{name} is empty (its shape is {array.shape}); give at least one image and its label.")
    return array


def _pixels(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Images as uint8 or float32, in C order."""
    if array.ndim < 2:
        raise DataError(
            f"{name} has the shape {array.shape}, so that an image would be a single number; give the shape "
            "(images, ...), with one or more dimensions for an image."
        )
    if array.dtype == np.bool_:
        return np.where(array, np.uint8(255), np.uint8(0))
    if array.dtype.kind in "iu":
        return np.ascontiguousarray(_bytes(name, array))
    if array.dtype.kind != "f":
        raise DataError(f"{name} holds {array.dtype}; give integers from 0 to 255, or floats.")
    with np.errstate(all="ignore"):
        pixels = np.require(array, np.float32, ["C", "W"])  # PyTorch warns of arrays that cannot be written
        if not (np.isfinite(pixels.min()) and np.isfinite(pixels.max())):
            raise DataError(f"{name} has pixels that are NaN or infinite as float32; give finite numbers.")
    return pixels


def _bytes(name: str, array: NDArray[Any]) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 255:
        raise DataError(
            f"{name} holds integers from {low:,} to {high:,}; give integers from 0 to 255, or floats, which are not "
            "scaled."
        )
    return array.astype(np.uint8)


def _labels(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Labels of shape (n,): whole numbers from 0, of any type."""
    if array.dtype.kind not in "biuf":
        raise DataError(f"{name} has labels that are not integers but {array.dtype}; number the classes from 0.")
    array = array.astype(np.uint8) if array.dtype == np.bool_ else array
    if array.ndim == 2:
        array = array[:, 0] if array.shape[1] == 1 else _of_one_hot(name, array)
    if array.ndim != 1:
        raise DataError(f"{name} has the shape {array.shape}; give labels of shape (n,), or one-hot (n, classes).")
    if array.dtype.kind == "f" and (array != np.rint(array)).any():
        raise DataError(f"{name} has labels that are not integers; number the classes from 0.")
    low, high = array.min(), array.max()
    if low < 0:
        raise DataError(f"{name} has negative labels (the least is {low:g}); number the classes from 0.")
    if high >= MOST_CLASSES:
        raise DataError(f"{name} has labels up to {high:,}; number the classes from 0, up to {MOST_CLASSES:,} of them.")
    return array


def _of_one_hot(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if (np.count_nonzero(array, axis=1) != 1).any() or (array.max(axis=1) != 1).any():
        raise DataError(
            f"{name} has the shape {array.shape}, but its rows are not one-hot, a single 1 among zeros; give labels of "
            "shape (n,), or one-hot (n, classes)."
        )
    return np.asarray(array.argmax(axis=1))


def _of_one_type(training: Images, test: Images) -> tuple[Images, Images]:
    """Both parts, with labels of the same type. Raises DataError if they do not belong together."""
    if training.shape != test.shape:
        raise DataError(
            f"the images of x_train have the shape {training.shape} and those of x_test {test.shape}; give them the "
            "same shape."
        )
    if training.pixels.dtype != test.pixels.dtype:
        raise DataError(
            f"x_train becomes {training.pixels.dtype} and x_test {test.pixels.dtype}; give both as integers from 0 to "
            "255, or both as floats."
        )
    if training.labels.min() == training.labels.max():
        raise DataError(f"y_train has only one class, {training.labels[0]:g}; give at least two.")
    dtype = np.uint8 if max(training.labels.max(), test.labels.max()) <= 255 else np.int32
    training_labels, test_labels = (np.ascontiguousarray(part.labels, dtype) for part in (training, test))
    return Images(training.pixels, training_labels), Images(test.pixels, test_labels)
