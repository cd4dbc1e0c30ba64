"""What training a Keras model takes at least, as :mod:`lab6.limit` defines it; missing if it cannot be counted."""

import importlib
import math
from collections.abc import Sequence

from lab6.limit import NUMBER_BYTES, Cost
from lab6.training.framework import keras

IMAGES = (2, 4)
"""The minibatch sizes that are counted: what does not grow with them, such as a product of weights, drops out."""


def cost(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, image_shape: Sequence[int], pixel_bytes: int
) -> Cost | None:
    """The cost of a built model and a built optimizer. None if it cannot be counted, or is not in float32.

    ``image_shape``: as the model reads it. ``pixel_bytes``: of each number of an image, as the data set holds it.
    """
    moved = _moved(model, optimizer)
    flops = None if moved is None else _image_flops(model, image_shape)
    if moved is None or flops is None:
        return None
    return Cost(flops, pixel_bytes * math.prod(image_shape), 2 * NUMBER_BYTES * moved)


def _moved(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> int | None:
    """The numbers that each step must read and write: parameters and slots; none without slots (:mod:`lab6.limit`)."""
    slots = [each for each in optimizer.variables if len(each.shape)]  # not the step's number, nor the learning rate
    parameters = model.trainable_variables
    whole = all(each.dtype == "float32" for each in (*parameters, *slots))
    layers = model._flatten_layers(include_self=False)
    if not whole or any(layer.compute_dtype != "float32" for layer in layers):
        return None
    if optimizer.gradient_accumulation_steps:  # most steps change only the sums
        return None
    return sum(math.prod(each.shape) for each in (*parameters, *slots)) if slots else 0


def _image_flops(model: keras.Model, image_shape: Sequence[int]) -> int | None:
    operations = importlib.import_module(f"lab6.training.operations.{keras.backend.backend()}")
    try:
        less, more = (operations.of_gradient(model, (images, *image_shape)) for images in IMAGES)
    except Exception:  # whatever somebody's layers raise; training says it, if it matters
        return None
    if less is None or more is None:
        return None
    flops: int = (more - less) // (IMAGES[1] - IMAGES[0])
    return flops
