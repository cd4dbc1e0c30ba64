"""``mnist``: the real data set, from a folder, the cache or the network."""

import contextlib
from pathlib import Path

from lab6.errors import DataError
from lab6.training.datasets.dataset import Dataset, digest
from lab6.training.datasets.download import download
from lab6.training.datasets.files import read_folder

DIGEST = "sha256:06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16"
"""Of MNIST's four arrays; see :func:`lab6.training.datasets.dataset.digest`."""


def from_folder(folder: Path) -> Dataset:
    """MNIST from the files in ``folder``: ``mnist.npz`` or the four IDX files, gzipped or not.

    Raises DataError when the folder or MNIST's files are missing, or when what they hold is not MNIST.
    """
    if not folder.is_dir():
        raise DataError(
            f"the data folder {folder} does not exist: give --data-dir or LAB6_DATA_DIR a folder with mnist.npz "
            "or MNIST's four IDX files."
        )
    arrays = read_folder(folder)
    if arrays is None:
        raise DataError(
            f"the data folder {folder} holds no MNIST: put mnist.npz or MNIST's four IDX files (gzipped or not) there, "
            "or leave --data-dir and LAB6_DATA_DIR out."
        )
    found = digest(*arrays)
    if found != DIGEST:
        raise DataError(
            f"the files in {folder} have MNIST's shape but not its content (digest {found}, MNIST's is {DIGEST}): "
            "replace them by MNIST's own."
        )
    return Dataset("mnist", found, f"from {folder}", *arrays)


def from_cache_or_network(cache: Path, seconds: float) -> Dataset:
    """MNIST from the cache, or downloaded into it within ``seconds``.

    Raises DataError, with the reason, when it cannot be had.
    """
    with contextlib.suppress(DataError):  # an empty, absent or damaged cache is filled anew
        return from_folder(cache)
    download(cache, seconds)
    return from_folder(cache)
