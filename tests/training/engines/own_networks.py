"""Networks as users write them, and what a process says of some of them: ``python -m`` this, on any backend."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from lab6.training import own
from lab6.training.datasets import Dataset, load
from lab6.training.engines import engine_class
from lab6.training.engines.engine import Engine, Task
from lab6.training.framework import backend, keras
from lab6.training.network import GlorotUniform

layers, optimizers = keras.layers, keras.optimizers


def drawn(function: Callable[[], keras.Model]) -> Callable[[int], keras.Model]:
    """As a place of it builds it."""

    def build(seed: int) -> keras.Model:
        keras.utils.set_random_seed(seed)
        return function()

    return build


def sequence(*found: Any, shape: tuple[int, ...] = (28, 28, 1)) -> keras.Model:
    return keras.Sequential([keras.Input(shape), *found])


def convolutional(dropout: float = 0.3, width: int = 4, name: str | None = None, relu: str = "relu") -> keras.Model:
    maps = layers.Conv2D(width, 5, strides=3, kernel_initializer="he_normal", use_bias=False, name=name)
    normal, activation = layers.BatchNormalization(), layers.Activation(relu)
    return sequence(maps, normal, activation, layers.Flatten(), layers.Dropout(dropout), layers.Dense(10))


def coloured_network() -> keras.Model:
    maps, kept = layers.Conv2D(4, 5, strides=4, use_bias=False), layers.BatchNormalization()
    return sequence(maps, kept, layers.Flatten(), layers.Dense(10), shape=(32, 32, 3))


def residual() -> keras.Model:
    inputs = keras.Input((28, 28))
    one = layers.Dense(16, "relu")(layers.Flatten()(inputs))
    return keras.Model(inputs, layers.Dense(10)(one + layers.Dense(16, "relu")(one)))


class Subclassed(keras.Model):
    """Takes images with a channel, which only its first call tells, and no ``training``."""

    def __init__(self, rate: float = 0.3) -> None:
        super().__init__()
        self.out = layers.Dense(10)
        self.maps, self.flat, self.drop = layers.Conv2D(4, 5, strides=4), layers.Flatten(), layers.Dropout(rate)

    def call(self, inputs: Any) -> Any:
        return keras.ops.softmax(self.out(self.drop(self.flat(self.maps(inputs)))))


class Noisy(layers.Layer):
    """Has random numbers of its own in training."""

    def __init__(self) -> None:
        super().__init__()
        self.draws = keras.random.SeedGenerator(7)

    def call(self, inputs: Any, training: bool = False) -> Any:
        noise = keras.random.normal(keras.ops.shape(inputs), stddev=0.1, seed=self.draws)
        return inputs + noise if training else inputs


class Penalised(layers.Layer):
    """Adds a loss that grows with the number of images."""

    def call(self, inputs: Any) -> Any:
        self.add_loss(1e-4 * keras.ops.sum(keras.ops.square(inputs)))
        return inputs


def penalised() -> keras.Model:
    hidden = layers.Dense(8, "relu", activity_regularizer="l2", kernel_regularizer="l1")
    return sequence(layers.Flatten(), hidden, Penalised(), layers.Dense(10))


def frozen() -> keras.Model:
    kept = layers.Dense(16, "relu", trainable=False)
    return sequence(layers.Rescaling(2.0, -1), layers.Resizing(14, 14), layers.Flatten(), kept, layers.Dense(10))


def normalised() -> keras.Model:
    adapted = layers.Normalization(axis=None, mean=0.1, variance=0.1)
    return keras.Sequential([adapted, layers.Flatten(), layers.Dense(16, "relu"), layers.Dense(10)])


def recurrent() -> keras.Model:
    return sequence(layers.LSTM(8), layers.Dense(10), shape=(28, 28))


def half() -> keras.Model:
    kinds = {"dtype": "mixed_bfloat16"}
    return sequence(layers.Flatten(**kinds), layers.Dense(16, "relu", **kinds), layers.Dense(10, **kinds))


def answering(*last: Any) -> Callable[[], keras.Model]:
    """A network with these last layers, whose other parameters are always the same."""

    def make() -> keras.Model:
        first = layers.Dense(16, "relu", kernel_initializer=GlorotUniform((1, 2)))
        outputs = layers.Dense(10, kernel_initializer=GlorotUniform((3, 4)))
        return sequence(layers.Flatten(), keras.Sequential([first]), outputs, *(each() for each in last))

    return make


class Halving(optimizers.schedules.LearningRateSchedule):
    """A schedule without a configuration."""

    def __init__(self, first: float) -> None:
        self.first = first

    def __call__(self, step: Any) -> Any:
        return self.first * 0.5 ** (keras.ops.cast(step, "float32") / 10)


def coloured(dataset: Dataset) -> Dataset:
    """The same images, 32 x 32 in three colours."""

    def colour(images: Any) -> Any:
        large = np.pad(images.pixels, ((0, 0), (2, 2), (2, 2)))
        return dataclasses.replace(images, pixels=np.stack([large, large // 2, 255 - large], axis=-1))

    return dataclasses.replace(dataset, training=colour(dataset.training), test=colour(dataset.test))


def made(name: str, dataset: Dataset, function: Callable[[], keras.Model], optimizer: Any, batch_size: int) -> Engine:
    task = Task(drawn(function), optimizer, dataset, batch_size)
    engine = engine_class(name, keras.backend.backend())(task)
    engine.prepare()
    return engine


def run(engine: Engine, seed: int = 3) -> tuple[Any, float, list[Any]]:
    """An epoch: its means, its test accuracy, and every parameter and optimizer variable."""
    engine.reset(seed)
    learned = engine.train_epoch()
    variables = [*engine.model.variables, *engine.optimizer.variables]
    return learned, engine.evaluate(), [np.array(backend.to_numpy(each.value)) for each in variables]


def is_exact(engine: Engine) -> bool:
    """Whether a round is the same to the last bit after others."""
    first = run(engine)
    run(engine, seed=9)
    engine.train_epoch()
    again = run(engine)
    same = (np.array_equal(ours, theirs, equal_nan=True) for ours, theirs in zip(again[2], first[2], strict=True))
    return repr(again[:2]) == repr(first[:2]) and all(same)


DIGESTED: dict[str, Callable[[], Any]] = {
    "convolutional": convolutional,
    "subclassed": lambda: built(Subclassed()),
    "lambda": lambda: sequence(layers.Flatten(), layers.Lambda(lambda pixels: pixels * 2), layers.Dense(10)),
    "custom layer": lambda: sequence(layers.Flatten(), Noisy(), layers.Dense(10)),
    "residual": residual,
    "adam": optimizers.Adam,
    "decay": lambda: optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 100), momentum=0.9),
    "schedule": lambda: optimizers.Adam(Halving(0.1)),
}
"""What has a digest that is the same in every process and on every backend."""


def built(model: keras.Model) -> keras.Model:
    model(np.zeros((1, 28, 28, 1), np.float32))
    return model


def digests(seed: int = 0) -> dict[str, str]:
    keras.utils.set_random_seed(seed)
    return {name: own.digest(make()) for name, make in DIGESTED.items()}


def main() -> None:
    """Print the digests, and whether some networks are trained the same again, and as much as by ``fit``."""
    layers.Dense(3), layers.Conv2D(2, 2)  # so that other layers are numbered otherwise
    dataset, found = load("digits").first(600), {}
    for function in (convolutional, Subclassed) if keras.backend.backend() == "jax" else ():
        compiled, fit = (made(name, dataset, function, optimizers.Adam, 128) for name in ("compiled", "fit"))
        found[function.__name__] = [is_exact(compiled), run(compiled)[0].loss, run(fit)[0].loss]
    print(json.dumps([digests(seed=7), found]))


if __name__ == "__main__":
    main()
