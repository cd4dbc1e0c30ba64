"""Split a large minibatch into parts, so that its float32 images stay in a CPU's caches.

The gradient of a mean over images is the weighted sum of the gradients of the parts' means: the result is the same up
to rounding. A minibatch of 60,000 images would take 188 MB at once.
"""

from typing import Any

import keras

SEED = "seed_generator_state"
"""Keras's name of the state of a random layer, such as Dropout."""

IMAGES = 2_000
"""Images in a part; docs/performance.md compares smaller and larger parts."""


def split(images: int, device: str, model: keras.Model) -> tuple[int, int]:
    """The number of full parts in a minibatch of ``images``, and the images left over; (0, ``images``) if not split.

    It is not split on a GPU, which needs much work at once, nor for a model with other state than its parameters and
    the seeds of its random layers (batch normalisation) or with code that is not Keras's: its outputs or penalties
    could depend on the other images in the minibatch.
    """
    stateful = any(variable.name != SEED for variable in model.non_trainable_variables)
    if device != "cpu" or images <= IMAGES or stateful or not _is_keras_own(model):
        return 0, images
    return divmod(images, IMAGES)


def _is_keras_own(layer: Any) -> bool:
    """Whether a layer, and all in it, are of Keras's own classes, and none calls another function."""
    if isinstance(layer, keras.layers.Lambda) or not type(layer).__module__.startswith("keras.src."):
        return False
    inner = getattr(layer, "operations", None) or getattr(layer, "layers", [])
    return all(isinstance(each, keras.layers.Layer) and _is_keras_own(each) for each in inner)
