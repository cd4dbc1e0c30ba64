"""Where compiled programs are kept, so that the next process on this machine need not compile them again."""

import hashlib
import os
import platform
import re
import tempfile
from importlib.metadata import version
from pathlib import Path

from lab6.training.backends import processors
from lab6.training.datasets.choose import cache_folder


def keep_those_of_tensorflow() -> None:
    """Let TensorFlow keep its programs, unless the user has said where; it looks when Keras imports it, not later."""
    flags, option = os.environ.get("TF_XLA_FLAGS", ""), "--tf_xla_persistent_cache_directory"
    place = None if option in flags else folder("tensorflow")
    if place and not re.search(r"[\s'\"]", str(place)):  # TensorFlow would take such a name for several flags
        os.environ["TF_XLA_FLAGS"] = f"{flags} {option}={place}".strip()


def forget(*packages: str) -> bool:
    """Throw away what TensorFlow has kept in :func:`folder`; whether there was anything."""
    place = folder(*packages)
    used = place and str(place) in os.environ.get("TF_XLA_FLAGS", "")
    kept = [path for path in place.iterdir() if path.is_file()] if place and used else []
    for path in kept:
        path.unlink(missing_ok=True)
    return bool(kept)


def folder(*packages: str) -> Path | None:
    """A folder for programs of this machine, these packages' versions and XLA's flags of now; None if there is no room.

    XLA's own key names the program and not all that it was compiled for.
    """
    versions = [version(package) for package in packages]
    identity = (platform.uname(), _processor(), _gpus(), versions, os.environ.get("XLA_FLAGS"))
    path = cache_folder() / "programs" / hashlib.sha256(repr(identity).encode()).hexdigest()[:16]
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path):
            return path
    except OSError:
        return None


def _gpus() -> list[str]:
    """What NVIDIA's driver for Linux says of itself, and of each GPU."""
    driver = Path("/proc/driver/nvidia")
    said = [driver / "version", *sorted(driver.glob("gpus/*/information"))]
    return [path.read_text() for path in said if path.is_file()]


def _processor() -> list[str]:
    """What Linux says of the first core's model and abilities; nothing on other systems, where ``uname`` has to do."""
    cores = processors.DESCRIPTION
    lines = cores.read_text().splitlines() if cores.is_file() else []
    return [next((line for line in lines if line.startswith(field)), "") for field in ("model", "flags", "Features")]
