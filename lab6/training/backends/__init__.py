"""The frameworks that Keras trains with, chosen by ``KERAS_BACKEND``. Each is a module here with the names of Backend.

This imports no framework; :mod:`lab6.training.framework` imports the chosen one.
"""

import importlib.util
import os
from typing import Any, Protocol

from numpy.typing import NDArray

from lab6 import values
from lab6.errors import OptionError

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""Each backend's name in Keras, and its name for people; the first is the default."""

PLACES = {"tensorflow": "lab6 again", "jax": "lab6[jax]", "torch": "lab6[torch]"}
"""What to install for each backend."""


def chosen() -> str:
    """The backend that KERAS_BACKEND names. Raises OptionError if it is unknown or not installed."""
    name = values.one_of("KERAS_BACKEND", os.environ.get("KERAS_BACKEND", next(iter(BACKENDS))), BACKENDS)
    if importlib.util.find_spec(name) is None:
        raise OptionError(
            f"KERAS_BACKEND is {name}, but {BACKENDS[name]} is not installed: install {PLACES[name]}, or choose "
            f"another of {', '.join(BACKENDS)}."
        )
    return name


class Backend(Protocol):
    """The names that each module of this package has."""

    PACKAGES: tuple[str, ...]
    """The packages whose versions decide the speed."""

    @staticmethod
    def read_xla_flags() -> None:
        """Let XLA read XLA_FLAGS now, if the framework uses XLA."""

    @staticmethod
    def to_numpy(tensor: Any) -> NDArray[Any]:
        """A tensor as an array in main memory; do not change it, since it may share the tensor's memory."""

    @staticmethod
    def synchronise() -> None:
        """Return when all devices have finished."""

    @staticmethod
    def threads() -> tuple[int, int]:
        """On a CPU, the threads of one operation, and the number of operations that run at the same time."""

    @staticmethod
    def gpus() -> list[str]:
        """The models of the visible GPUs, in the framework's order."""

    @staticmethod
    def forget_peak(gpu: int) -> bool:
        """Reset a GPU's peak memory; False if the framework cannot."""

    @staticmethod
    def peak_memory(gpu: int) -> int | None:
        """The most bytes that the framework's allocator has held on a GPU; None if unknown."""
