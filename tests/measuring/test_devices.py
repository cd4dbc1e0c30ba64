import pytest

from lab6.errors import DeviceError
from lab6.measuring import devices


@pytest.fixture
def two_gpus(monkeypatch):
    """TensorFlow as it looks where there are two GPUs."""
    monkeypatch.setattr(devices.backend, "gpus", lambda: ["Model 0", "Model 1"])


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
