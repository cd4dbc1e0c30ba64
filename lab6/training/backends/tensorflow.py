"""TensorFlow as a backend. Importing this under another backend of Keras raises OptionError."""

from typing import Any

import keras
from numpy.typing import NDArray

from lab6.errors import OptionError
from lab6.training.backends import processors

if keras.backend.backend() != "tensorflow":
    raise OptionError(
        f"this needs TensorFlow, but KERAS_BACKEND is {keras.backend.backend()}: unset it, or set it to tensorflow."
    )

import tensorflow as tf  # after the check: it takes seconds
from tensorflow.python.framework import ops

__all__ = ["tf"]  # for other modules; everything else is defined here

for _gpu in tf.config.list_physical_devices("GPU"):
    tf.config.experimental.set_memory_growth(_gpu, True)  # allocate memory as needed, so that it can be measured
tf.config.experimental.enable_tensor_float_32_execution(False)  # as on every backend


def read_xla_flags() -> None:
    """See :class:`Backend`: XLA reads its flags for the first program, here one that is not fully compiled."""
    with tf.device("/CPU:0"):
        same = tf.function(lambda number: number, jit_compile=True, autograph=False)
        same.experimental_get_compiler_ir(tf.constant(0))()


NUMBERS = 100_000
"""More than the tensors made between two programs, unless Python starts each step."""


def begin_program() -> None:
    """Give the next function a round number, so that another process finds the kept program.

    TensorFlow numbers functions and tensors together, and the number is part of the key of a kept program.
    """
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
    """See :class:`Backend`: both are settings; TensorFlow's default is the number of usable cores."""
    settings = tf.config.threading
    intra_op = settings.get_intra_op_parallelism_threads() or processors.threads("TF_NUM_INTRAOP_THREADS")
    return intra_op, settings.get_inter_op_parallelism_threads() or processors.threads("TF_NUM_INTEROP_THREADS")


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
