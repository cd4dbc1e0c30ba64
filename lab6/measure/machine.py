"""This machine: what decides its speed, the cores that may be used, and a name by which people know it."""

import hashlib
import os
import platform
import re
import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import cpuinfo
import joblib
import psutil

from lab6.probe import probe
from lab6.record import Gpu, Machine

_MACHINE_ID = Path("/etc/machine-id")


def describe(label: str | None, facts: Mapping[str, Any], settings: Mapping[str, str]) -> Machine:
    """Describe this machine; ``label`` replaces its default name.

    ``facts``: what a worker says of itself when it starts (:meth:`lab6.measure.commands.Worker.start`).
    ``settings``: see :mod:`lab6.settings`.
    """
    intra_op, inter_op = facts["threads"]
    return Machine(
        label=label or default_label(),
        cpu_model=cpu_model(),
        usable_cores=usable_cores(),
        memory_bytes=_memory(),
        gpus=tuple(Gpu.model_validate(gpu) for gpu in facts["gpus"]),
        intra_op_threads=intra_op,
        inter_op_threads=inter_op,
        versions=facts["versions"],
        settings=dict(settings),
    )


def default_label() -> str:
    """Host name, CPU and cores for people, and six digits that distinguish machines with the same ones."""
    identity = (platform.node(), cpu_model(), _installation() or _network_card())
    digits = hashlib.sha256(repr(identity).encode()).hexdigest()[:6]
    host = platform.node().split(".")[0] or "unnamed"
    return f"{host} {_short(cpu_model() or platform.machine())} {usable_cores()} cores {digits}"


def _short(model: str) -> str:
    """A CPU's model without the words that every model has."""
    words = re.sub(r"\((R|TM|C)\)|@.*|\b(Processor|CPU)\b", " ", model, flags=re.IGNORECASE).split()
    return " ".join(words) or model


def folder_name(label: str) -> str:
    """A label as the name of a folder: lower case letters of any script, digits and hyphens.

    A label that is too long for a folder, or reserved on Windows, becomes a number.
    """
    name = re.sub(r"[\W_]+", "-", label.lower()).strip("-")
    usable = name and len(name.encode()) <= 255 and not re.fullmatch(r"con|prn|aux|nul|(com|lpt)\d", name)
    return name if usable else f"machine-{hashlib.sha256(label.encode()).hexdigest()[:6]}"


@cache
@probe(None)
def cpu_model() -> str | None:
    """The CPU's model, such as ``Intel(R) Core(TM) i7-1260P``; None if the system does not say."""
    brand: str = cpuinfo.get_cpu_info().get("brand_raw", "")
    return brand.strip() or None


def usable_cores() -> int:
    """How many logical cores this process may use, by its affinity and its container's quota."""
    return _joblibs_cores() or len(affinity())


@probe(None)
def _joblibs_cores() -> int | None:
    limit = os.environ.pop("LOKY_MAX_CPU_COUNT", None)  # for joblib alone
    try:
        cores: int = joblib.cpu_count()
        return cores
    finally:
        if limit is not None:
            os.environ["LOKY_MAX_CPU_COUNT"] = limit


def affinity() -> list[int]:
    """The numbers of the logical cores that this process may run on; all of them if the system does not say."""
    return _affinity() or list(range(os.cpu_count() or 1))


@probe(None)
def _affinity() -> list[int] | None:
    return sorted(os.sched_getaffinity(0) if can_pin() else psutil.Process().cpu_affinity())


@probe(None)
def _memory() -> int | None:
    return psutil.virtual_memory().total


def can_pin() -> bool:
    """Whether workers can be pinned to cores on this system."""
    return hasattr(os, "sched_setaffinity")


@probe("")
def _installation() -> str:
    """The identity that systemd gives an installation; empty on other systems."""
    return _MACHINE_ID.read_text().strip()


@probe(0)
def _network_card() -> int:
    """The address of a network card; 0 if there is none, when uuid makes one up and marks it (RFC 4122, 4.5)."""
    address = uuid.getnode()
    made_up = address >> 40 & 1
    return 0 if made_up else address
