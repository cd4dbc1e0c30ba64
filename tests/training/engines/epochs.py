"""What engines on JAX learn in an epoch: functions for :func:`tests.training.engines.joined.answers`."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax

from lab6.errors import OptionError
from lab6.training import network
from lab6.training.datasets import load
from lab6.training.engines import engine_class
from lab6.training.engines.engine import Engine, Task
from lab6.training.framework import backend, keras

layers, optimizers = keras.layers, keras.optimizers

IMAGES = 240
"""To train on, of the embedded digits; as many to test."""


def compiled() -> dict[str, Any]:
    """Several minibatch sizes, another optimizer, and the networks that are refused."""
    found = {str(size): epoch("compiled", size) for size in (240, 100, 4)}
    found["sgd"] = epoch("compiled", 100, optimizer=lambda: optimizers.SGD(0.1))
    makers = layers.BatchNormalization, lambda: layers.Dropout(0.5), lambda: layers.Conv2D(2, 3)
    return found | {"refused": [refusal("compiled", ending(make)) for make in makers]}


def fit() -> dict[str, Any]:
    """Several minibatch sizes, and networks with batch normalisation, dropout and a convolution."""
    found = {str(size): epoch("fit", size) for size in (240, 100, 4)}
    makers = {
        "normalised": layers.BatchNormalization,
        "dropout": lambda: layers.Dropout(0.5),
        "convolution": lambda: layers.Conv2D(2, 3, strides=2),
    }
    return found | {name: epoch("fit", 100, ending(make)) for name, make in makers.items()}


def fit_at_100() -> dict[str, Any]:
    """One minibatch size and a smaller last one."""
    return epoch("fit", 100)


def compiled_at_100() -> dict[str, Any]:
    """One minibatch size and a smaller last one."""
    return epoch("compiled", 100)


def dense(seed: int) -> keras.Model:
    """The lab's network with two hidden layers."""
    return network.build(seed, (16, 12))


def ending(make: Callable[[], Any]) -> Callable[[int], keras.Model]:
    """A network with such a layer between images and outputs."""

    def build(seed: int) -> keras.Model:
        keras.utils.set_random_seed(seed)
        return keras.Sequential([keras.Input((28, 28, 1)), make(), layers.Flatten(), layers.Dense(10)])

    return build


def epoch(name: str, batch_size: int, build: Any = dense, optimizer: Any = optimizers.Adam) -> dict[str, Any]:
    """The second epoch that an engine trains from its own seed: means, test accuracy, and the network's variables."""
    engine = prepared(name, batch_size, build, optimizer)
    for seed in (4, 3):
        engine.reset(seed)
        learned = engine.train_epoch()
    variables = [backend.to_numpy(variable.value).ravel().tolist() for variable in engine.model.variables]
    return {"loss": learned.loss, "accuracy": learned.accuracy, "test": engine.evaluate(), "variables": variables}


def prepared(name: str, batch_size: int, build: Any, optimizer: Any) -> Engine:
    """An engine of the workers that train together, if there are several."""
    dataset = load("digits").first(IMAGES)
    dataset = dataclasses.replace(dataset, test=next(dataset.test.parts(IMAGES)))
    engine = engine_class(name, "jax", together=jax.process_count() > 1)(Task(build, optimizer, dataset, batch_size))
    engine.prepare()
    return engine


def refusal(name: str, build: Any) -> str:
    """Why an engine does not train a network; empty if it does."""
    try:
        prepared(name, 100, build, optimizers.Adam)
    except OptionError as error:
        return str(error)
    return ""
