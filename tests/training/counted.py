"""What :mod:`lab6.training.cost` says of some networks, as a program for a process with any backend of Keras."""

import dataclasses
import json

from lab6.training import network
from lab6.training.cost import cost
from lab6.training.framework import keras

layers = keras.layers


def convnet(*more: keras.layers.Layer) -> keras.Model:
    """Keras's simple convnet for MNIST, with ``more`` layers after the first."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            *more,
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10),
        ]
    )


def padded() -> keras.Model:
    """One of each kind of convolution, all with padding that has no effect on the next one's size."""
    return keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(4, 3, padding="same"),
            layers.DepthwiseConv2D(3, padding="same"),
            layers.Conv2DTranspose(3, 2, strides=2),
            layers.Conv2D(5, 1, strides=2),
        ]
    )


def attention() -> keras.Model:
    """Two heads over 5 places, each with keys of 4 numbers."""
    inputs = keras.Input((5, 8))
    return keras.Model(inputs, layers.MultiHeadAttention(2, 4)(inputs, inputs))


MODELS = {
    "dense": lambda: network.build(0),
    "convnet": convnet,
    "normalised": lambda: convnet(layers.BatchNormalization(), layers.Dropout(0.1)),
    "padded": padded,
    "attention": attention,
}


def costs() -> dict[str, dict[str, int] | None]:
    """The cost of each network with Adam."""
    found = {}
    for name, build in MODELS.items():
        model, optimizer = build(), keras.optimizers.Adam()
        optimizer.build(model.trainable_variables)
        before = model.get_weights()
        own = cost(model, optimizer, model.input_shape[1:], 1)
        assert all((one == other).all() for one, other in zip(before, model.get_weights(), strict=True))
        found[name] = own and dataclasses.asdict(own)
    return found


if __name__ == "__main__":
    print(json.dumps(costs()))
