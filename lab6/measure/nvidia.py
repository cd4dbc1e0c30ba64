"""What NVIDIA's driver says of GPUs, through nvidia-ml-py (the extra ``lab6[gpu]``); nothing if that is missing."""

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterator
from typing import Any

from lab6.probe import probe


@dataclasses.dataclass(frozen=True)
class Reading:
    """A GPU at one moment; None for what is not known.

    ``memory_bytes``: held on the whole GPU, by all programs. ``clock_hz``: of its multiprocessors.
    """

    memory_bytes: int | None = None
    clock_hz: int | None = None
    celsius: int | None = None


@probe(Reading())
def read(gpu: int) -> Reading:
    """Read the GPU that frameworks call ``gpu:N``; it takes some milliseconds."""
    with _driver() as driver:
        place = _place(gpu)
        if driver is None or place is None:
            return Reading()
        find = driver.nvmlDeviceGetHandleByIndex if isinstance(place, int) else driver.nvmlDeviceGetHandleByUUID
        if (handle := _known(lambda: find(place), driver)) is None:
            return Reading()
        clock = _known(lambda: driver.nvmlDeviceGetClockInfo(handle, driver.NVML_CLOCK_SM), driver)
        return Reading(
            memory_bytes=_known(lambda: driver.nvmlDeviceGetMemoryInfo(handle).used, driver) or None,
            clock_hz=clock * 1_000_000 if clock else None,
            celsius=_known(lambda: driver.nvmlDeviceGetTemperature(handle, driver.NVML_TEMPERATURE_GPU), driver),
        )


@probe((None, dict[str, int]()))
def facts() -> tuple[str | None, dict[str, int]]:
    """The driver's version, and the memory in bytes of each model of GPU; what cannot be read is left out."""
    with _driver() as driver:
        if driver is None:
            return None, {}
        memory = {}
        for index in range(_known(driver.nvmlDeviceGetCount, driver) or 0):
            with contextlib.suppress(driver.NVMLError):
                handle = driver.nvmlDeviceGetHandleByIndex(index)
                memory[driver.nvmlDeviceGetName(handle)] = driver.nvmlDeviceGetMemoryInfo(handle).total
        return _known(driver.nvmlSystemGetDriverVersion, driver), memory


@contextlib.contextmanager
def _driver() -> Iterator[Any]:
    """nvidia-ml-py, initialised; None if it or a driver is missing."""
    try:
        import pynvml  # an optional dependency
    except ImportError:
        yield None
        return
    try:
        pynvml.nvmlInit()
    except (pynvml.NVMLError, OSError):
        yield None
        return
    try:
        yield pynvml
    finally:
        pynvml.nvmlShutdown()


def _known(ask: Callable[[], Any], driver: Any) -> Any:
    """The answer to a question; None if the driver has none."""
    try:
        return ask()
    except driver.NVMLError:
        return None


def _place(gpu: int) -> int | str | None:
    """The driver's number of a framework's GPU, or its UUID; None if that is not clear.

    Frameworks count only those that CUDA_VISIBLE_DEVICES lists, here in the driver's order.
    """
    if os.environ.get("CUDA_DEVICE_ORDER", "PCI_BUS_ID") != "PCI_BUS_ID":
        return None
    if not (text := os.environ.get("CUDA_VISIBLE_DEVICES")):
        return gpu
    listed = [each.strip() for each in text.split(",")]
    named = listed[gpu] if gpu < len(listed) else ""
    return int(named) if named.isdecimal() else named if named.startswith(("GPU-", "MIG-")) else None
