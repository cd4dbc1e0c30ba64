import sys

import numpy as np
import pytest

from lab6.measuring import resources
from lab6.measuring.resources import Meter


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
    monkeypatch.setattr(resources.tf.config.experimental, "reset_memory_stats", calls.append)
    monkeypatch.setattr(
        resources.tf.config.experimental, "get_memory_info", lambda device: {"peak": 42, "device": device}
    )
    meter = Meter("gpu:1")
    meter.start()
    assert meter.stop().gpu_peak_memory_bytes == 42
    assert calls == ["GPU:1"]
