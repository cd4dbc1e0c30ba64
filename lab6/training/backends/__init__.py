"""The frameworks that Keras trains with; ``KERAS_BACKEND`` chooses. Each is one module here, with the names of Backend.

Naming them imports no framework; :mod:`lab6.training.framework` imports the one that was chosen.
"""

from typing import Any, Protocol

from numpy.typing import NDArray

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""Each backend, by the name that Keras has for it, and how people write it; the first is the default."""


USERS_XLA_FLAGS = "LAB6_USERS_XLA_FLAGS"
"""The environment variable that keeps XLA_FLAGS as the user had them, for processes that run without lab6's."""


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
