"""The devices that the framework of a worker sees."""

from collections.abc import Sequence

from lab6.errors import DeviceError
from lab6.measure import nvidia
from lab6.record import Gpu
from lab6.training.backends import BACKENDS

BUILDS = {"tensorflow": "lab6[gpu]", "jax": "jax[cuda12]", "torch": "a build of PyTorch with CUDA"}
"""What to install to use NVIDIA's GPUs, for each backend."""


def choose(asked: tuple[str, ...] | None, gpus: int, backend: str, option: str = "--devices") -> tuple[str, ...]:
    """The devices to train on: those chosen with ``option``, or all: the CPU and ``gpus`` GPUs.

    Raises DeviceError for one that is missing; nothing is ever run on another device instead.
    """
    there = ("cpu", *(f"gpu:{index}" for index in range(gpus)))
    for device in asked or ():
        if device not in there:
            raise DeviceError(
                f"{option}: {device} was asked for, but {BACKENDS[backend]} sees only {', '.join(there)} here; choose "
                f"among those, or install {BUILDS[backend]} and a driver, and see that nvidia-smi lists the GPU."
            )
    return asked or there


def gpus(names: Sequence[str]) -> tuple[Gpu, ...]:
    """GPUs of these models, with the version of NVIDIA's driver and their memory, if those can be read."""
    driver, memory = nvidia.facts() if names else (None, {})
    return tuple(Gpu(name=name, driver=driver, memory_bytes=memory.get(name)) for name in names)
