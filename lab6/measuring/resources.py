"""Memory and processor time of an epoch, read before and after it, so that nothing runs beside it."""

import dataclasses
import sys
import time
from pathlib import Path

import psutil

from lab6.training.framework import tf

_CLEAR_REFS = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


@dataclasses.dataclass(frozen=True)
class Usage:
    """What an epoch took; None where this system cannot say. Seconds and bytes as in :class:`lab6.record.Round`."""

    cpu_seconds: float
    peak_memory_bytes: int | None
    gpu_peak_memory_bytes: int | None


class Meter:
    """Measures from ``start`` to ``stop``, on one device."""

    def __init__(self, device: str) -> None:
        """``device``: ``cpu`` or ``gpu:N``."""
        self._gpu = device.upper() if device.startswith("gpu") else None

    def start(self) -> None:
        """Forget earlier peaks."""
        if self._gpu:
            tf.config.experimental.reset_memory_stats(self._gpu)
        self._can_reset = _reset_peak()
        self._peak_before = _peak()
        self._cpu_before = time.process_time()

    def stop(self) -> Usage:
        """What was used since ``start``.

        Where the system only knows the peak since the process began, it says something of this epoch only if it rose.
        """
        cpu_seconds = time.process_time() - self._cpu_before
        peak = _peak()
        known = peak is not None and self._peak_before is not None and (self._can_reset or peak > self._peak_before)
        return Usage(
            cpu_seconds=cpu_seconds,
            peak_memory_bytes=peak if known else None,
            gpu_peak_memory_bytes=self._gpu_peak(),
        )

    def _gpu_peak(self) -> int | None:
        if not self._gpu:
            return None
        peak: int = tf.config.experimental.get_memory_info(self._gpu)["peak"]
        return peak or None


def _reset_peak() -> bool:
    """Ask Linux to forget the peak of this process's resident set (proc(5), clear_refs)."""
    try:
        _CLEAR_REFS.write_text("5")
    except OSError:
        return False
    return True


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
