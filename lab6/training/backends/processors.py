"""The processor: its maker, and the number of cores that frameworks use by default."""

import os
from pathlib import Path

from lab6.probe import probe

DESCRIPTION = Path("/proc/cpuinfo")
"""Linux's description of each core; other systems have no such file."""


def threads(variable: str) -> int:
    """The number that the environment ``variable`` gives a framework, otherwise :func:`allowed`."""
    text = os.environ.get(variable, "").strip()
    return (int(text) if text.isascii() and text.isdecimal() else 0) or allowed()


def allowed() -> int:
    """Logical cores in this process's affinity; frameworks ignore a container's quota."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@probe(False)
def of_amd() -> bool:
    """Whether AMD made this machine's processor; False if unknown."""
    return "AuthenticAMD" in DESCRIPTION.read_text()
