"""The frameworks that Keras trains with; ``KERAS_BACKEND`` chooses. Each is one module here, with the names of Backend.

Naming them imports no framework; :mod:`lab6.training.framework` imports the one that was chosen.
"""

import importlib.util
import os
from typing import Any, Protocol

from numpy.typing import NDArray

from lab6 import values
from lab6.errors import OptionError

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""Each backend, by the name that Keras has for it, and how people write it; the first is the default."""

PLACES = {"tensorflow": "lab6 again", "jax": "lab6[jax]", "torch": "lab6[torch]"}
"""What to install for each backend."""


def chosen() -> str:
    """The backend that KERAS_BACKEND names, TensorFlow if nothing does.

    Raises OptionError for one that lab6 does not know, or that is not installed.
    """
    name = values.one_of("KERAS_BACKEND", os.environ.get("KERAS_BACKEND", next(iter(BACKENDS))), BACKENDS)
    if importlib.util.find_spec(name) is None:
        raise OptionError(
            f"KERAS_BACKEND is {name}, but {BACKENDS[name]} is not installed: install {PLACES[name]}, or choose "
            f"another of {', '.join(BACKENDS)}."
        )
    return name


class Backend(Protocol):
    """What a module of this package offers beside what Keras does."""

    PACKAGES: tuple[str, ...]
    """Those whose versions decide the speed."""

    @staticmethod
    def read_xla_flags() -> None:
        """Let XLA, if this has it, read XLA_FLAGS now."""

    @staticmethod
    def to_numpy(tensor: Any) -> NDArray[Any]:
        """A tensor's numbers in main memory; not to be changed, for they may be the tensor's own."""

    @staticmethod
    def synchronise() -> None:
        """Return when all devices have finished."""

    @staticmethod
    def threads() -> tuple[int, int]:
        """Threads that one operation is split over, and operations that run side by side on a CPU."""

    @staticmethod
    def gpus() -> list[str]:
        """The models of the GPUs that are seen, in the framework's order."""

    @staticmethod
    def forget_peak(gpu: int) -> bool:
        """Let the peak of a GPU's memory begin anew; false where the framework cannot."""

    @staticmethod
    def peak_memory(gpu: int) -> int | None:
        """The most bytes that the framework's allocator has held on a GPU; None where it does not say."""
