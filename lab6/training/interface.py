"""What a Keras model takes and returns, as far as lab6 must know to train it."""

import math
from typing import Any

import numpy as np

from lab6.errors import OptionError, first_line
from lab6.training.framework import backend, keras

Shape = tuple[int, ...]

CONVOLUTIONS = tuple(getattr(keras.layers, name) for name in dir(keras.layers) if "Conv" in name and "LSTM" not in name)
"""Keras's convolutional layers."""


def input_shape(model: keras.Model, image_shape: Shape, classes: int) -> Shape:
    """The shape in which ``model`` takes images of ``image_shape``: the same, with one channel, or flattened.

    A model without an input shape is built for the first of these that it takes. Raises OptionError if it takes no such
    images, cannot distinguish so many classes, or has nothing to train.
    """
    declared = _declared(model, "input")
    shape = _accepted(model, image_shape) if declared is None else _fitting(declared, image_shape)
    outputs = _declared(model, "output") or _outputs(model, shape).shape[1:]
    if len(outputs) != 1 or outputs[0] is None or outputs[0] < classes:
        raise OptionError(
            f"the network has outputs of shape {outputs} for images of shape {shape}, but the data set has {classes} "
            f"classes: let its last layer have {classes} units, one for each class."
        )
    if not model.trainable_variables:
        raise OptionError("the network has no trainable parameters: give one that has some.")
    return shape


def build(model: keras.Model, shape: Shape) -> None:
    """Build a model that has no input shape for images of this ``shape``."""
    if _declared(model, "input") is None:
        _outputs(model, shape)


def gives_logits(model: keras.Model, shape: Shape) -> bool:
    """Whether a built ``model`` returns logits, and not probabilities, for images of ``shape``. Raises OptionError.

    Its last layer says which. If its own code calls the layers, or the activation is another one, the sums of its
    outputs decide.
    """
    last = _last(model)
    activation = getattr(getattr(last, "activation", None), "__name__", "linear")
    name = "softmax" if isinstance(last, keras.layers.Softmax) else activation
    known = isinstance(last, keras.layers.Dense | keras.layers.Activation | keras.layers.Softmax)
    if known and name in ("linear", "log_softmax", "softmax"):
        return name != "softmax"
    sums = _outputs(model, shape).sum(axis=-1)
    if np.allclose(sums, 1, atol=0.02):  # bfloat16 has two to three digits
        return False
    if name not in ("linear", "log_softmax"):
        raise OptionError(
            f"the network's last layer has the activation {name}: give logits (no activation) or probabilities "
            "(softmax)."
        )
    return True


def in_training(model: keras.Model) -> dict[str, bool]:
    """The arguments of a call in training; a model whose own code takes no ``training`` gets none, as in ``fit``."""
    return {"training": True} if model._call_has_training_arg else {}


def only_fit_trains(model: keras.Model) -> bool:
    """Whether ``model`` has a training step or a loss of its own, which only ``fit`` follows."""
    own, names = type(model), ("train_step", "compute_loss", "fit")
    return any(getattr(own, name, None) is not getattr(keras.Model, name, None) for name in names)


def loops_slowly(model: keras.Model, device: str) -> bool:
    """Whether XLA would train ``model`` slowly in a loop: on CPUs, networks with convolutions.

    In the body of a loop, the gradient of a convolution's weights takes XLA many times as long as outside of it
    (https://github.com/jax-ml/jax/issues/12868); docs/performance.md has figures.
    """
    layers = model._flatten_layers(include_self=False)
    return device == "cpu" and any(isinstance(layer, CONVOLUTIONS) for layer in layers)


def precisions(model: keras.Model) -> list[str]:
    """The precisions in which the layers with parameters compute, such as ``float32``, sorted."""
    return sorted({layer.compute_dtype for layer in _leaves(model) if layer.weights})


def check_precision(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    """Raise OptionError for half precision without a scaled loss, whose small gradients would become 0."""
    scales = isinstance(optimizer, keras.optimizers.LossScaleOptimizer) or optimizer.loss_scale_factor
    if "float16" in precisions(model) and not scales:
        raise OptionError(
            "the network computes in float16, in which small gradients become 0: let it compute in bfloat16 or "
            "float32, or let --optimizer give a keras.optimizers.LossScaleOptimizer."
        )


def _declared(model: keras.Model, side: str) -> tuple[int | None, ...] | None:
    """The shape of the ``input`` or ``output``, None if the model does not say. Raises OptionError for several."""
    tensors = getattr(model, f"{side}s", None) or []
    if len(tensors) > 1:
        raise OptionError(
            f"the network has {len(tensors)} {side}s: lab6 trains networks that have one input and one output."
        )
    return tuple(tensors[0].shape[1:]) if tensors else None


def _shapes(image_shape: Shape) -> list[Shape]:
    """The shapes in which images can be given: as they are, with one channel or without it, and flattened."""
    without = [image_shape[:-1]] if len(image_shape) > 1 and image_shape[-1] == 1 else []
    return [image_shape, (*image_shape, 1), *without, (math.prod(image_shape),)]


def _fitting(declared: tuple[int | None, ...], image_shape: Shape) -> Shape:
    for shape in _shapes(image_shape):
        if len(shape) == len(declared) and all(map(_fits, shape, declared)):
            return shape
    raise OptionError(
        f"the network takes inputs of shape {declared}, but the data set has images of shape {image_shape}: give a "
        "network and data that fit each other."
    )


def _fits(length: int, declared: int | None) -> bool:
    return declared in (length, None)


def _accepted(model: keras.Model, image_shape: Shape) -> Shape:
    """The first shape of images that a model without an input shape takes."""
    first: Exception | None = None
    for shape in _shapes(image_shape) if model.built else _shapes(image_shape)[:2]:
        try:
            _outputs(model, shape)
        except OptionError:
            raise
        except Exception as error:  # whatever a layer raises
            first = first or error
        else:
            return shape
    assert first, "no shape was taken"
    raise OptionError(
        f"the network cannot be built for images of shape {image_shape} ({first_line(first)[:200]}): give one that "
        "takes them, or begin it with keras.Input."
    ) from first


def _outputs(model: keras.Model, shape: Shape) -> Any:
    """What ``model`` returns for a blank image, float32, shape (1, ...). Raises OptionError unless it is one array."""
    returned = model(np.zeros((1, *shape), np.float32))
    if isinstance(returned, dict | list | tuple):
        raise OptionError(f"the network returns a {type(returned).__name__}: let it return one tensor.")
    return backend.to_numpy(keras.ops.cast(returned, "float32"))


def _leaves(model: Any) -> list[Any]:
    return [layer for layer in model._flatten_layers() if not list(layer._flatten_layers(include_self=False))]


def _last(model: Any) -> Any:
    """The layer or operation whose output is the model's; None if only the model's code knows."""
    while isinstance(model, keras.Model):
        history = getattr((getattr(model, "outputs", None) or [None])[0], "_keras_history", None)
        if history is None or history.operation is model:
            return None
        model = history.operation
    return model
