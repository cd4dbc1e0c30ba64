"""How many cores a framework takes when it is told nothing."""

import os


def allowed() -> int:
    """Logical cores that this process's affinity leaves it; frameworks do not ask for a container's quota."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
