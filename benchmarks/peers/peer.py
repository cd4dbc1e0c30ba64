"""What the hand-written peers have in common: the task, and the methods of :class:`lab6.training.engines.engine.Engine`
that the clock needs, without Keras."""

import abc
import dataclasses
import itertools
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lab6.training import seeded
from lab6.training.datasets import Dataset
from lab6.training.datasets.dataset import CLASSES, SIDE
from lab6.training.engines import Learned

WIDTHS = (SIDE * SIDE, 128, CLASSES)
"""Widths of the layers: inputs, ReLU units, outputs; those of lab6's network."""

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
"""Adam's constants, as Keras has them."""


@dataclasses.dataclass(frozen=True)
class Task:
    """What a peer is to train. ``batch_size``: 1 to the number of training images. ``learning_rate``: Adam's."""

    dataset: Dataset
    batch_size: int
    learning_rate: float = 0.001
    device: str = "cpu"


class Peer(abc.ABC):
    """Trains one epoch at a time on the CPU: once ``prepare``, then ``reset``, ``train_epoch``, ``evaluate``."""

    compiles: ClassVar[bool] = True
    """Whether ``prepare`` compiles anything, so that its duration means something."""

    widths = WIDTHS
    precision = "float32"
    parameter_count = sum((inputs + 1) * outputs for inputs, outputs in itertools.pairwise(WIDTHS))

    def __init__(self, dataset: Dataset, batch_size: int, learning_rate: float = 0.001) -> None:
        """``batch_size``: 1 to the number of training images. ``learning_rate``: Adam's."""
        self.task = Task(dataset, batch_size, learning_rate)
        self.training, self.test = (part.shaped(WIDTHS[:1]) for part in (dataset.training, dataset.test))
        self.images = len(self.training)
        self.full_steps, self.remainder = divmod(self.images, batch_size)
        """Steps with a full minibatch, and the images in the last, smaller one; 0 where none is left over."""
        self.seed = 0

    @property
    def steps(self) -> int:
        """Optimizer updates in one epoch; the last, smaller minibatch is one too."""
        return self.full_steps + (self.remainder > 0)

    @abc.abstractmethod
    def prepare(self) -> None:
        """Compile all that an epoch runs."""

    def reset(self, seed: int) -> None:
        """Put parameters and optimizer back to where ``seed`` starts."""
        self.seed = seed
        self.start(seeded.parameters(seed, WIDTHS))

    @abc.abstractmethod
    def start(self, parameters: Sequence[NDArray[np.float32]]) -> None:
        """Start over from these: weights (784, 128), biases (128,), weights (128, 10), biases (10,)."""

    @abc.abstractmethod
    def train(self, full_steps: int) -> Learned:
        """Train ``full_steps`` full minibatches, then the last, smaller one; return when the device has finished.

        A warm-up asks for fewer steps than an epoch has; a peer may train more of them.
        """

    def train_epoch(self) -> Learned:
        """Train on every image once, shuffled; return when the device has finished."""
        return self.train(self.full_steps)

    def evaluate(self) -> float:
        """The share of test images, 0 to 1, that the network now answers rightly."""
        weights_1, biases_1, weights_2, biases_2 = self.parameters()
        logits = np.maximum(self.test.inputs @ weights_1 + biases_1, 0) @ weights_2 + biases_2
        return float(np.mean(logits.argmax(axis=1) == self.test.targets))

    @abc.abstractmethod
    def parameters(self) -> list[NDArray[np.float32]]:
        """The parameters as they are now, in the shapes of :meth:`start`."""

    def order(self) -> NDArray[np.int32]:
        """The order in which this seed's epoch visits the images, the same as in lab6's engines: shape (images,)."""
        return seeded.order(self.seed, self.images)
