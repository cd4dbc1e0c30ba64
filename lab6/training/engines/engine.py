"""The base class of the engines: the network, its reset, and its evaluation."""

import abc
import dataclasses
import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lab6.errors import OptionError
from lab6.training import interface, network, seeded
from lab6.training.datasets import Dataset, Images
from lab6.training.engines import Learned
from lab6.training.framework import backend, keras
from lab6.training.schedule import Schedule

EVALUATED = 1_000
"""Test images evaluated at a time: all of them, in floating point, would be the peak of the memory."""


Pause = Callable[[int, Learned], bool]
"""Told the steps that were trained so far, and what the last ones learned; returns whether to stop."""


@dataclasses.dataclass(frozen=True)
class Task:
    """What to train, and on which device.

    ``build``: makes, from a seed, a newly initialised Keras model that takes the data set's images, as they are,
    flattened or with one channel, and returns a logit or a probability for each class.
    ``optimizer``: makes a new Keras optimizer.
    ``batch_size``: images in a minibatch, 1 to the number of training images.
    ``device``: ``cpu`` or ``gpu:N``. ``over_epochs``: whether training goes on from epoch to epoch, at learning rates
    that each run sets: minibatches are cut from one shuffled epoch after another, so that none is smaller.
    ``workers``: on how many GPUs of this process to train, ``device`` and the next ones.
    """

    build: Callable[[int], keras.Model]
    optimizer: Callable[[], keras.optimizers.Optimizer]
    dataset: Dataset
    batch_size: int
    device: str = "cpu"
    over_epochs: bool = False
    workers: int = 1


class Engine(abc.ABC):
    """Trains one epoch at a time on one device.

    Call ``prepare`` once, then for each round ``reset``, ``train_epoch`` and ``evaluate``. On one machine, two rounds
    with the same seed give the same numbers to the last bit, whatever was trained between them.
    """

    compiles: ClassVar[bool] = True
    """Whether ``prepare`` compiles anything, so that its duration is worth reporting."""

    own_steps: ClassVar[bool] = True
    """Whether this engine has a training step of its own, and so ignores that of the model."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.images = len(task.dataset.training)
        self.full_steps, self.remainder = divmod(self.images, task.batch_size)
        """Steps with a full minibatch, and the images in the last, smaller one (0 if there is none)."""
        if task.over_epochs:
            self.remainder = 0
        self.seed, self.visited = 0, 0
        with self.on_device():
            self.model = task.build(self.seed)
            self._shape = interface.input_shape(self.model, task.dataset.shape, task.dataset.classes)
            if self.own_steps and interface.only_fit_trains(self.model):
                raise OptionError("the network has a train_step of its own, which only --engines fit follows.")
            self.training, self.test = (part.shaped(self._shape) for part in (task.dataset.training, task.dataset.test))
            self.from_logits = interface.gives_logits(self.model, self._shape)
            self.optimizer = task.optimizer()
            self.schedule = Schedule(self.optimizer) if task.over_epochs else None
            interface.check_precision(self.model, self.optimizer)
            self.optimizer.build(self.model.trainable_variables)
            self._optimizer_start = [np.array(backend.to_numpy(each.value)) for each in self.optimizer.variables]
            self.place_data()

    @property
    def steps(self) -> int:
        """Optimizer updates in one epoch; the last, smaller minibatch is one too."""
        return self.full_steps + (self.remainder > 0)

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths of the network's layers: inputs, hidden layers, outputs."""
        layers = network.dense_layers(self.model)
        return (layers[0].kernel.shape[0], *(layer.units for layer in layers))

    @property
    def parameter_count(self) -> int:
        """Trainable parameters."""
        return sum(math.prod(variable.shape) for variable in self.model.trainable_variables)

    @property
    def precision(self) -> str:
        """The precision of arithmetic, such as ``float32``; of several, one after the other."""
        return "+".join(interface.precisions(self.model))

    @abc.abstractmethod
    def place_data(self) -> None:
        """Put the training images where this engine reads them."""

    @abc.abstractmethod
    def prepare(self) -> None:
        """Trace and compile everything that an epoch runs; this may train a few steps, since a reset follows."""

    @abc.abstractmethod
    def train(self, full_steps: int) -> Learned:
        """Train ``full_steps`` full minibatches, then the last, smaller one; return when the device has finished."""

    def train_epoch(self) -> Learned:
        """Train on every image once, shuffled; return when the device has finished."""
        return self.train(self.full_steps)

    def begin(self, seed: int, learning_rate: float, decay_steps: int | None) -> None:
        """Reset to ``seed`` for a run over several epochs. ``decay_steps``: see :meth:`Schedule.set`."""
        assert self.schedule, "a task over several epochs"
        self.reset(seed)
        self.schedule.set(learning_rate, decay_steps)

    def run(self, steps: int, every: int, pause: Pause) -> None:
        """Train up to ``steps`` minibatches over several epochs; after each ``every``, ``pause`` may end it.

        ``every``: not more than the minibatches of an epoch.
        """
        for done in range(0, steps, every):
            now = min(every, steps - done)
            learned = self.train(now)
            self.visited += now * self.task.batch_size
            if pause(done + now, learned):
                return

    def reset(self, seed: int) -> None:
        """Set parameters, optimizer slots and step counter to the start for ``seed``; nothing is traced again."""
        self.seed, self.visited = seed, 0
        with self.on_device():
            fresh = self.task.build(seed)
            interface.build(fresh, self._shape)
            if [each.shape for each in fresh.variables] != [each.shape for each in self.model.variables]:
                raise OptionError("the network is another one each time: let its function always make the same one.")
            for variable, start in zip(self.model.variables, fresh.variables, strict=True):
                variable.assign(backend.to_numpy(start.value))
            for variable, value in zip(self.optimizer.variables, self._optimizer_start, strict=True):
                variable.assign(value)
            backend.synchronise()  # copying must end before the clock starts

    def evaluate(self) -> float:
        """The share of test images, 0 to 1, that the network classifies correctly."""
        return sum(map(self._right_answers, self.test.parts(EVALUATED))) / len(self.test)

    def _right_answers(self, images: Images) -> int:
        with self.on_device():
            outputs = backend.to_numpy(keras.ops.cast(self.model(images.inputs, training=False), "float32"))
        return int(np.count_nonzero(outputs.argmax(axis=-1) == images.labels))

    def learned(self, loss: Any, hits: Any, full_steps: int) -> Learned:
        """Means from sums over the images of ``full_steps`` full minibatches and the last, smaller one."""
        seen = full_steps * self.task.batch_size + self.remainder
        return Learned(float(loss) / seen, int(hits) / seen) if seen else Learned(math.nan, math.nan)

    def order(self) -> NDArray[np.int32]:
        """The order in which this seed visits the next images: int32, shape (images,)."""
        return seeded.order(self.seed, self.images, self.visited)

    def on_device(self) -> Any:
        """A context in which arrays and operations are placed on this engine's device."""
        return keras.device(self.task.device)
