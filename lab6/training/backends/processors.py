"""The processor below a framework: its maker, and how many of its cores are taken when nothing is said."""

import os
from pathlib import Path

DESCRIPTION = Path("/proc/cpuinfo")
"""Where Linux describes each core; other systems have no such file."""


def allowed() -> int:
    """Logical cores that this process's affinity leaves it; frameworks do not ask for a container's quota."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def of_amd() -> bool:
    """Whether AMD made this machine's processor; False where the system does not say."""
    return DESCRIPTION.is_file() and "AuthenticAMD" in DESCRIPTION.read_text()
