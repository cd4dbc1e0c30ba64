"""JAX as a backend."""

import contextlib
import functools
import os
import platform
from typing import Any

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # allocate memory as needed, so that it can be measured

import jax

from lab6.errors import OptionError
from lab6.training.backends import processors, programs

if jax.config.jax_compilation_cache_dir is None and (kept := programs.folder("jax", "jaxlib")):
    jax.config.update("jax_compilation_cache_dir", str(kept))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def read_xla_flags() -> None:
    """See :class:`Backend`. Raises OptionError if JAX finds no device."""
    try:
        if jax.devices()[0].platform == "gpu":
            jax.config.update("jax_default_matmul_precision", "float32")  # not TF32, as on every backend
    except (RuntimeError, AssertionError) as error:
        if "gloo" in str(error):
            raise OptionError(
                f"this machine's name, {platform.node()}, has no address at which other workers can reach it: give it "
                "one in /etc/hosts."
            ) from error
        raise OptionError(
            f"JAX finds no device of the platforms that JAX_PLATFORMS names ({jax.config.jax_platforms}): unset it, or "
            "set it to cpu."
        ) from error


def to_numpy(tensor: Any) -> NDArray[Any]:
    """See :class:`Backend`."""
    return np.asarray(tensor)


def synchronise() -> None:
    """See :class:`Backend`: wait for all arrays."""
    jax.block_until_ready([array for platform in _platforms() for array in jax.live_arrays(platform)])


@functools.cache
def _platforms() -> list[str]:
    """The platforms that can hold arrays: the default one, and the CPU unless JAX_PLATFORMS leaves it out."""
    found = {jax.default_backend()}
    with contextlib.suppress(RuntimeError):
        found |= {device.platform for device in jax.devices("cpu")}
    return sorted(found)


def threads() -> tuple[int, int]:
    """See :class:`Backend`: XLA runs one operation at a time, on all cores."""
    return processors.threads("PJRT_NPROC", "NPROC"), 1


def gpus() -> list[str]:
    """See :class:`Backend`."""
    return [device.device_kind for device in jax.local_devices() if device.platform == "gpu"]


def forget_peak(gpu: int) -> bool:
    """See :class:`Backend`: JAX knows only the peak of the whole process."""
    return False


def peak_memory(gpu: int) -> int | None:
    """See :class:`Backend`."""
    statistics = jax.local_devices(backend="gpu")[gpu].memory_stats() or {}
    peak: int | None = statistics.get("peak_bytes_in_use")
    return peak
