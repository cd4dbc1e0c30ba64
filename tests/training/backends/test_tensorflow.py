from types import SimpleNamespace

import pytest

from lab6.training.backends import tensorflow


@pytest.fixture
def two_gpus(monkeypatch):
    """TensorFlow on a machine with two GPUs; the calls that reset a peak."""
    seen = [SimpleNamespace(name=f"/physical_device:GPU:{index}") for index in range(2)]
    calls = []
    experimental = SimpleNamespace(
        get_device_details=lambda gpu: {"device_name": f"Model {gpu.name[-1]}"},
        reset_memory_stats=calls.append,
        get_memory_info=lambda device: {"peak": 42 if device == "GPU:1" else 0},
    )
    config = SimpleNamespace(list_physical_devices=lambda kind: seen, experimental=experimental)
    monkeypatch.setattr(tensorflow.tf, "config", config)
    return calls


def test_gpus_are_named_by_their_models(two_gpus):
    assert tensorflow.gpus() == ["Model 0", "Model 1"]


def test_a_gpus_peak_is_its_allocators_and_none_if_unknown(two_gpus):
    tensorflow.forget_peak(1)
    assert two_gpus == ["GPU:1"]
    assert tensorflow.peak_memory(1) == 42
    assert tensorflow.peak_memory(0) is None


def test_threads_can_be_set_by_the_environment(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", " 7 ")
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS", raising=False)
    intra_op, inter_op = tensorflow.threads()
    assert intra_op == 7
    assert inter_op >= 1


@pytest.mark.parametrize("text", ["", "abc", "1_0", "²", "0"])
def test_what_tensorflow_does_not_read_as_a_number_sets_no_threads(monkeypatch, text):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", text)
    assert tensorflow.threads()[0] == tensorflow.processors.allowed()
