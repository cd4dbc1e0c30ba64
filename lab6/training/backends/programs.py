"""Keep compiled programs, so that the next process on this machine need not compile them again."""

import hashlib
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

from lab6.probe import probe
from lab6.training.backends import processors
from lab6.training.datasets.choose import cache_folder

PLACE = "--tf_xla_persistent_cache_directory"
"""TensorFlow's flag for the folder that it keeps programs in."""


def keep_those_of_tensorflow() -> None:
    """Let TensorFlow keep its programs, unless the user has set a place. Call this before Keras imports TensorFlow."""
    flags = os.environ.get("TF_XLA_FLAGS", "")
    place = None if PLACE in flags else folder("tensorflow")
    if place:
        os.environ["TF_XLA_FLAGS"] = f"{flags} {xla_flag(str(place))}".strip()


def xla_flag(folder: str) -> str:
    """The flag with which TensorFlow keeps its programs in ``folder``, nowhere if empty.

    In quotes, which XLA understands, so that a name with spaces is one flag.
    """
    quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'{PLACE}="{quoted}"'


def forget(*packages: str) -> bool:
    """Delete the programs that TensorFlow has kept in :func:`folder`; return whether any were there."""
    place = folder(*packages)
    used = place and xla_flag(str(place)) in os.environ.get("TF_XLA_FLAGS", "")
    kept = [path for path in place.iterdir() if path.is_file()] if place and used else []
    for path in kept:
        path.unlink(missing_ok=True)
    return bool(kept)


@probe(None)
def folder(*packages: str) -> Path | None:
    """A folder for programs of this machine, these packages' versions and XLA's flags; None if it cannot be written.

    XLA's own key identifies the program, but not everything that it was compiled for.
    """
    versions = [version(package) for package in packages]
    identity = (platform.uname(), _processor(), _gpus(), versions, os.environ.get("XLA_FLAGS"))
    path = cache_folder() / "programs" / hashlib.sha256(repr(identity).encode()).hexdigest()[:16]
    path.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path):
        return path


def _gpus() -> list[str]:
    """The descriptions of NVIDIA's driver for Linux and of each GPU."""
    driver = Path("/proc/driver/nvidia")
    described = [driver / "version", *sorted(driver.glob("gpus/*/information"))]
    return [path.read_text() for path in described if path.is_file()]


def _processor() -> list[str]:
    """Linux's description of the first core's model and features; empty on other systems, which have only ``uname``."""
    cores = processors.DESCRIPTION
    lines = cores.read_text().splitlines() if cores.is_file() else []
    return [next((line for line in lines if line.startswith(field)), "") for field in ("model", "flags", "Features")]
