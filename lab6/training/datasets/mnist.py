"""``mnist``: the real data set, from files, the cache or the network."""

import contextlib
import tempfile
from pathlib import Path

from lab6.errors import DataError
from lab6.training.datasets.dataset import Dataset, Images, digest
from lab6.training.datasets.download import download
from lab6.training.datasets.files import NPZ, read

DIGEST = "sha256:06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16"
"""The digest of MNIST's four arrays; see :func:`lab6.training.datasets.dataset.digest`."""


def from_files(place: Path) -> Dataset:
    """MNIST from a folder or file (see :mod:`lab6.training.datasets.files`). Raises DataError."""

    def check(training: Images, test: Images) -> None:
        if (found := digest(training, test)) != DIGEST:
            raise DataError(
                f"the files in {place} have MNIST's shapes but not its content (digest {found}, MNIST's is {DIGEST}): "
                "replace them with MNIST's own."
            )

    return Dataset("mnist", DIGEST, f"from {place}", *read(place, check))


def from_cache_or_network(cache: Path, seconds: float) -> Dataset:
    """MNIST from the cache, or downloaded within ``seconds`` and, if possible, stored in the cache.

    Raises DataError, with the reason, if neither works.
    """
    with contextlib.suppress(DataError):  # an empty, missing or damaged cache is filled again
        return from_files(cache)
    with contextlib.ExitStack() as stack:
        try:
            cache.mkdir(parents=True, exist_ok=True)
            (cache / NPZ).unlink(missing_ok=True)  # a damaged archive would be what is complained about
        except OSError:
            cache = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lab6-")))
        download(cache, seconds)
        return from_files(cache)
