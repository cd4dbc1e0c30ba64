from types import SimpleNamespace

import pytest

from lab6.errors import DeviceError
from lab6.measuring import devices
from lab6.record import Gpu


@pytest.fixture
def two_gpus(monkeypatch):
    """TensorFlow as it looks where there are two GPUs."""
    seen = [SimpleNamespace(name="/physical_device:GPU:0"), SimpleNamespace(name="/physical_device:GPU:1")]
    grown = []
    config = SimpleNamespace(
        list_physical_devices=lambda kind: seen,
        experimental=SimpleNamespace(
            set_memory_growth=lambda gpu, grow: grown.append((gpu, grow)),
            get_device_details=lambda gpu: {"device_name": f"Model {gpu.name[-1]}"},
        ),
    )
    monkeypatch.setattr(devices.tf, "config", config)
    return grown


def test_all_devices_that_are_there_are_the_default(two_gpus):
    assert devices.choose(None) == ("cpu", "gpu:0", "gpu:1")
    assert [grow for _, grow in two_gpus] == [True, True]


def test_devices_can_be_chosen(two_gpus):
    assert devices.choose(("gpu:1", "cpu")) == ("gpu:1", "cpu")


def test_a_missing_gpu_is_an_error_and_never_a_cpu_run(two_gpus):
    with pytest.raises(DeviceError, match="gpu:2 was asked for, but TensorFlow sees only cpu, gpu:0, gpu:1 here"):
        devices.choose(("gpu:2",))


def test_this_machine_has_a_cpu():
    assert devices.choose(None)[0] == "cpu"
    assert devices.choose(("cpu",)) == ("cpu",)


def test_gpus_carry_what_their_driver_says(two_gpus):
    known = Gpu(name="Model 1", driver="580.1", memory_bytes=10**9)
    assert devices.gpus(lambda: [known]) == (Gpu(name="Model 0"), known)


def test_without_a_gpu_no_driver_is_asked(monkeypatch):
    monkeypatch.setattr(devices.tf.config, "list_physical_devices", lambda kind: [])
    assert devices.gpus(lambda: pytest.fail("asked")) == ()


def test_a_missing_driver_is_unknown_and_no_error():
    assert devices._nvidia() == [] or devices._nvidia()[0].driver
