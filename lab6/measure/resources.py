"""What an epoch uses: memory and processor time, read before and after it, so that nothing runs during it."""

import ctypes
import dataclasses
import sys
import time
from pathlib import Path

import psutil

from lab6.measure import nvidia, processors
from lab6.probe import probe
from lab6.training.backends import Backend

_CLEAR_REFS = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_TASKS = Path("/proc/self/task")


@dataclasses.dataclass(frozen=True)
class Usage:
    """What an epoch used; None for what is unknown. Seconds and bytes as in :class:`lab6.record.Round`."""

    cpu_seconds: float
    other_cpu_seconds: float | None
    waiting_seconds: float | None
    peak_memory_bytes: int | None
    gpu_peak_memory_bytes: int | None = None
    gpu_memory_bytes: int | None = None
    gpu_clock_hz_before: int | None = None
    gpu_clock_hz_after: int | None = None
    gpu_celsius_before: int | None = None
    gpu_celsius_after: int | None = None


class Meter:
    """Measures from ``start`` to ``stop``, on one device."""

    def __init__(self, device: str) -> None:
        """``device``: ``cpu`` or ``gpu:N``."""
        self._gpu = int(device[4:]) if device.startswith("gpu:") else None

    def start(self) -> None:
        """Forget earlier peaks."""
        if self._gpu is not None:
            self._gpu_forgets = _framework().forget_peak(self._gpu)
            self._gpu_peak_before = _framework().peak_memory(self._gpu) or 0
            self._gpu_before = nvidia.read(self._gpu)
        self._can_reset = _reset_peak()
        self._peak_before = _peak()
        self._cores_before = processors.read()
        self._waited_before = _waited()
        self._cpu_before = time.process_time()

    def stop(self) -> Usage:
        """What was used since ``start``.

        If the system only knows the peak since the process began, the peak of this epoch is known only if that rose.
        """
        cpu_seconds = time.process_time() - self._cpu_before
        waited = _waited()
        other_cpu_seconds = processors.taken(self._cores_before, processors.read())
        peak = _peak()
        known = peak is not None and self._peak_before is not None and (self._can_reset or peak > self._peak_before)
        return Usage(
            cpu_seconds=cpu_seconds,
            other_cpu_seconds=other_cpu_seconds,
            waiting_seconds=_since(self._waited_before, waited),
            peak_memory_bytes=peak if known else None,
            **self._gpu_usage(),
        )

    def _gpu_usage(self) -> dict[str, int | None]:
        """The fields of Usage that are about a GPU."""
        if self._gpu is None:
            return {}
        before, after = self._gpu_before, nvidia.read(self._gpu)
        peak = _framework().peak_memory(self._gpu)
        known = peak is not None and (self._gpu_forgets or peak > self._gpu_peak_before)
        return {
            "gpu_peak_memory_bytes": peak if known else None,
            "gpu_memory_bytes": after.memory_bytes,
            "gpu_clock_hz_before": before.clock_hz,
            "gpu_clock_hz_after": after.clock_hz,
            "gpu_celsius_before": before.celsius,
            "gpu_celsius_after": after.celsius,
        }


@probe(None)  # another system, or another C library
def trim() -> None:
    """Give free memory back to the system if the C library can (glibc), so that a peak is of memory in use."""
    ctypes.CDLL(None).malloc_trim(0)


def _framework() -> Backend:
    """The framework, imported only for a GPU: a worker may use another than Keras does."""
    from lab6.training.framework import backend

    return backend


@probe(None)  # another system, or a thread that has just ended
def _waited() -> float | None:
    """Seconds that this process's threads have waited for a core while they could run (Linux, sched-stats.rst)."""
    return sum(int((task / "schedstat").read_text().split()[1]) for task in _TASKS.iterdir()) / 1e9


def _since(before: float | None, after: float | None) -> float | None:
    """The difference of two readings; threads that end take theirs along."""
    return None if before is None or after is None else max(0.0, after - before)


@probe(False)
def _reset_peak() -> bool:
    """Ask Linux to forget the peak of this process's resident set (proc(5), clear_refs)."""
    return bool(_CLEAR_REFS.write_text("5"))


@probe(None)
def _peak() -> int | None:
    """The most memory this process has held, in bytes: since the last reset on Linux, else since it began."""
    if _STATUS.is_file():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        peak: int = psutil.Process().memory_info().peak_wset
        return peak
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return None
