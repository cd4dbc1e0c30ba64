"""Which devices the framework sees here, and what they are."""

from lab6.errors import DeviceError
from lab6.measuring import nvidia
from lab6.record import Gpu
from lab6.training.backends import BACKENDS
from lab6.training.framework import backend, keras

BUILDS = {"tensorflow": "lab6[gpu]", "jax": "jax[cuda12]", "torch": "a build of PyTorch with CUDA"}
"""What sees NVIDIA's GPUs, for each backend."""


def choose(asked: tuple[str, ...] | None, option: str = "--devices") -> tuple[str, ...]:
    """The devices to train on: those asked for with ``option``, or all that are there.

    Raises DeviceError for one that is missing; nothing is ever run on another device instead.
    """
    there = ("cpu", *(f"gpu:{index}" for index, _ in enumerate(backend.gpus())))
    name = keras.backend.backend()
    for device in asked or ():
        if device not in there:
            raise DeviceError(
                f"{option}: {device} was asked for, but {BACKENDS[name]} sees only {', '.join(there)} here; choose "
                f"among those, or install {BUILDS[name]} and a driver, and see that nvidia-smi lists the GPU."
            )
    return asked or there


def gpus() -> tuple[Gpu, ...]:
    """The GPUs that the framework sees, in its order, with what NVIDIA's driver says of each, if that can be read."""
    names = backend.gpus()
    driver, memory = nvidia.facts() if names else (None, {})
    return tuple(Gpu(name=name, driver=driver, memory_bytes=memory.get(name)) for name in names)
