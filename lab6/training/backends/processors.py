"""The processor: its maker, and the number of cores that frameworks use by default."""

import os
from pathlib import Path

DESCRIPTION = Path("/proc/cpuinfo")
"""Linux's description of each core; other systems have no such file."""


def allowed() -> int:
    """Logical cores in this process's affinity; frameworks ignore a container's quota."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def of_amd() -> bool:
    """Whether AMD made this machine's processor; False if unknown."""
    return DESCRIPTION.is_file() and "AuthenticAMD" in DESCRIPTION.read_text()
