import sys
from types import SimpleNamespace

import pytest

from lab6.errors import DeviceError
from lab6.measuring import devices
from lab6.record import Gpu


@pytest.fixture
def two_gpus(monkeypatch):
    """TensorFlow as it looks where there are two GPUs."""
    seen = [SimpleNamespace(name="/physical_device:GPU:0"), SimpleNamespace(name="/physical_device:GPU:1")]
    config = SimpleNamespace(
        list_physical_devices=lambda kind: seen,
        experimental=SimpleNamespace(
            get_device_details=lambda gpu: {"device_name": f"Model {gpu.name[-1]}"},
        ),
    )
    monkeypatch.setattr(devices.tf, "config", config)


def test_all_devices_that_are_there_are_the_default(two_gpus):
    assert devices.choose(None) == ("cpu", "gpu:0", "gpu:1")


def test_devices_can_be_chosen(two_gpus):
    assert devices.choose(("gpu:1", "cpu")) == ("gpu:1", "cpu")


def test_a_missing_gpu_is_an_error_and_never_a_cpu_run(two_gpus):
    with pytest.raises(DeviceError, match="gpu:2 was asked for, but TensorFlow sees only cpu, gpu:0, gpu:1 here"):
        devices.choose(("gpu:2",))


def test_this_machine_has_a_cpu():
    assert devices.choose(None)[0] == "cpu"
    assert devices.choose(("cpu",)) == ("cpu",)


class NVMLError(Exception):
    """As nvidia-ml-py calls it."""


def fake_driver(memory):
    """nvidia-ml-py as it looks with GPUs of these models and memories; None for a memory that it will not tell."""

    def memory_info(name):
        if memory[name] is None:
            raise NVMLError("Not Supported")
        return SimpleNamespace(total=memory[name])

    return SimpleNamespace(
        NVMLError=NVMLError,
        nvmlInit=lambda: None,
        nvmlShutdown=lambda: None,
        nvmlSystemGetDriverVersion=lambda: "580.1",
        nvmlDeviceGetCount=lambda: len(memory),
        nvmlDeviceGetHandleByIndex=lambda index: list(memory)[index],
        nvmlDeviceGetName=lambda name: name,
        nvmlDeviceGetMemoryInfo=memory_info,
    )


def test_gpus_carry_what_their_driver_says(two_gpus, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", fake_driver({"Model 0": None, "Model 1": 10**9}))
    assert devices.gpus() == (
        Gpu(name="Model 0", driver="580.1"),
        Gpu(name="Model 1", driver="580.1", memory_bytes=10**9),
    )


def test_without_a_driver_its_facts_are_unknown(two_gpus, monkeypatch):
    driver = fake_driver({})

    def fail():
        raise NVMLError("Driver Not Loaded")

    driver.nvmlInit = fail
    monkeypatch.setitem(sys.modules, "pynvml", driver)
    assert devices.gpus() == (Gpu(name="Model 0"), Gpu(name="Model 1"))
    monkeypatch.setitem(sys.modules, "pynvml", None)  # as if it were not installed
    assert devices.gpus() == (Gpu(name="Model 0"), Gpu(name="Model 1"))


def test_threads_can_be_set_by_the_environment(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS", raising=False)
    intra_op, inter_op = devices.threads()
    assert intra_op == 7
    assert inter_op >= 1
