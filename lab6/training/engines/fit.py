"""``fit``: Keras's own training loop, as its users call it."""

import math
from collections.abc import Mapping
from typing import Any

from lab6.errors import OptionError
from lab6.training.engines import Learned
from lab6.training.engines.engine import Engine, Pause
from lab6.training.framework import backend, keras
from lab6.training.quiet import quiet


class Fit(Engine):
    """``Model.fit`` on NumPy arrays, shuffled by Keras from the round's seed."""

    own_steps = False
    compiles = keras.backend.backend() != "torch"  # on PyTorch, Keras runs each operation from Python

    def place_data(self) -> None:
        """Keep the arrays in main memory, as Keras's users do: inputs float32 (images, ...), labels (images,)."""
        self.inputs, self.labels = self.training.inputs, self.training.targets
        self.model(self.inputs[:1])  # so that it knows all penalties, which are part of Keras's loss
        own = keras.metrics.SparseCategoricalCrossentropy("cross_entropy", from_logits=self.from_logits)
        self.model.compile(
            optimizer=self.optimizer,
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=self.from_logits),
            metrics=["accuracy", *([own] if self.model.losses else [])],
        )

    def data(self, count: int) -> dict[str, Any]:
        """The arguments of ``Model.fit`` for an epoch of the first ``count`` images."""
        return {"x": self.inputs[:count], "y": self.labels[:count], "batch_size": self.task.batch_size}

    def prepare(self) -> None:
        """Let Keras trace and compile its training step, for the full minibatch and for the last, smaller one."""
        with quiet():  # Keras imports TensorFlow only now, even on JAX
            self.train(min(1, self.full_steps))

    def reset(self, seed: int) -> None:
        """See :meth:`Engine.reset`; Keras shuffles by the global seed."""
        super().reset(seed)
        keras.utils.set_random_seed(seed)

    def run(self, steps: int, every: int, pause: Pause) -> None:
        """See :meth:`Engine.run`; Keras shuffles, and the last minibatch of an epoch may be smaller."""
        epochs = math.ceil(steps / math.ceil(self.images / self.task.batch_size))
        pausing = _Pausing(steps, every, pause)
        with self.on_device():
            self.model.fit(**self.data(self.images), epochs=epochs, verbose=0, callbacks=[pausing])

    def train(self, full_steps: int) -> Learned:
        """See :meth:`Engine.train`; fewer steps than in an epoch train on the first images only."""
        count = full_steps * self.task.batch_size + self.remainder
        with self.on_device():
            history = self.model.fit(**self.data(count), verbose=0).history
            backend.synchronise()
        return _learned({name: values[0] for name, values in history.items()})


def _learned(means: Mapping[str, Any]) -> Learned:
    """What Keras's metrics say; the loss without penalties. Raises OptionError if loss or accuracy is missing."""
    if not {"loss", "accuracy"} <= means.keys():
        raise OptionError(
            f"the network's train_step returns {', '.join(means) or 'nothing'}: let it return loss and accuracy, as "
            "Keras's own does."
        )
    return Learned(float(means.get("cross_entropy", means["loss"])), float(means["accuracy"]))


class _Pausing(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Pauses Keras's training loop after each ``every`` of ``steps`` minibatches.

    It has no ``on_train_batch_end``, because Keras would then wait for the metrics of every step. So a step is over
    when the next one begins, or its epoch ends; and one more is trained after the last pause.
    """

    def __init__(self, steps: int, every: int, pause: Pause) -> None:
        super().__init__()
        self._steps, self._every, self._pause, self._done = steps, every, pause, 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Keras's metrics are means from here on."""
        self._in_epoch, self._sums = 0, (0, 0.0, 0.0)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Count the step before."""
        if batch:
            self._count()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Count the last step of the epoch."""
        if not self.model.stop_training:
            self._count()

    def _count(self) -> None:
        self._done += 1
        self._in_epoch += 1
        if self._done % self._every == 0 or self._done >= self._steps:
            backend.synchronise()
            if keras.backend.backend() == "jax":  # which keeps the parameters elsewhere during an epoch
                self.model.jax_state_sync()
            if self._pause(self._done, self._since()) or self._done >= self._steps:
                self.model.stop_training = True

    def _since(self) -> Learned:
        """What was learned since the pause before, or since the epoch began."""
        now, count = _learned(self.model.get_metrics_result()), self._in_epoch
        before, loss, accuracy = self._sums
        self._sums = count, now.loss * count, now.accuracy * count
        return Learned((self._sums[1] - loss) / (count - before), (self._sums[2] - accuracy) / (count - before))
