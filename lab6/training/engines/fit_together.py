"""``fit`` on JAX with several workers, by Keras's distribution API: each gets its share of every minibatch.

Keras makes one array of the shares, with which all workers run one program. So the loss, dropout and batch
normalisation are those of the whole minibatch.
"""

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from lab6.training.engines.engine import Task
from lab6.training.engines.fit import Fit
from lab6.training.engines.on_mesh import OnMesh
from lab6.training.framework import keras


class FitTogether(OnMesh, Fit):
    """``Model.fit`` on this worker's share of every minibatch, in the order of ``fit`` with one worker."""

    def __init__(self, task: Task) -> None:
        devices = keras.distribution.list_devices(task.device.partition(":")[0])
        self._distribution = keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)
        super().__init__(task)

    @contextlib.contextmanager
    def on_device(self) -> Iterator[None]:
        """This worker's device for what it does alone; Keras's variables are on all devices."""
        with super().on_device(), self._distribution.scope():
            yield

    def data(self, count: int) -> dict[str, Any]:
        """See :meth:`Fit.data`."""
        shares = _Shares(self.inputs[:count], self.labels[:count], self.task.batch_size, self.workers)
        return {"x": shares, "shuffle": False}


class _Shares(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """This worker's share of every minibatch; shuffled by Keras's generator, which has the same seed everywhere."""

    def __init__(self, inputs: NDArray[Any], labels: NDArray[Any], batch_size: int, workers: int) -> None:
        super().__init__()
        self._inputs, self._labels, self._size, self._shares = inputs, labels, batch_size, workers

    def __len__(self) -> int:
        return math.ceil(len(self._inputs) / self._size)

    def on_epoch_begin(self) -> None:
        """Draw the order as Keras does for arrays."""
        self._order = np.random.permutation(len(self._inputs))

    def __getitem__(self, step: int) -> tuple[NDArray[Any], NDArray[Any]]:
        minibatch = self._order[step * self._size : (step + 1) * self._size]
        own = np.split(minibatch, self._shares)[jax.process_index()]
        return self._inputs[own], self._labels[own]
