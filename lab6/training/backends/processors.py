"""The processor: its maker, and the number of cores that frameworks use by default."""

import os
from pathlib import Path

from lab6.probe import probe

DESCRIPTION = Path("/proc/cpuinfo")
"""Linux's description of each core; other systems have no such file."""


def threads(*variables: str) -> int:
    """The number in the first environment variable of these that has one, as frameworks read them; else all allowed."""
    texts = [os.environ.get(variable, "").strip() for variable in variables]
    return next((int(text) for text in texts if text.isascii() and text.isdecimal()), 0) or allowed()


def allowed() -> int:
    """Logical cores in this process's affinity; frameworks ignore a container's quota."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@probe(False)
def of_amd() -> bool:
    """Whether AMD made this machine's processor; False if unknown."""
    return "AuthenticAMD" in DESCRIPTION.read_text()
