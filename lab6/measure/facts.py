"""What a worker sees of its machine and its framework; each function imports the framework."""

import contextlib
import os
import platform
import socket
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from lab6.probe import probe

PACKAGES = {"tensorflow": ("tensorflow",), "jax": ("jax", "jaxlib"), "torch": ("torch",)}
"""The packages whose versions decide the speed of each backend."""


def of_keras() -> tuple[tuple[int, int], list[dict[str, Any]]]:
    """Threads and GPUs of Keras's backend."""
    from lab6.measure import devices
    from lab6.training.framework import backend

    return backend.threads(), [gpu.saved() for gpu in devices.gpus(backend.gpus())]


def of_framework(backend: str) -> tuple[tuple[int, int], list[dict[str, Any]]]:
    """Threads of a framework that is used without Keras; no GPU."""
    from lab6.training.backends import xla
    from lab6.training.backends.processors import allowed

    xla.set_flags()
    __import__(backend)
    return (allowed(), 1), []


@probe("")
def own_address() -> str:
    """The address at which gloo, which exchanges gradients on CPUs, waits for other workers; empty if unknown."""
    return "" if "GLOO_SOCKET_IFNAME" in os.environ else socket.gethostbyname(platform.node())


def versions(backend: str, engine: str, keras: bool) -> dict[str, str]:
    """The versions of Python and of the packages that decide the speed of an engine."""
    from lab6.training.engines import NEEDED

    found = {"python": platform.python_version()}
    needed = NEEDED.get(engine, "numpy")
    for package in (*PACKAGES[backend], *(["keras"] if keras else []), "numpy", needed):
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
