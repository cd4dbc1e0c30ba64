"""Silence what a framework's C++ code writes to standard error, past Python's logging."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

private = False
"""Whether standard error is a file of this process's own, which is read only if the process dies (a worker's)."""


@contextlib.contextmanager
def quiet(unless: bool = False) -> Iterator[None]:
    """Discard standard error within this context, unless TF_CPP_MIN_LOG_LEVEL is 0 or 1, which asks for everything.

    In a worker it is taken back afterwards, whatever the level. ``unless``: whether the process may end in it, so that
    a person must see why.
    """
    everything = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2") in ("0", "1")  # 2: errors only
    if private:
        with _forgotten():
            yield
        return
    if everything or unless:
        yield
        return
    stderr = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


@contextlib.contextmanager
def _forgotten() -> Iterator[None]:
    """Take back what was written to standard error, a file, within this context, unless the process ends in it."""
    before = os.lseek(2, 0, os.SEEK_CUR)
    try:
        yield
    finally:
        os.ftruncate(2, before)
        os.lseek(2, before, os.SEEK_SET)
