"""Silence for what C++ below a framework writes to standard error, which no logging of Python's sees."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Send standard error nowhere for a while, unless TF_CPP_MIN_LOG_LEVEL is 0 or 1: then everything is to be seen."""
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2") in ("0", "1"):  # 2: errors are shown, less is not
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
