"""The ceilings: which of many times counts, and that each backend's work can be done at all."""

import pytest

from lab6.measure import kernels, roofline
from lab6.measure.kernels import Kernels


class Clock:
    """A clock that only work moves on."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(roofline.time, "perf_counter", lambda: self.now)

    def work(self, *seconds):
        """Work whose first calls take so long; every later one as long as the last of these."""
        left = list(seconds)

        def run():
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return run


@pytest.fixture
ELEMENTS = 3 * 101_770
"""Parameters and slots of the 784-128-10 network with Adam."""


def clock(monkeypatch):
    return Clock(monkeypatch)


def test_the_fastest_repeat_of_the_fastest_way_counts_and_the_first_call_never_does(clock):
    assert roofline._least([clock.work(0.001, 0.03, 0.02, 0.04), clock.work(0.025)]) == pytest.approx(0.02)


def test_the_highest_of_all_sizes_is_the_ceiling_and_a_product_that_takes_long_is_the_last(clock):
    rates = {768: 1e12, 1_536: 4e12, 3_072: 2e12}
    work = Kernels(lambda size: [clock.work(2 * size**3 / rates[size])], lambda *_: [])  # the last takes 29 ms
    assert roofline._flops_per_second(work) == pytest.approx(4e12)


def test_a_pass_reads_and_writes_four_bytes_of_each_element(clock):
    seconds = {100: 0.01, 1_600: 0.03}
    work = Kernels(lambda _: [], lambda elements, times: [clock.work(seconds[elements])])
    times = roofline.PASSES
    assert roofline._bytes_per_second(work, 100, roofline.SCALES) == pytest.approx(8 * 100 * times / 0.01)


@pytest.mark.parametrize(("device", "largest"), [("cpu", 16), ("gpu:0", 256)])
def test_arrays_are_multiples_of_parameters_and_slots_and_larger_on_a_gpu(clock, monkeypatch, device, largest):
    asked = []
    work = Kernels(lambda _: [clock.work(1.0)], lambda *pass_: [asked.append(pass_) or clock.work(1.0)])
    monkeypatch.setattr(roofline, "kernels", lambda backend, device: work)
    roofline.measure("any", device, ELEMENTS)
    assert asked[0] == (3 * 101_770, roofline.PASSES)
    assert asked[-1] == (largest * 3 * 101_770, max(roofline.MIN_PASSES, roofline.PASSES // largest))


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_each_backend_does_the_work(backend):
    pytest.importorskip(backend)
    found = kernels.kernels(backend, "cpu")
    for run in (*found.products(8), *found.passes(100, 3)):
        run()


def test_a_device_is_measured_for_real(monkeypatch):
    monkeypatch.setattr(roofline, "SIZES", (64,))
    monkeypatch.setattr(roofline, "EACH_SECONDS", 0.01)
    found = roofline.measure("tensorflow", "cpu", ELEMENTS)
    assert found.flops_per_second > 1e6  # any machine does more
    assert found.bytes_per_second > 1e6


def test_a_cpu_has_numpys_product_too_and_a_gpu_has_not(monkeypatch):
    monkeypatch.setattr(kernels, "_jax", lambda device: Kernels(lambda size: ["own"], lambda *_: ["own"]))
    assert [len(kernels.kernels("jax", device).products(8)) for device in ("cpu", "gpu:0")] == [2, 1]
    assert kernels.kernels("jax", "gpu:0").passes(100, 3) == ["own"]
