"""Which devices the framework sees here, and what they are."""

import contextlib
import os

from lab6.errors import DeviceError
from lab6.record import Gpu
from lab6.training.framework import tf


def choose(asked: tuple[str, ...] | None) -> tuple[str, ...]:
    """The devices to train on: those asked for, or all that are there.

    Raises DeviceError for one that is missing; nothing is ever run on another device instead.
    """
    count = len(tf.config.list_physical_devices("GPU"))
    there = ("cpu", *(f"gpu:{index}" for index in range(count)))
    for device in asked or ():
        if device not in there:
            raise DeviceError(
                f"--devices: {device} was asked for, but TensorFlow sees only {', '.join(there)} here; choose among "
                "those, or install lab6[gpu] and a driver, and see that nvidia-smi lists the GPU."
            )
    return asked or there


def threads() -> tuple[int, int]:
    """Threads that TensorFlow splits one operation over, and operations that it runs side by side.

    Both are settings; where nothing was set, TensorFlow takes as many as it may use cores.
    """
    settings = tf.config.threading
    intra_op = settings.get_intra_op_parallelism_threads() or _from_environment("TF_NUM_INTRAOP_THREADS")
    inter_op = settings.get_inter_op_parallelism_threads() or _from_environment("TF_NUM_INTEROP_THREADS")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return intra_op or cores, inter_op or cores


def _from_environment(name: str) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() else 0


def gpus() -> tuple[Gpu, ...]:
    """The GPUs that TensorFlow sees, in its order, each with what NVIDIA's driver says of it where that can be read."""
    seen = tf.config.list_physical_devices("GPU")
    driver, memory = _nvidia() if seen else (None, {})
    names = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in seen]
    return tuple(Gpu(name=name, driver=driver, memory_bytes=memory.get(name)) for name in names)


def _nvidia() -> tuple[str | None, dict[str, int]]:
    """The driver's version, and the memory in bytes of each model of GPU; what cannot be read is left out."""
    try:
        import pynvml  # an optional dependency: the extra lab6[gpu]
    except ImportError:
        return None, {}
    driver, memory = None, {}
    with contextlib.suppress(pynvml.NVMLError, OSError):
        pynvml.nvmlInit()
        driver = pynvml.nvmlSystemGetDriverVersion()
        for index in range(pynvml.nvmlDeviceGetCount()):
            with contextlib.suppress(pynvml.NVMLError):
                handle = pynvml.nvmlDeviceGetHandleByIndex(index)
                memory[pynvml.nvmlDeviceGetName(handle)] = pynvml.nvmlDeviceGetMemoryInfo(handle).total
        pynvml.nvmlShutdown()
    return driver, memory
