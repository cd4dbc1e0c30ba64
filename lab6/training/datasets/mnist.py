"""``mnist``: the real data set, from a folder, the cache or the network."""

import contextlib
import tempfile
from pathlib import Path

from lab6.errors import DataError
from lab6.training.datasets.dataset import Dataset, digest
from lab6.training.datasets.download import download
from lab6.training.datasets.files import NPZ, read_folder

DIGEST = "sha256:06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16"
"""Of MNIST's four arrays; see :func:`lab6.training.datasets.dataset.digest`."""


def from_folder(folder: Path) -> Dataset:
    """MNIST from the files in ``folder``: ``mnist.npz`` or the four IDX files, gzipped or not.

    Raises DataError when the folder or MNIST's files are missing, or when what they hold is not MNIST.
    """
    try:
        arrays = read_folder(folder) if folder.is_dir() else None
        exists = folder.exists()
    except OSError as error:
        raise DataError(
            f"the data folder {folder} cannot be read ({error.strerror}): make it readable, or name another with "
            "--data-dir or LAB6_DATA_DIR."
        ) from error
    if not exists:
        raise DataError(
            f"the data folder {folder} does not exist: give --data-dir or LAB6_DATA_DIR a folder with mnist.npz "
            "or MNIST's four IDX files."
        )
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
    """MNIST from the cache, or downloaded within ``seconds``, into the cache where that can be written.

    Raises DataError, with the reason, when it cannot be had.
    """
    with contextlib.suppress(DataError):  # an empty, absent or damaged cache is filled anew
        return from_folder(cache)
    with contextlib.ExitStack() as stack:
        try:
            cache.mkdir(parents=True, exist_ok=True)
            (cache / NPZ).unlink(missing_ok=True)  # a damaged one, which would be read before what comes from elsewhere
        except OSError:
            cache = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lab6-")))
        download(cache, seconds)
        return from_folder(cache)
