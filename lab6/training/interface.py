"""What a Keras model takes and returns, as far as lab6 must know to train it."""

import math
from typing import Any

import numpy as np

from lab6.errors import OptionError
from lab6.training.framework import keras

CONVOLUTIONS = tuple(getattr(keras.layers, name) for name in dir(keras.layers) if "Conv" in name and "LSTM" not in name)
"""Keras's convolutional layers."""


def input_shape(model: keras.Model, image_shape: tuple[int, ...], classes: int) -> tuple[int, ...]:
    """The shape in which ``model`` takes images of ``image_shape``: the same, flattened, or with one channel.

    A model without an input shape is built for the images as they are. Raises OptionError if it takes no such images,
    or cannot tell so many classes apart.
    """
    if not model.built:
        try:
            model(np.zeros((1, *image_shape), np.float32))
        except Exception as error:  # whatever a layer raises
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise OptionError(
                f"the network cannot be built for images of shape {image_shape} ({first[:200]}): begin it with "
                "keras.Input."
            ) from error
    wanted = _shape(model, "input", image_shape)
    flat, channel = (math.prod(image_shape),), (*image_shape, 1)
    shapes = [image_shape, flat, channel, *([image_shape[:-1]] if image_shape[-1] == 1 else [])]
    fitting = [shape for shape in shapes if len(shape) == len(wanted) and _fits(shape, wanted)]
    if not fitting:
        raise OptionError(
            f"the network takes inputs of shape {wanted}, but the data set has images of shape {image_shape}: give "
            "a network and data that fit each other."
        )
    outputs = _shape(model, "output", (classes,))
    if len(outputs) != 1 or outputs[0] is None or outputs[0] < classes:
        raise OptionError(
            f"the network has outputs of shape {outputs}, but the data set has {classes} classes: let its last layer "
            f"have {classes} units, one for each class."
        )
    return fitting[0]


def gives_logits(model: keras.Model) -> bool:
    """Whether the outputs of ``model`` are logits, and not probabilities, by its last layer. Raises OptionError."""
    last = _last(model)
    if isinstance(last, keras.layers.Softmax):
        return False
    activation = getattr(last, "activation", None)
    name = getattr(activation, "__name__", "linear")
    if name not in ("linear", "log_softmax", "softmax"):
        raise OptionError(
            f"the network's last layer has the activation {name}: give logits (no activation) or probabilities "
            "(softmax)."
        )
    return name != "softmax"


def only_fit_trains(model: keras.Model) -> bool:
    """Whether ``model`` has a training step of its own, which only ``fit`` follows."""
    own = type(model)
    return any(getattr(own, name, None) is not getattr(keras.Model, name, None) for name in ("train_step", "fit"))


def loops_slowly(model: keras.Model, device: str) -> bool:
    """Whether XLA would train ``model`` slowly in a loop: on CPUs, networks with convolutions.

    In the body of a loop, the gradient of a convolution's weights takes XLA up to thirty times as long as outside of it
    (https://github.com/jax-ml/jax/issues/12868); docs/performance.md has figures.
    """
    layers = model._flatten_layers(include_self=False)
    return device == "cpu" and any(isinstance(layer, CONVOLUTIONS) for layer in layers)


def _shape(model: keras.Model, side: str, otherwise: tuple[int, ...]) -> tuple[int | None, ...]:
    """The shape of one input or output. Raises OptionError if there are several."""
    tensors = getattr(model, f"{side}s", None) or []
    if len(tensors) > 1:
        raise OptionError(
            f"the network has {len(tensors)} {side}s: lab6 trains networks that have one input and one output."
        )
    return tuple(tensors[0].shape[1:]) if tensors else otherwise


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return all(size in (length, None) for length, size in zip(shape, wanted, strict=True))


def _last(model: Any) -> Any:
    """The layer whose output is the model's."""
    while isinstance(model, keras.Model) and model.layers:
        history = getattr((getattr(model, "outputs", None) or [None])[0], "_keras_history", None)
        model = history.operation if history is not None and history.operation is not model else model.layers[-1]
    return model
