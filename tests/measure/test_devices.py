import pytest

from lab6.errors import DeviceError
from lab6.measure import devices, nvidia


def test_devices_can_be_chosen_and_are_all_by_default():
    assert devices.choose(None, 2, "tensorflow") == ("cpu", "gpu:0", "gpu:1")
    assert devices.choose(None, 0, "tensorflow") == ("cpu",)
    assert devices.choose(("gpu:1", "cpu"), 2, "tensorflow") == ("gpu:1", "cpu")


@pytest.mark.parametrize(
    ("backend", "name", "advice"),
    [
        ("tensorflow", "TensorFlow", "install lab6[gpu]"),
        ("jax", "JAX", "install jax[cuda12]"),
        ("torch", "PyTorch", "install a build of PyTorch with CUDA"),
    ],
)
def test_a_missing_gpu_is_an_error_and_never_a_cpu_run(backend, name, advice):
    with pytest.raises(DeviceError) as caught:
        devices.choose(("cpu", "gpu:2"), 2, backend)
    message = str(caught.value)
    assert message.startswith(f"--devices: gpu:2 was asked for, but {name} sees only cpu, gpu:0, gpu:1 here; ")
    assert advice in message


def test_the_option_that_asked_is_named():
    with pytest.raises(DeviceError, match="--device: gpu:0 was asked for"):
        devices.choose(("gpu:0",), 0, "torch", "--device")


def test_without_a_gpu_no_driver_is_asked(monkeypatch):
    monkeypatch.delattr(nvidia, "facts")
    assert devices.gpus([]) == ()
