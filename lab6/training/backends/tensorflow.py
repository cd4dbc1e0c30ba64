"""TensorFlow, as lab6 uses it. Importing this under another backend of Keras is refused."""

import os
from typing import Any

import keras
from numpy.typing import NDArray

from lab6.errors import OptionError
from lab6.training.backends import processors

if keras.backend.backend() != "tensorflow":
    raise OptionError(
        f"this needs TensorFlow, but KERAS_BACKEND is {keras.backend.backend()}: unset it, or set it to tensorflow."
    )

import tensorflow as tf  # only now: it takes seconds
from tensorflow.python.framework import ops

__all__ = [
    "PACKAGES",
    "begin_program",
    "forget_peak",
    "gpus",
    "peak_memory",
    "read_xla_flags",
    "synchronise",
    "tf",
    "threads",
    "to_numpy",
]

PACKAGES = ("tensorflow",)

for _gpu in tf.config.list_physical_devices("GPU"):  # looks for drivers, and says what it did not find
    tf.config.experimental.set_memory_growth(_gpu, True)  # take memory as needed, so that it can be measured
tf.config.experimental.enable_tensor_float_32_execution(False)  # float32 is float32, on every backend alike


def read_xla_flags() -> None:
    """See :class:`Backend`: XLA reads them for the first program, here one that is compiled no further than needed."""
    with tf.device("/CPU:0"):
        same = tf.function(lambda number: number, jit_compile=True, autograph=False)
        same.experimental_get_compiler_ir(tf.constant(0))()


NUMBERS = 100_000
"""More than the tensors that are made between two programs, unless Python starts each step."""


def begin_program() -> None:
    """Let the next function have a round number. TensorFlow counts functions together with tensors, and the number is
    in the name of the program, which is in the key under which it is kept: the next process would not find it."""
    while ops.uid() % NUMBERS:
        pass


def to_numpy(tensor: Any) -> NDArray[Any]:
    """See :class:`Backend`."""
    found: NDArray[Any] = tensor.numpy()
    return found


def synchronise() -> None:
    """See :class:`Backend`."""
    tf.test.experimental.sync_devices()


def threads() -> tuple[int, int]:
    """Both are settings; where nothing was set, TensorFlow takes as many as it may use cores."""
    settings = tf.config.threading
    intra_op = settings.get_intra_op_parallelism_threads() or _from_environment("TF_NUM_INTRAOP_THREADS")
    inter_op = settings.get_inter_op_parallelism_threads() or _from_environment("TF_NUM_INTEROP_THREADS")
    return intra_op or processors.allowed(), inter_op or processors.allowed()


def _from_environment(name: str) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() else 0


def gpus() -> list[str]:
    """See :class:`Backend`."""
    seen = tf.config.list_physical_devices("GPU")
    return [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in seen]


def forget_peak(gpu: int) -> bool:
    """See :class:`Backend`."""
    tf.config.experimental.reset_memory_stats(f"GPU:{gpu}")
    return True


def peak_memory(gpu: int) -> int | None:
    """See :class:`Backend`."""
    peak: int = tf.config.experimental.get_memory_info(f"GPU:{gpu}")["peak"]
    return peak or None
