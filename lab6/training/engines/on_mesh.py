"""What engines on JAX share if several workers train together: one device of each, and a common start."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from lab6.training import shares
from lab6.training.engines.engine import Engine, Task

WORKERS = "workers"
"""The name of the only axis of the mesh of all workers' devices."""

EVERYWHERE = PartitionSpec()
"""The same array on every worker."""


class OnMesh(Engine):
    """An engine of which every worker runs the same programs at the same time, each on its own device."""

    def __init__(self, task: Task) -> None:
        self.platform = task.device.partition(":")[0]
        self.mesh = Mesh(np.array(jax.devices(self.platform)), (WORKERS,))
        self.workers = self.mesh.size
        assert shares.divides(task.batch_size, len(task.dataset.training), self.workers), "refused before"
        meet = jax.shard_map(
            lambda number: jax.lax.psum(number, WORKERS), mesh=self.mesh, in_specs=EVERYWHERE, out_specs=EVERYWHERE
        )
        self._meet = jax.jit(meet)
        super().__init__(task)

    def reset(self, seed: int) -> None:
        """See :meth:`Engine.reset`; returns when all workers have done it, so that their clocks start together."""
        super().reset(seed)
        self._meet(self.everywhere(1.0)).block_until_ready()

    def on_device(self) -> Any:
        """This worker's device: Keras's ``cpu`` would be the first worker's."""
        return jax.default_device(jax.local_devices(backend=self.platform)[0])

    def everywhere(self, value: Any) -> jax.Array:
        """An array that is the same on all workers; nothing is copied."""
        own = jnp.asarray(value)
        return jax.make_array_from_single_device_arrays(own.shape, NamedSharding(self.mesh, EVERYWHERE), [own])
