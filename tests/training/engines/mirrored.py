"""What ``fit`` learns on one and on two of TensorFlow's devices, as JSON: ``python -m`` this, on its own."""

import dataclasses
import json
from typing import Any

import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)

from lab6.errors import Lab6Error
from lab6.training import network
from lab6.training.datasets import load
from lab6.training.engines.engine import Task
from lab6.training.engines.fit import Fit
from lab6.training.engines.fit_mirrored import FitMirrored
from lab6.training.framework import backend, keras


def dense(seed: int) -> keras.Model:
    """The lab's network with two hidden layers."""
    return network.build(seed, (16, 12))


def dropping(seed: int) -> keras.Model:
    """A network with dropout."""
    return keras.Sequential([keras.Input((784,)), keras.layers.Dropout(0.5), keras.layers.Dense(10)])


def task(workers: int, batch_size: int = 100, build: Any = dense, device: str = "cpu:0") -> Task:
    """240 images to train on, and as many to test."""
    dataset = load("digits").first(240)
    dataset = dataclasses.replace(dataset, test=next(dataset.test.parts(240)))
    return Task(build, keras.optimizers.Adam, dataset, batch_size, device, workers=workers)


def epoch(engine: Fit) -> dict[str, Any]:
    """The second epoch from its own seed: means, test accuracy, and the network's variables."""
    engine.prepare()
    for seed in (4, 3):
        engine.reset(seed)
        learned = engine.train_epoch()
    variables = [backend.to_numpy(variable.value).ravel().tolist() for variable in engine.model.variables]
    return {"loss": learned.loss, "accuracy": learned.accuracy, "test": engine.evaluate(), "variables": variables}


def refusal(*given: Any) -> str:
    """Why such a task is not trained."""
    try:
        FitMirrored(task(*given))
    except Lab6Error as error:
        return str(error)
    return ""


def main() -> None:
    """Several minibatch sizes on one and on two devices, and what is refused."""
    found: dict[str, Any] = {
        str(size): [epoch(Fit(task(1, size))), epoch(FitMirrored(task(2, size)))] for size in (240, 100, 2)
    }
    found["few"], found["dropout"] = refusal(2, 100, dense, "cpu:1"), refusal(2, 100, dropping)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
