import sys

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


def test_processor_time_counts_work_and_not_waiting():
    meter = Meter("cpu")
    meter.start()
    sum(range(3_000_000))
    assert 0 < meter.stop().cpu_seconds < 60


def test_where_a_peak_cannot_be_reset_it_is_unknown_unless_it_rose(monkeypatch):
    peaks = iter([500, 500, 500, 700])
    monkeypatch.setattr(resources, "_reset_peak", lambda: False)
    monkeypatch.setattr(resources, "_peak", lambda: next(peaks))
    meter = Meter("cpu")
    for expected in (None, 700):
        meter.start()
        assert meter.stop().peak_memory_bytes == expected


def test_a_cpu_has_no_gpu_memory():
    meter = Meter("cpu")
    meter.start()
    assert meter.stop().gpu_peak_memory_bytes is None


def test_a_gpus_memory_is_its_allocators_peak_since_the_start(monkeypatch):
    calls = []
    monkeypatch.setattr(framework.backend, "forget_peak", lambda gpu: calls.append(gpu) or True)
    monkeypatch.setattr(framework.backend, "peak_memory", lambda gpu: 41 + gpu)
    meter = Meter("gpu:1")
    meter.start()
    assert meter.stop().gpu_peak_memory_bytes == 42
    assert calls == [1]


@pytest.mark.parametrize(("after", "known"), [(500, None), (700, 700)])
def test_a_gpus_peak_that_cannot_be_forgotten_is_unknown_unless_it_rose(monkeypatch, after, known):
    peaks = iter([500, after])
    monkeypatch.setattr(framework.backend, "forget_peak", lambda gpu: False)
    monkeypatch.setattr(framework.backend, "peak_memory", lambda gpu: next(peaks))
    meter = Meter("gpu:0")
    meter.start()
    assert meter.stop().gpu_peak_memory_bytes == known


def test_what_others_took_is_read_from_the_start_to_the_stop_and_can_be_unknown(monkeypatch):
    def at(time, idle):
        return processors.Reading(time=time, own=0.0, idle=idle, stolen=0.0, cores=2)

    readings = iter([at(10.0, 5.0), at(11.0, 5.5), at(12.0, 6.0), None])
    monkeypatch.setattr(processors, "read", lambda: next(readings))
    meter = Meter("cpu")
    for expected in (1.5, None):
        meter.start()
        assert meter.stop().other_cpu_seconds == expected
