"""What the threads of ``fused`` share and own. Units are padded with zeros to whole vectors, and stay zero."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PART = 128
"""Images of a minibatch that are trained at a time, so that what they need between the passes stays in the cache."""

SGD, MOMENTUM, NESTEROV, ADAM = range(4)
"""The kinds of optimizers."""

Floats = NDArray[np.float32]
Layers = tuple[Floats, ...]


class Pixels(NamedTuple):
    """The pixels of all images that are not 0.

    ``indptr``: int64, (images + 1,), where each image begins in ``indices``, int32, and ``values``, uint8. ``inputs``:
    what the network reads for each value, (256,).
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    values: NDArray[np.uint8]
    inputs: Floats


class Common(NamedTuple):
    """What all threads share.

    ``bounds``: int64, (hidden layers, threads + 1), the first unit of each thread's share of each hidden layer.
    ``sums``, ``deltas``: buffers for each layer, (2, threads, PART, units) and (2, PART, units). ``arrivals``: at the
    barrier, int64, (1,).
    """

    threads: int
    outputs: int
    bounds: NDArray[np.int64]
    sums: Layers
    deltas: Layers
    arrivals: NDArray[np.int64]


class Share(NamedTuple):
    """What a thread owns.

    ``parameters``, the optimizer's slots ``first`` and ``second``, ``gradients``: for each layer (inputs + 1, units),
    biases last. The first layer has the thread's units only; later layers have the thread's inputs only, and their
    biases are thread 0's. ``hidden``: for each hidden layer (PART, units). ``delta``: (PART, units of the first layer).
    ``answers``: (PART, outputs). ``lists``: uint16, (inputs, PART), for each pixel the images of a part in which it is
    not 0, as 256 x its value + the image's place in the part; ``counts``: int32, (inputs,), how many these are.
    """

    thread: int
    parameters: Layers
    first: Layers
    second: Layers
    gradients: Layers
    hidden: Layers
    delta: Floats
    answers: Floats
    lists: NDArray[np.uint16]
    counts: NDArray[np.int32]


class Rule(NamedTuple):
    """The optimizer: its kind, and its numbers as Keras names them.

    ``decay_steps``: the step at which the learning rate, falling in a straight line, is zero; 0 for a constant rate.
    """

    kind: int
    learning_rate: float
    beta_1: float
    beta_2: float
    epsilon: float
    momentum: float
    decay_steps: int = 0
