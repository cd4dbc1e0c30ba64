"""The frameworks that Keras trains with, chosen by ``KERAS_BACKEND``. Each is a module here with the names of Backend.

This imports no framework; :mod:`lab6.training.framework` imports the chosen one.
"""

import importlib.util
import os
from collections.abc import Callable
from typing import Any, Protocol

from numpy.typing import NDArray

from lab6 import values
from lab6.errors import OptionError

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""Each backend's name in Keras, and its name for people; the first is the default."""


def chosen() -> str:
    """The backend that KERAS_BACKEND names. Raises OptionError if it is unknown or not installed."""
    name = values.one_of("KERAS_BACKEND", os.environ.get("KERAS_BACKEND") or next(iter(BACKENDS)), BACKENDS)
    if importlib.util.find_spec(name) is None:
        install = "lab6 again" if name == "tensorflow" else f"lab6[{name}]"
        raise OptionError(
            f"KERAS_BACKEND is {name}, but {BACKENDS[name]} is not installed: install {install}, or choose another of "
            f"{', '.join(BACKENDS)}."
        )
    return name


class Backend(Protocol):
    """The names that each module of this package has."""

    read_xla_flags: Callable[[], None]
    """Let XLA read XLA_FLAGS now, if the framework uses XLA."""

    to_numpy: Callable[[Any], NDArray[Any]]
    """A tensor as an array in main memory; do not change it, since it may share the tensor's memory."""

    synchronise: Callable[[], None]
    """Return when all devices have finished."""

    threads: Callable[[], tuple[int, int]]
    """On a CPU, the threads of one operation, and the number of operations that run at the same time."""

    gpus: Callable[[], list[str]]
    """The models of the visible GPUs, in the framework's order."""

    forget_peak: Callable[[int], bool]
    """Reset a GPU's peak memory; False if the framework cannot."""

    peak_memory: Callable[[int], int | None]
    """The most bytes that the framework's allocator has held on a GPU; None if unknown."""
