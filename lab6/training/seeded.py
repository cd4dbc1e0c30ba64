"""What a seed decides: the initial parameters and the order of images, drawn by NumPy, so that every framework has
them alike."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PARAMETER_STREAM, ORDER_STREAM = 0, 1
"""Set the random streams of initial parameters and of the order of images apart from others of the same seed."""


def glorot_uniform(stream: Sequence[int], shape: Sequence[int]) -> NDArray[np.float64]:
    """Weights of a dense layer, ``shape`` (inputs, outputs), uniform in +-sqrt(6 / (inputs + outputs)).

    ``stream``: non-negative integers; together they choose the random stream. Source: X. Glorot and Y. Bengio,
    "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010, equation 16.
    """
    limit = math.sqrt(6 / sum(shape))
    return np.random.default_rng(tuple(stream)).uniform(-limit, limit, tuple(shape))


def parameters(seed: int, widths: Sequence[int]) -> list[NDArray[np.float32]]:
    """The initial parameters of dense layers between layers of ``widths``: those of ``network.build(seed)``.

    Weights (inputs, outputs) and biases (outputs,) of one layer after the other, float32.
    """
    found = []
    for index, shape in enumerate(itertools.pairwise(widths)):
        weights = glorot_uniform((seed, PARAMETER_STREAM, index), shape)
        found += [weights.astype(np.float32), np.zeros(shape[1], np.float32)]
    return found


def order(seed: int, images: int) -> NDArray[np.int32]:
    """The order in which this seed's epoch visits the images: a permutation, int32, shape (images,)."""
    return np.random.default_rng((seed, ORDER_STREAM)).permutation(images).astype(np.int32)
