"""Which data set to train on: MNIST where it can be had, otherwise the embedded ``digits``."""

import contextlib
import os
import tempfile
from pathlib import Path

import numpy as np
import platformdirs

from lab6.errors import DataError
from lab6.training.datasets import digits, mnist
from lab6.training.datasets.dataset import Dataset, Images, digest
from lab6.training.datasets.files import NPZ, read_npz

CHOICES = ("auto", "mnist", "digits")

AUTO_SECONDS = 8.0
"""How long ``auto`` waits for a download; with it the main job starts within 20 s on any network."""

MNIST_SECONDS = 600.0
"""How long ``mnist`` waits: there is nothing else to start with."""


def load(choice: str = "auto", data_dir: Path | None = None) -> Dataset:
    """The data set called ``choice``, one of :data:`CHOICES`.

    ``data_dir`` is a folder with MNIST's files. A folder that was named and does not hold MNIST is an error, also for
    ``auto``, which otherwise falls back to ``digits`` and says so in the data set's ``source``.
    Raises DataError.
    """
    if choice == "digits":
        return _digits("made from scikit-learn's digits")
    if data_dir is not None:
        return mnist.from_folder(data_dir)
    cache = cache_folder() / "mnist"
    if choice == "mnist":
        try:
            return mnist.from_cache_or_network(cache, MNIST_SECONDS)
        except DataError as error:
            raise DataError(
                f"MNIST cannot be had ({error}): put mnist.npz or MNIST's four IDX files into a folder and name it "
                "with --data-dir, or take --dataset digits."
            ) from error
    try:
        return mnist.from_cache_or_network(cache, AUTO_SECONDS)
    except DataError as error:
        return _digits(f"instead of MNIST: {error} (--dataset mnist waits longer, --data-dir names a folder)")


def cache_folder() -> Path:
    """Where data sets are kept between runs: LAB6_CACHE_DIR, or the operating system's place for caches."""
    return Path(os.environ.get("LAB6_CACHE_DIR") or platformdirs.user_cache_path("lab6", appauthor=False))


def _digits(source: str) -> Dataset:
    """The digits from the cache, or made and put there where that is possible."""
    path = cache_folder() / "digits" / NPZ
    with contextlib.suppress(DataError, OSError):
        arrays = read_npz(path)
        if digest(*arrays) == digits.DIGEST:
            return Dataset("digits", digits.DIGEST, source, *arrays)
    arrays = digits.make()
    if digest(*arrays) != digits.DIGEST:
        raise DataError(
            f"the data set digits came out with the digest {digest(*arrays)} and not, as everywhere, {digits.DIGEST}: "
            "take --dataset mnist, and report it with your versions of NumPy and scikit-learn."
        )
    with contextlib.suppress(OSError):  # no place for a cache: they are made again next time
        _save(path, *arrays)
    return Dataset("digits", digits.DIGEST, source, *arrays)


def _save(path: Path, training: Images, test: Images) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:  # so that a cache is whole or not there
        part = Path(folder) / NPZ
        np.savez(part, x_train=training.pixels, y_train=training.labels, x_test=test.pixels, y_test=test.labels)
        part.replace(path)
