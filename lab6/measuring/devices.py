"""Which devices the framework sees here, and what they are."""

from collections.abc import Callable

from lab6.errors import DeviceError
from lab6.record import Gpu
from lab6.training.framework import tf


def choose(asked: tuple[str, ...] | None) -> tuple[str, ...]:
    """The devices to train on: those asked for, or all that are there.

    GPUs are set to take memory as they need it, so that what they hold can be measured.
    Raises DeviceError for one that is missing; nothing is ever run on another device instead.
    """
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    there = ("cpu", *(f"gpu:{index}" for index in range(len(gpus))))
    for device in asked or ():
        if device not in there:
            raise DeviceError(
                f"--devices: {device} was asked for, but TensorFlow sees only {', '.join(there)} here; choose among "
                "those, or install lab6[gpu] and a driver, and see that nvidia-smi lists the GPU."
            )
    return asked or there


def threads() -> tuple[int, int]:
    """TensorFlow's settings: threads within one operation, and operations side by side; 0 stands for all cores."""
    settings = tf.config.threading
    return settings.get_intra_op_parallelism_threads(), settings.get_inter_op_parallelism_threads()


def gpus(read_details: Callable[[], list[Gpu]] | None = None) -> tuple[Gpu, ...]:
    """The GPUs that TensorFlow sees, in its order, each with what the driver says of it where that can be read."""
    seen = tf.config.list_physical_devices("GPU")
    from_driver = {gpu.name: gpu for gpu in (read_details or _nvidia)()} if seen else {}
    names = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in seen]
    return tuple(from_driver.get(name, Gpu(name=name)) for name in names)


def _nvidia() -> list[Gpu]:
    """NVIDIA's GPUs as their driver describes them; none where its library or nvidia-ml-py is missing."""
    try:
        import pynvml  # an optional dependency: the extra lab6[gpu]

        pynvml.nvmlInit()
    except (ImportError, OSError):
        return []
    except pynvml.NVMLError:
        return []
    try:
        driver = pynvml.nvmlSystemGetDriverVersion()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        return [
            Gpu(
                name=pynvml.nvmlDeviceGetName(handle),
                driver=driver,
                memory_bytes=pynvml.nvmlDeviceGetMemoryInfo(handle).total,
            )
            for handle in handles
        ]
    finally:
        pynvml.nvmlShutdown()
