"""What engines learn with several workers or with one: functions for :func:`tests.training.engines.joined.answers`."""

import dataclasses
from collections.abc import Callable
from typing import Any

from lab6.errors import OptionError
from lab6.training import network
from lab6.training.datasets import Dataset, load
from lab6.training.engines import Learned, engine_class
from lab6.training.engines.engine import Engine, Task
from lab6.training.framework import backend, keras

layers, optimizers = keras.layers, keras.optimizers

IMAGES = 240
"""To train on, of the embedded digits; as many to test."""


def both() -> dict[str, Any]:
    """What both engines learn, in one start of the workers, which takes the longest."""
    return {"compiled": compiled(), "fit": fit()}


def both_once() -> dict[str, Any]:
    """The same for one minibatch size, with a smaller last one."""
    return {name: epoch(name, 100) for name in ("compiled", "fit")}


def compiled() -> dict[str, Any]:
    """Several minibatch sizes, another optimizer, and the networks that are refused."""
    found = {str(size): epoch("compiled", size) for size in (240, 100, 4)}
    found["sgd"] = epoch("compiled", 100, optimizer=lambda: optimizers.SGD(0.1))
    makers = layers.BatchNormalization, lambda: layers.Dropout(0.5), lambda: layers.Conv2D(2, 3)
    return found | {"refused": [refusal("compiled", ending(make)) for make in makers]}


def fit() -> dict[str, Any]:
    """A smaller last minibatch, layers that depend on all images of a minibatch, and several epochs."""
    rich = (
        lambda: layers.Conv2D(2, 3, strides=2, use_bias=False),
        layers.BatchNormalization,
        lambda: layers.Dropout(0.5),
    )
    return {"100": epoch("fit", 100), "rich": epoch("fit", 100, ending(*rich)), "pauses": pauses("fit")}


def dense(seed: int) -> keras.Model:
    """The lab's network with two hidden layers."""
    return network.build(seed, (16, 12))


def ending(*made: Callable[[], Any]) -> Callable[[int], keras.Model]:
    """A network with such layers between images and outputs."""

    def build(seed: int) -> keras.Model:
        keras.utils.set_random_seed(seed)
        return keras.Sequential(
            [keras.Input((28, 28, 1)), *(make() for make in made), layers.Flatten(), layers.Dense(10)]
        )

    return build


def epoch(name: str, batch_size: int, build: Any = dense, optimizer: Any = optimizers.Adam) -> dict[str, Any]:
    """What an engine of the workers that train together learns; see :func:`learned`."""
    return learned(prepared(name, batch_size, build, optimizer))


def learned(engine: Engine) -> dict[str, Any]:
    """The second epoch that an engine trains from its own seed: means, test accuracy, and the network's variables."""
    for seed in (4, 3):
        engine.reset(seed)
        means = engine.train_epoch()
    variables = [backend.to_numpy(variable.value).ravel().tolist() for variable in engine.model.variables]
    return {"loss": means.loss, "accuracy": means.accuracy, "test": engine.evaluate(), "variables": variables}


def pauses(name: str) -> list[tuple[int, float, float]]:
    """Seven steps over two epochs: at each pause the steps so far, the loss, and the test accuracy."""
    engine = prepared(name, 60, dense, optimizers.Adam, over_epochs=True)
    found: list[tuple[int, float, float]] = []

    def pause(done: int, learned: Learned) -> bool:
        found.append((done, learned.loss, engine.evaluate()))
        return False

    engine.begin(3, learning_rate=0.01, decay_steps=7)
    engine.run(7, 2, pause)
    return found


def prepared(name: str, batch_size: int, build: Any, optimizer: Any, over_epochs: bool = False) -> Engine:
    """An engine of the workers that train together, if there are several."""
    import jax

    task = Task(build, optimizer, digits(), batch_size, over_epochs=over_epochs)
    engine = engine_class(name, "jax", together=jax.process_count() > 1)(task)
    engine.prepare()
    return engine


def digits() -> Dataset:
    """A few of the embedded digits."""
    dataset = load("digits").first(IMAGES)
    return dataclasses.replace(dataset, test=next(dataset.test.parts(IMAGES)))


def refusal(name: str, build: Any) -> str:
    """Why an engine does not train a network; empty if it does."""
    try:
        prepared(name, 100, build, optimizers.Adam)
    except OptionError as error:
        return str(error)
    return ""
