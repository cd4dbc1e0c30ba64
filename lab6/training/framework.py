"""Keras on the backend that ``KERAS_BACKEND`` names (TensorFlow by default), imported without start-up messages.

Set TF_CPP_MIN_LOG_LEVEL to 0 or 1 to see these messages.
"""

import importlib
import os

from lab6 import settings
from lab6.training.backends import Backend, chosen, processors, programs
from lab6.training.quiet import quiet

ONE_AFTER_THE_OTHER = "--xla_cpu_enable_concurrency_optimized_scheduler=false"
"""For CPUs: run one operation at a time, since each uses all cores by itself."""

WIDEST_VECTORS = "--xla_cpu_prefer_vector_width=512"
"""For AMD's processors, which this makes faster at small minibatches; Intel's become slower. XLA's default is 256 bits.
See docs/performance.md for the effect of each flag.
"""


def _set_xla_flags() -> None:
    """Add to XLA_FLAGS the flags that the user has not set."""
    own = os.environ.get("XLA_FLAGS", "")
    ours = [ONE_AFTER_THE_OTHER, *([WIDEST_VECTORS] if processors.of_amd() else [])]
    if own and not own.lstrip().startswith("-"):
        return  # the name of a file of flags
    added = [flag for flag in ours if flag.partition("=")[0] not in own]
    os.environ["XLA_FLAGS"] = " ".join([own, *added]).strip()


_NAME = os.environ["KERAS_BACKEND"] = chosen()
settings.neutralise(os.environ)
_FLAGS = f"{os.environ.get('XLA_FLAGS', '')} {os.environ.get('TF_XLA_FLAGS', '')}".split()
_OURS = (ONE_AFTER_THE_OTHER, WIDEST_VECTORS, programs.PLACE)  # in a process that one with lab6 has started
_set_xla_flags()
if _NAME == "tensorflow":
    programs.keep_those_of_tensorflow()
os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # number GPUs as their driver does

with quiet(unless=not all(flag.startswith(_OURS) for flag in _FLAGS)):  # XLA names an unknown flag and ends the process
    import keras

    backend: Backend = importlib.import_module(f"lab6.training.backends.{_NAME}")

backend.read_xla_flags()

__all__ = ["backend", "keras"]
