"""Data sets of one's own that a function returns: Keras's ``load_data``, or somebody's."""

import contextlib
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lab6 import paths
from lab6.errors import DataError, first_line
from lab6.place import Place
from lab6.training.datasets import arrays
from lab6.training.datasets.dataset import Dataset
from lab6.training.datasets.formats import NAMES

FORMS = f"return (x_train, y_train), (x_test, y_test), or these four in a row, or a dict of {', '.join(NAMES)}"
"""What a function may return."""

UNSUITABLE = {
    **dict.fromkeys(("imdb", "reuters"), "texts of different lengths"),
    **dict.fromkeys(("boston_housing", "california_housing"), "prices without classes"),
}
"""What those of Keras's data sets hold that cannot be used here."""

SILENCE = 30.0
"""Seconds without a byte after which a download by Keras fails."""


def from_keras(name: str) -> Dataset:
    """The data set that ``keras.datasets`` calls ``name``; Keras downloads it the first time. Raises DataError."""
    if name in UNSUITABLE:
        raise DataError(f"keras:{name} holds {UNSUITABLE[name]}: lab6 trains on images or vectors with classes.")
    from lab6.training.framework import keras

    module: Any = getattr(keras.datasets, name, None)
    if not hasattr(module, "load_data"):
        there = [f"keras:{each}" for each, value in vars(keras.datasets).items() if hasattr(value, "load_data")]
        suitable = [each for each in there if each.removeprefix("keras:") not in UNSUITABLE]
        raise DataError(f"keras:{name} is not in Keras {keras.__version__}: give one of {', '.join(suitable)}.")
    try:
        with _downloading():
            returned = module.load_data()
    except Exception as error:  # whatever Keras raises
        why = first_line(error)[:300].rstrip(".")
        raise DataError(
            f"Keras cannot load its data set {name} ({why}): connect this machine to the network, or copy "
            "the folder ~/.keras/datasets from a machine that has loaded it."
        ) from error
    return arrays.dataset(name, f"from keras.datasets.{name}", _four(f"keras.datasets.{name}", returned))


def from_place(place: Place) -> Dataset:
    """The data set that a function returns. Raises DataError, and OptionError if the function fails."""
    return arrays.dataset(place.name, f"from {place.title}", _four(place.title, place.call()))


def _four(title: str, returned: Any) -> Mapping[str, Any]:
    """The four arrays by their names. Raises DataError."""
    match returned:
        case Mapping():
            return returned
        case ((a, b), (c, d)) | (a, b, c, d):
            return dict(zip(NAMES, (a, b, c, d), strict=True))
        case tuple() | list():
            what = f"a {type(returned).__name__} of {len(returned)}"
        case _:
            what = "None" if returned is None else f"a {type(returned).__name__}"
    raise DataError(f"{title} returned {what}: let it {FORMS}.")


@contextlib.contextmanager
def _downloading() -> Iterator[None]:
    """Let Keras keep what it downloads, and let no download wait forever."""
    with contextlib.suppress(OSError):
        Path(paths.expanded("~/.keras")).mkdir(exist_ok=True)  # or Keras would use the folder for temporary files
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
