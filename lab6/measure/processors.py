"""What other programs take from the cores that this process may use."""

import dataclasses
import os
import time

import psutil

from lab6.disturbance import WATCH_SECONDS
from lab6.measure.machine import affinity, usable_cores
from lab6.probe import probe


@dataclasses.dataclass(frozen=True)
class Reading:
    """The counters of the usable cores at one moment; seconds, each since some moment of its own.

    ``idle`` and ``stolen`` are sums over all ``cores``; ``own`` is this process's processor time.
    """

    time: float
    own: float
    idle: float
    stolen: float
    cores: int


@probe(None)
def read() -> Reading | None:
    """The counters now; None if they do not tell what slows this process down.

    They do not if the system keeps no counters (some sandboxes show zeros), if it numbers cores differently than the
    affinity does, and if a container's quota limits this process to fewer cores than it may run on: what others do on
    the other cores need not matter to it.
    """
    counters = psutil.cpu_times(percpu=True)
    usable = affinity()
    if max(usable) >= len(counters) or len(usable) != usable_cores() or not any(map(sum, counters)):
        return None
    cores = [counters[number] for number in usable]
    children = os.times()
    return Reading(
        time=time.perf_counter(),
        own=time.process_time() + children.children_user + children.children_system,
        idle=sum(core.idle + getattr(core, "iowait", 0.0) for core in cores),
        stolen=sum(getattr(core, "steal", 0.0) for core in cores),
        cores=len(cores),
    )


def taken(before: Reading | None, after: Reading | None) -> float | None:
    """Processor time that others took between two readings: other programs, the system, and a virtual machine's host.

    That is what the cores did not spend idle, waiting for disks, or on this process. Idle time is one counter, exact to
    a tick; the many counters of busy time (some contain others: guest time is user time too) are rounded one by one.
    A host took at least the time that it reports (steal); some systems count that time as the process's own too.
    """
    if before is None or after is None or before.cores != after.cores:
        return None
    all_time = (after.time - before.time) * after.cores
    others = all_time - (after.idle - before.idle) - (after.own - before.own)
    return max(others, after.stolen - before.stolen, 0.0)


def load() -> float | None:
    """How many cores other programs keep busy now; None if unknown. It takes WATCH_SECONDS.

    This process sleeps meanwhile, so that it takes no cores from the others. A load average would not do: it covers the
    last minute or more, and so lab6's own previous run, and counts what waits for disks.
    """
    before = read()
    time.sleep(WATCH_SECONDS)
    after = read()
    others = taken(before, after)
    return None if others is None or not before or not after else others / (after.time - before.time)
