"""Keras's simple MNIST convnet: 34,826 parameters. Source: https://keras.io/examples/vision/mnist_convnet."""

import keras
from keras import layers


def convnet() -> keras.Model:
    """A newly initialised network that takes images of 28 x 28 pixels and returns logits of ten classes."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10),
        ]
    )
