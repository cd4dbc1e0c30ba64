"""``compiled`` on JAX with several workers: each trains on its share of every minibatch, all with the same parameters.

Synchronous data parallelism: a worker's gradient is that of its share, and the mean over the workers is that of the
whole minibatch, since all shares have the same size. All gradients are exchanged in one message, because a message
costs more than what is in it (docs/cluster.md); each worker computes the update for itself.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from lab6.errors import OptionError
from lab6.training import shares
from lab6.training.engines.compiled_jax import Arrays, CompiledJax, State, Sums

WORKERS = "workers"
"""The name of the only axis of the mesh of all workers' devices."""

EVERYWHERE = PartitionSpec()
"""The same array on every worker."""


class CompiledTogether(CompiledJax):
    """Trains an epoch by one program, which all workers run at the same time."""

    def place_data(self) -> None:
        """See :meth:`CompiledJax.place_data`; every worker holds all images."""
        super().place_data()
        if self._in_steps or self.model.non_trainable_variables:
            raise OptionError(
                "several workers train networks of which only the parameters change, and no convolutions on CPUs: "
                "give --engines fit for this one."
            )
        self._mesh = Mesh(np.array(jax.devices(self._platform)), (WORKERS,))
        self.workers = self._mesh.size
        assert shares.divides(self.task.batch_size, self.images, self.workers), "refused before"
        shared = jax.shard_map(self._epoch, mesh=self._mesh, in_specs=EVERYWHERE, out_specs=EVERYWHERE, check_vma=False)
        program = jax.jit(shared, donate_argnums=0)
        self._program = lambda *given: jax.tree.map(_own, program(*jax.tree.map(self._everywhere, given)))
        meet = jax.shard_map(
            lambda number: jax.lax.psum(number, WORKERS), mesh=self._mesh, in_specs=EVERYWHERE, out_specs=EVERYWHERE
        )
        self._meet = jax.jit(meet)

    def reset(self, seed: int) -> None:
        """See :meth:`Engine.reset`; returns when all workers have done it, so that their clocks start together."""
        super().reset(seed)
        self._meet(self._everywhere(1.0)).block_until_ready()

    def on_device(self) -> Any:
        """This worker's device: Keras's ``cpu`` would be the first worker's."""
        return jax.default_device(jax.local_devices(backend=self._platform)[0])

    @property
    def _platform(self) -> str:
        return self.task.device.partition(":")[0]

    def _everywhere(self, value: Any) -> jax.Array:
        """An array that is the same on all workers; nothing is copied."""
        own = jnp.asarray(value)
        return jax.make_array_from_single_device_arrays(own.shape, NamedSharding(self._mesh, EVERYWHERE), [own])

    def _epoch(self, state: State, *given: jax.Array) -> State:
        """See :meth:`CompiledJax._epoch`; the sums are those of all workers."""
        after = super()._epoch(state, *given)
        loss, hits = jax.lax.psum((after.loss, after.hits), WORKERS)
        return after._replace(loss=loss, hits=hits)

    def _gradient(
        self, state: State, all_pixels: jax.Array, all_labels: jax.Array, indices: jax.Array
    ) -> tuple[Sums, Arrays]:
        """The gradient on all of ``indices``; loss and right answers are those of this worker's share."""
        share = len(indices) // self.workers
        own = jax.lax.dynamic_slice(indices, [jax.lax.axis_index(WORKERS) * share], [share])
        sums, non_trainable = super()._gradient(state, all_pixels, all_labels, own)
        return sums._replace(gradient=_mean(sums.gradient)), non_trainable


def _mean(gradient: Arrays) -> Arrays:
    """The mean over all workers, in one message."""
    message = jax.lax.pmean(jnp.concatenate([array.ravel() for array in gradient]), WORKERS)
    ends = np.cumsum([array.size for array in gradient])[:-1]
    parts = jnp.split(message, ends)
    return [part.reshape(array.shape) for part, array in zip(parts, gradient, strict=True)]


def _own(array: jax.Array) -> jax.Array:
    """This worker's copy of an array that all have."""
    return array.addressable_data(0)
