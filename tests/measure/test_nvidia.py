import sys
from types import SimpleNamespace

from lab6.measure import devices, nvidia
from lab6.measure.nvidia import Reading
from lab6.measure.resources import Meter
from lab6.record import Gpu
from lab6.training import framework

MODELS = ["Model 0", "Model 1"]


class NVMLError(Exception):
    """As nvidia-ml-py calls it."""


def fake_driver(memory):
    """nvidia-ml-py as it looks with GPUs of these models and memories; None for a memory that it will not tell."""

    def memory_info(name):
        if memory.get(name) is None:
            raise NVMLError("Not Supported")
        return SimpleNamespace(total=memory[name], used=memory[name] // 2)

    return SimpleNamespace(
        NVMLError=NVMLError,
        nvmlInit=lambda: None,
        nvmlShutdown=lambda: None,
        nvmlSystemGetDriverVersion=lambda: "580.1",
        nvmlDeviceGetCount=lambda: len(memory),
        nvmlDeviceGetHandleByIndex=lambda index: list(memory)[index],
        nvmlDeviceGetHandleByUUID=lambda uuid: uuid,
        nvmlDeviceGetName=lambda name: name,
        nvmlDeviceGetMemoryInfo=memory_info,
        nvmlDeviceGetClockInfo=lambda name, kind: 1980 if kind == "sm" else 0,
        nvmlDeviceGetTemperature=lambda name, kind: int(name[-1]) + 40,
        NVML_CLOCK_SM="sm",
        NVML_TEMPERATURE_GPU=0,
    )


def test_gpus_carry_what_their_driver_says(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", fake_driver({"Model 0": None, "Model 1": 10**9}))
    assert devices.gpus(MODELS) == (
        Gpu(name="Model 0", driver="580.1"),
        Gpu(name="Model 1", driver="580.1", memory_bytes=10**9),
    )


def test_without_a_driver_nothing_is_known(monkeypatch):
    driver = fake_driver({})

    def fail():
        raise NVMLError("Driver Not Loaded")

    driver.nvmlInit = fail
    for module in (driver, None):  # None: as if it were not installed
        monkeypatch.setitem(sys.modules, "pynvml", module)
        assert devices.gpus(MODELS) == (Gpu(name="Model 0"), Gpu(name="Model 1"))
        assert nvidia.read(0) == Reading()


def test_a_gpu_is_read_by_the_number_that_frameworks_give_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", fake_driver({"Model 0": 10**9, "Model 1": None}))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("CUDA_DEVICE_ORDER", raising=False)
    assert nvidia.read(0) == Reading(memory_bytes=5 * 10**8, clock_hz=1_980_000_000, celsius=40)
    assert nvidia.read(1) == Reading(clock_hz=1_980_000_000, celsius=41)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    assert nvidia.read(0).celsius == 41
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-1234,GPU-5670")
    assert nvidia.read(1).celsius == 40
    assert nvidia.read(2) == Reading()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "none of them")
    assert nvidia.read(0) == Reading()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "FASTEST_FIRST")
    assert nvidia.read(0) == Reading()


def test_a_round_on_a_gpu_has_its_clock_and_temperature_before_and_after(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", fake_driver({"Model 0": 10**9}))
    monkeypatch.setattr(framework.backend, "forget_peak", lambda gpu: True)
    monkeypatch.setattr(framework.backend, "peak_memory", lambda gpu: 7)
    meter = Meter("gpu:0")
    meter.start()
    usage = meter.stop()
    assert usage.gpu_peak_memory_bytes == 7
    assert usage.gpu_memory_bytes == 5 * 10**8
    assert usage.gpu_clock_hz_before == usage.gpu_clock_hz_after == 1_980_000_000
    assert usage.gpu_celsius_before == usage.gpu_celsius_after == 40


def test_a_driver_library_that_fails_in_an_unknown_way_is_as_none(monkeypatch):
    def fail():
        raise RuntimeError("a symbol is missing")

    monkeypatch.setitem(sys.modules, "pynvml", SimpleNamespace(NVMLError=KeyError, nvmlInit=fail))
    assert (nvidia.read(0), nvidia.facts()) == (Reading(), (None, {}))
