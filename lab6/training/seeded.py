"""Draw initial parameters and the order of images from a seed by NumPy, the same for every framework."""

import functools
import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PARAMETER_STREAM, ORDER_STREAM = 0, 1
"""Separate the random streams of the initial parameters and of the order of images for the same seed."""


def glorot_uniform(stream: Sequence[int], shape: Sequence[int]) -> NDArray[np.float64]:
    """Weights of a dense layer, ``shape`` (inputs, outputs), uniform in +-sqrt(6 / (inputs + outputs)).

    ``stream``: non-negative integers; together they choose the random stream. Source: X. Glorot and Y. Bengio,
    "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010, equation 16.
    """
    limit = math.sqrt(6 / sum(shape))
    return np.random.default_rng(tuple(stream)).uniform(-limit, limit, tuple(shape))


def parameters(seed: int, widths: Sequence[int]) -> list[NDArray[np.float32]]:
    """The initial parameters of ``network.build(seed)`` for layers of ``widths``.

    Weights (inputs, outputs) and biases (outputs,) of each layer in turn, float32.
    """
    found = []
    for index, shape in enumerate(itertools.pairwise(widths)):
        weights = glorot_uniform((seed, PARAMETER_STREAM, index), shape)
        found += [weights.astype(np.float32), np.zeros(shape[1], np.float32)]
    return found


def order(seed: int, images: int, visited: int = 0) -> NDArray[np.int32]:
    """The order in which this seed visits the images: int32, shape (images,).

    A permutation of each epoch; after ``visited`` images, what is left of that epoch, and the beginning of the next.
    """
    epoch, begin = divmod(visited, images)
    if not begin:
        return _permutation(seed, images, epoch)
    return np.concatenate([_permutation(seed, images, epoch)[begin:], _permutation(seed, images, epoch + 1)[:begin]])


@functools.lru_cache(2)
def _permutation(seed: int, images: int, epoch: int) -> NDArray[np.int32]:
    stream = (seed, ORDER_STREAM, epoch) if epoch else (seed, ORDER_STREAM)
    return np.random.default_rng(stream).permutation(images).astype(np.int32)
