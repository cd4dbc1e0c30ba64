import dataclasses
import subprocess
import sys
import time
from collections import namedtuple

import pytest

from lab6.disturbance import is_disturbed
from lab6.measure import processors
from lab6.measure.machine import usable_cores
from lab6.measure.processors import Reading, read, taken

LINUX = namedtuple("scputimes", "user nice system idle iowait irq softirq steal guest guest_nice")
WINDOWS = namedtuple("scputimes", "user system idle interrupt dpc")


def linux(idle, iowait=0.0, steal=0.0, user=9.0):
    return LINUX(user, 0.0, 1.0, idle, iowait, 0.0, 0.0, steal, user, 0.0)


@pytest.fixture
def machine(monkeypatch):
    """Makes a machine whose cores have these counters; ``affinity``: which of them this process may run on."""

    def make(*cores, affinity=None, usable=None):
        affinity = list(range(len(cores))) if affinity is None else affinity
        monkeypatch.setattr(processors.psutil, "cpu_times", lambda percpu: list(cores))
        monkeypatch.setattr(processors, "affinity", lambda: affinity)
        monkeypatch.setattr(processors, "usable_cores", lambda: usable or len(affinity))

    return make


def test_waiting_for_disks_is_not_work_and_only_usable_cores_are_watched(machine):
    machine(linux(idle=70.0, iowait=5.0, steal=1.0), linux(idle=60.0, steal=2.0))
    assert (read().idle, read().stolen, read().cores) == (135.0, 3.0, 2)
    machine(*(linux(idle=10.0**place) for place in range(4)), affinity=[1, 3])
    assert (read().idle, read().cores) == (1_010.0, 2)
    machine(WINDOWS(9.0, 1.0, 30.0, 0.1, 0.2))
    assert (read().idle, read().stolen) == (30.0, 0.0)


@pytest.mark.parametrize(
    ("cores", "affinity", "usable"),
    [
        ([LINUX(*[0.0] * 10)] * 2, [0, 1], 2),  # counts nothing
        ([linux(idle=1.0)] * 2, [4, 5], 2),  # numbers cores otherwise
        ([linux(idle=1.0)] * 64, list(range(64)), 2),  # a quota of 2 cores
    ],
)
def test_what_the_counters_cannot_say_is_unknown(machine, monkeypatch, cores, affinity, usable):
    machine(*cores, affinity=affinity, usable=usable)
    monkeypatch.setattr(processors, "WATCH_SECONDS", 0)
    assert read() is None
    assert taken(read(), read()) is None
    assert processors.load() is None


@pytest.mark.parametrize(
    ("idle", "own", "stolen", "others"),
    [
        (20.0, 0.0, 0.0, 0.0),
        (0.0, 20.0, 0.0, 0.0),
        (4.0, 10.0, 0.0, 6.0),
        (4.0, 10.0, 5.0, 6.0),  # the host's share is part of it
        (4.0, 16.0, 5.0, 5.0),  # and also where the system took it for the process's own
        (5.0, 15.1, 0.0, 0.0),  # rounding
    ],
)
def test_others_took_what_was_neither_idle_nor_this_process_s_own(idle, own, stolen, others):
    before = Reading(time=100.0, own=7.0, idle=50.0, stolen=3.0, cores=2)
    after = Reading(time=110.0, own=7.0 + own, idle=50.0 + idle, stolen=3.0 + stolen, cores=2)
    assert taken(before, after) == pytest.approx(others)
    assert taken(before, dataclasses.replace(after, cores=3)) is None


@pytest.mark.skipif(read() is None, reason="this system does not tell what others take")
def test_a_busy_loop_on_each_core_disturbs_a_round_and_the_load_is_seen_before():
    busy = [sys.executable, "-c", "print(flush=True)\nwhile True: pass"]
    programs = [subprocess.Popen(busy, stdout=subprocess.PIPE) for _ in range(usable_cores())]
    try:
        for program in programs:
            program.stdout.readline()
        assert processors.load() > 0.6 * usable_cores()
        before = read()
        while (after := read()).time - before.time < 0.3:
            sum(range(1_000))
    finally:
        for program in programs:
            program.kill()
            program.communicate()
    assert is_disturbed(taken(before, after), after.time - before.time, usable_cores())


@pytest.mark.skipif(read() is None, reason="this system does not tell what others take")
def test_what_this_process_does_is_its_own():
    before, start = read(), time.process_time()
    sum(range(3_000_000))
    worked = time.process_time() - start
    assert read().own - before.own >= worked > 0


def test_a_load_is_in_cores(machine, monkeypatch):
    readings = iter([Reading(10.0, 1.0, 5.0, 0.0, 2), Reading(12.0, 1.5, 6.0, 0.0, 2)])
    monkeypatch.setattr(processors, "read", lambda: next(readings))
    monkeypatch.setattr(processors, "WATCH_SECONDS", 0)
    assert processors.load() == pytest.approx(2.5 / 2.0)
