import sys
from pathlib import Path

import numpy as np
import pytest

from lab6.measure import processors, resources
from lab6.measure.resources import Meter
from lab6.training import framework


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forgets a peak when asked")
def test_the_peak_is_of_this_round_and_not_of_an_earlier_one():
    meter = Meter("cpu")
    meter.start()
    big = np.ones(300_000_000, np.uint8)
    del big
    first = meter.stop()
    meter.start()
    second = meter.stop()
    assert first.peak_memory_bytes - second.peak_memory_bytes > 250_000_000


def test_processor_time_counts_work_and_a_cpu_has_no_gpu_memory():
    meter = Meter("cpu")
    meter.start()
    sum(range(3_000_000))
    usage = meter.stop()
    assert 0 < usage.cpu_seconds < 60
    assert usage.gpu_peak_memory_bytes is None


def test_a_peak_that_cannot_be_reset_is_unknown_unless_it_rose(monkeypatch):
    peaks = iter([500, 500, 500, 700])
    monkeypatch.setattr(resources, "_reset_peak", lambda: False)
    monkeypatch.setattr(resources, "_peak", lambda: next(peaks))
    meter = Meter("cpu")
    for expected in (None, 700):
        meter.start()
        assert meter.stop().peak_memory_bytes == expected


@pytest.mark.parametrize(("forgets", "after", "known"), [(True, 400, 400), (False, 500, None), (False, 700, 700)])
def test_a_gpus_peak_that_cannot_be_forgotten_is_unknown_unless_it_rose(monkeypatch, forgets, after, known):
    peaks = {1: iter([500, after])}
    monkeypatch.setattr(framework.backend, "forget_peak", lambda gpu: forgets)
    monkeypatch.setattr(framework.backend, "peak_memory", lambda gpu: next(peaks[gpu]))
    meter = Meter("gpu:1")
    meter.start()
    assert meter.stop().gpu_peak_memory_bytes == known


def test_what_the_system_does_not_let_this_process_read_or_write_is_unknown(monkeypatch):
    def refuse(*arguments, **named):
        raise PermissionError(13, "Permission denied")

    for of, name in ((Path, "read_text"), (Path, "write_text"), (processors.psutil, "cpu_times")):
        monkeypatch.setattr(of, name, refuse)
    meter = Meter("cpu")
    meter.start()
    usage = meter.stop()
    assert usage.cpu_seconds >= 0
    assert (usage.other_cpu_seconds, usage.waiting_seconds, usage.peak_memory_bytes) == (None, None, None)


def test_what_others_took_is_read_from_the_start_to_the_stop_and_can_be_unknown(monkeypatch):
    def at(time, idle):
        return processors.Reading(time=time, own=0.0, idle=idle, stolen=0.0, cores=2)

    readings = iter([at(10.0, 5.0), at(11.0, 5.5), at(12.0, 6.0), None])
    monkeypatch.setattr(processors, "read", lambda: next(readings))
    meter = Meter("cpu")
    for expected in (1.5, None):
        meter.start()
        assert meter.stop().other_cpu_seconds == expected
