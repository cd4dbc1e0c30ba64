"""Keras on the backend that ``KERAS_BACKEND`` names (TensorFlow by default), imported without start-up messages.

Set TF_CPP_MIN_LOG_LEVEL to 0 or 1 to see these messages.
"""

import importlib
import os
import shlex

from lab6 import settings
from lab6.training.backends import Backend, chosen, programs, xla
from lab6.training.quiet import quiet

_NAME = os.environ["KERAS_BACKEND"] = chosen()
settings.neutralise(os.environ)
_FLAGS = shlex.split(f"{os.environ.get('XLA_FLAGS', '')} {os.environ.get('TF_XLA_FLAGS', '')}")
_OURS = (xla.ONE_AFTER_THE_OTHER, xla.WIDEST_VECTORS, programs.PLACE)  # set by lab6 in the parent process
xla.set_flags()
if _NAME == "tensorflow":
    programs.keep_those_of_tensorflow()
os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # number GPUs as their driver does

with quiet(unless=not all(flag.startswith(_OURS) for flag in _FLAGS)):  # an unknown flag: XLA names it and exits
    import keras
    from keras.src.backend import config

    backend: Backend = importlib.import_module(f"lab6.training.backends.{_NAME}")

backend.read_xla_flags()
config._KERAS_DIR = os.path.expanduser("~/.keras")  # noqa: PTH111  # of data sets and weights, since KERAS_HOME is none

__all__ = ["backend", "keras"]
