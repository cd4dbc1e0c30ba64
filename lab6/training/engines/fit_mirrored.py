"""``fit`` on TensorFlow with several GPUs of one machine: one process, and a copy of the network on each GPU."""

from typing import Any

from lab6.errors import DeviceError, OptionError
from lab6.training import shares
from lab6.training.backends.tensorflow import tf
from lab6.training.engines.engine import Task
from lab6.training.engines.fit import Fit


class FitMirrored(Fit):
    """``Model.fit`` by ``tf.distribute.MirroredStrategy``: each GPU trains on its share of every minibatch."""

    def __init__(self, task: Task) -> None:
        """Raises DeviceError if there are fewer GPUs than workers."""
        kind, first = task.device.split(":")
        seen = [device.name for device in tf.config.list_logical_devices(kind.upper())]
        own = seen[int(first) : int(first) + task.workers]
        if len(own) < task.workers:
            raise DeviceError(
                f"--workers: {task.workers} workers need as many GPUs, {task.device} and the next ones, but TensorFlow "
                f"sees {len(seen)} in all; give smaller numbers."
            )
        assert shares.divides(task.batch_size, len(task.dataset.training), task.workers), "refused before"
        self._strategy = tf.distribute.MirroredStrategy(own)
        super().__init__(task)

    def place_data(self) -> None:
        """See :meth:`Fit.place_data`. Raises OptionError for layers that would be others on each GPU."""
        super().place_data()
        if self.model.non_trainable_variables:
            raise OptionError(
                "several GPUs of one process train networks of which only the parameters change, so without dropout "
                "and batch normalisation: set KERAS_BACKEND to jax for this one."
            )

    def on_device(self) -> Any:
        """All GPUs."""
        return self._strategy.scope()
