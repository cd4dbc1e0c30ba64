"""Keras on the backend that ``KERAS_BACKEND`` names (TensorFlow, if nothing does), imported without start-up messages.

Set TF_CPP_MIN_LOG_LEVEL to 0 or 1 to see them all.
"""

import importlib
import os

from lab6.training.backends import Backend, chosen, processors, programs
from lab6.training.quiet import quiet

ONE_AFTER_THE_OTHER = "--xla_cpu_enable_concurrency_optimized_scheduler=false"
"""For CPUs: one operation after the other, since each uses all cores by itself."""

WIDEST_VECTORS = "--xla_cpu_prefer_vector_width=512"
"""For AMD's processors, which are faster with them at small minibatches; Intel's are slower, and XLA takes half of them
by itself. (docs/performance.md says what each flag brings.)"""


def _set_xla_flags() -> None:
    """Add XLA_FLAGS, but for those that the user has set."""
    own = os.environ.get("XLA_FLAGS", "")
    ours = [ONE_AFTER_THE_OTHER, *([WIDEST_VECTORS] if processors.of_amd() else [])]
    if own and not own.lstrip().startswith("-"):
        return  # the name of a file that holds them
    added = [flag for flag in ours if flag.partition("=")[0] not in own]
    os.environ["XLA_FLAGS"] = " ".join([own, *added]).strip()


_NAME = os.environ["KERAS_BACKEND"] = chosen()
_set_xla_flags()
if _NAME == "tensorflow":
    programs.keep_those_of_tensorflow()
os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # GPUs are counted as their driver counts them

with quiet():
    import keras

    backend: Backend = importlib.import_module(f"lab6.training.backends.{_NAME}")  # type: ignore[assignment]  # a module

backend.read_xla_flags()  # where it is seen: for a flag that XLA does not know, it ends the process, and says which

__all__ = ["backend", "keras"]
