"""Keras on TensorFlow, imported without the start-up messages of the C++ below them.

Those messages come before any logging can be set up, so standard error is silenced for the moment of the import. Set
TF_CPP_MIN_LOG_LEVEL to 0 or 1 to see them all.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from lab6.errors import OptionError


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
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


if os.environ.setdefault("KERAS_BACKEND", "tensorflow") != "tensorflow":
    raise OptionError(
        f"KERAS_BACKEND is {os.environ['KERAS_BACKEND']!r}, but this version of lab6 trains with tensorflow: unset it, "
        "or set it to tensorflow."
    )

with _quiet():
    import keras
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):  # looks for drivers, and says what it did not find
        tf.config.experimental.set_memory_growth(gpu, True)  # take memory as needed, so that it can be measured

__all__ = ["keras", "tf"]
