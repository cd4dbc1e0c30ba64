"""Choose and load a data set: MNIST if it is available, otherwise the embedded ``digits``; or one's own."""

import contextlib
import os
import re
import tempfile
from pathlib import Path

import numpy as np
import platformdirs

from lab6 import paths
from lab6.errors import DataError, OptionError
from lab6.place import FORMS, Place
from lab6.probe import probe
from lab6.training.datasets import digits, functions, mnist, own_files
from lab6.training.datasets.dataset import Dataset, Images, digest
from lab6.training.datasets.files import NPZ, read_npz

CHOICES = ("auto", "mnist", "digits")

KERAS = "keras:"
"""The beginning of the name of a data set that Keras brings along."""

SECONDS = {"auto": 8.0, "mnist": 600.0}
"""How long to wait for a download. After 8 s the main job still starts within 20 s; ``mnist`` has no alternative."""


def parse(option: str, text: str, tree: Path) -> str | Place:
    """What an option names, as :func:`load` takes it: a choice, ``keras:NAME``, an absolute path, or a function.

    What exists here is a path, whatever it is called, except for the names in :data:`CHOICES`; a function's file may be
    relative, below ``tree`` (see :class:`lab6.place.Place`). Raises OptionError.
    """
    if text in CHOICES:
        return text
    path = paths.expanded(text)
    if os.path.exists(path):  # noqa: PTH110  # Path's raises for a long name
        return str(Path(path).absolute())
    if re.fullmatch(rf"{KERAS}[a-z]\w*", text):
        return text
    if not text.startswith(KERAS) and text.rpartition(":")[2].isidentifier() and ":" in text:
        return Place.parse(option, text, tree)
    raise OptionError(
        f"{option}: {text[:60]!r} is no data set; give {', '.join(CHOICES)}, {KERAS}NAME, an .npz file, a folder of "
        f"IDX files, or {FORMS}."
    )


def needs_framework(choice: str | Place) -> bool:
    """Whether only a process that may import a framework can load it."""
    return isinstance(choice, Place) or choice.startswith(KERAS)


def load(choice: str | Place = "auto", data_dir: Path | None = None) -> Dataset:
    """The data set that :func:`parse` has found.

    ``data_dir``: for ``auto`` and ``mnist``, a folder with MNIST's files, or one of them. If it is given and does not
    hold MNIST, that is an error, even for ``auto``, which otherwise falls back to ``digits`` and gives the reason in
    the data set's ``source``. Raises DataError, and OptionError if a function fails.
    """
    if isinstance(choice, Place):
        return functions.from_place(choice)
    if choice.startswith(KERAS):
        return functions.from_keras(choice.removeprefix(KERAS))
    if choice not in CHOICES:
        return own_files.from_path(Path(choice))
    if choice == "digits":
        return _digits("made from scikit-learn's digits")
    return _mnist(choice, data_dir)


def _mnist(choice: str, data_dir: Path | None) -> Dataset:
    """MNIST; for ``auto``, the digits if it cannot be had within seconds."""
    if data_dir is not None:
        return mnist.from_files(data_dir)
    try:
        return mnist.from_cache_or_network(cache_folder() / "mnist", SECONDS[choice])
    except DataError as error:
        if choice == "auto":
            return _digits(f"instead of MNIST: {error} (--dataset mnist waits longer, --data-dir names a folder)")
        raise DataError(
            f"MNIST is not available ({error}): put mnist.npz or MNIST's four IDX files into a folder and name it with "
            "--data-dir, or use --dataset digits."
        ) from error


def cache_folder() -> Path:
    """The folder for what is kept between runs: LAB6_CACHE_DIR, or the operating system's place for caches.

    A user without a home has one in the folder for temporary files. Raises OptionError.
    """
    if named := os.environ.get("LAB6_CACHE_DIR"):
        return paths.local("LAB6_CACHE_DIR", named, "a folder")
    return _user_cache() or Path(tempfile.gettempdir()) / "lab6-cache"


@probe(None)
def _user_cache() -> Path | None:
    path = platformdirs.user_cache_path("lab6", appauthor=False)
    return path if path.is_absolute() else None


def _digits(source: str) -> Dataset:
    """The digits from the cache; if they are not there, made now and stored in the cache if possible."""
    path = cache_folder() / "digits" / NPZ
    with contextlib.suppress(DataError):
        arrays = read_npz(path)
        if digest(*arrays) == digits.DIGEST:
            return Dataset("digits", digits.DIGEST, source, *arrays)
    arrays = digits.make()
    if (found := digest(*arrays)) != digits.DIGEST:
        raise DataError(
            f"the data set digits was made with the digest {found} instead of {digits.DIGEST}: use --dataset mnist, "
            "and report this with your versions of NumPy and scikit-learn."
        )
    with contextlib.suppress(OSError):  # without a cache, they are made again next time
        _save(path, *arrays)
    return Dataset("digits", digits.DIGEST, source, *arrays)


def _save(path: Path, training: Images, test: Images) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:  # moved when complete: no one reads half a file
        part = Path(folder) / NPZ
        np.savez(part, x_train=training.pixels, y_train=training.labels, x_test=test.pixels, y_test=test.labels)
        part.replace(path)
