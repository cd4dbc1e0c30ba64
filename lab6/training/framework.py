"""TensorFlow and Keras, imported without the start-up messages of the C++ below them.

Those messages come before any logging can be set up, so standard error is silenced for the moment of the import. Set
TF_CPP_MIN_LOG_LEVEL, to 0 for instance, to see them all.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    if _LOG_LEVEL in os.environ:
        yield
        return
    os.environ[_LOG_LEVEL] = "2"  # warnings and information are not shown later on either; errors are
    stderr = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


with _quiet():
    import keras
    import tensorflow as tf

    tf.config.list_physical_devices()  # looks for drivers, and says what it did not find

__all__ = ["keras", "tf"]
