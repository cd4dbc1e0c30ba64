"""Draw initial parameters and the order of images from a seed by NumPy, the same for every framework."""

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


def order(seed: int, images: int) -> NDArray[np.int32]:
    """The order in which this seed's epoch visits the images: a permutation, int32, shape (images,)."""
    return np.random.default_rng((seed, ORDER_STREAM)).permutation(images).astype(np.int32)
