"""What machine this is: what decides its speed, and a name by which a person knows it."""

import hashlib
import os
import platform
import re
import uuid
from functools import cache
from importlib.metadata import version
from pathlib import Path

import cpuinfo
import psutil

from lab6.record import Machine

_MACHINE_ID = Path("/etc/machine-id")


def describe(label: str | None) -> Machine:
    """This machine; ``label`` replaces the name that it would be given."""
    from lab6.measuring import devices  # here, because it imports TensorFlow, and a name needs none

    cores = usable_cores()
    intra_op, inter_op = devices.threads()
    return Machine(
        label=label or default_label(),
        cpu_model=cpu_model(),
        usable_cores=cores,
        memory_bytes=psutil.virtual_memory().total,
        gpus=devices.gpus(),
        intra_op_threads=intra_op or cores,
        inter_op_threads=inter_op or cores,
        versions={
            "python": platform.python_version(),
            **{package: version(package) for package in ("tensorflow", "keras", "numpy")},
        },
    )


def default_label() -> str:
    """Host name, CPU and cores for people, and six digits that tell machines apart which are alike in those."""
    identity = (platform.node(), cpu_model(), _installation() or _network_card())
    digits = hashlib.sha256(repr(identity).encode()).hexdigest()[:6]
    host = platform.node().split(".")[0] or "unnamed"
    return f"{host} {cpu_model()} {usable_cores()} cores {digits}"


def folder_name(label: str) -> str:
    """A label as the name of a folder: lower case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") or "machine"


@cache
def cpu_model() -> str:
    """The CPU's model, such as ``Intel(R) Core(TM) i7-1260P``."""
    brand: str = cpuinfo.get_cpu_info().get("brand_raw", "")
    return brand.strip() or platform.processor() or platform.machine()


def usable_cores() -> int:
    """Logical cores that this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _installation() -> str:
    """The identity that systemd gives an installation; empty on other systems."""
    return _MACHINE_ID.read_text().strip() if _MACHINE_ID.is_file() else ""


def _network_card() -> int:
    """The address of a network card, 0 where there is none; uuid makes one up then, and marks it (RFC 4122, 4.5)."""
    address = uuid.getnode()
    made_up = address >> 40 & 1
    return 0 if made_up else address
