"""``compiled`` on JAX with several workers: each trains on its share of every minibatch, all with the same parameters.

Synchronous data parallelism: a worker's gradient is that of its share, and the mean over the workers is that of the
whole minibatch, since all shares have the same size. All gradients are exchanged in one message, because a message
costs more than what is in it (docs/cluster.md); each worker computes the update for itself.
"""

import jax
import jax.numpy as jnp
import numpy as np

from lab6.errors import OptionError
from lab6.training.engines.compiled_jax import Arrays, CompiledJax, State, Sums
from lab6.training.engines.on_mesh import EVERYWHERE, WORKERS, OnMesh


class CompiledTogether(OnMesh, CompiledJax):
    """Trains an epoch by one program, which all workers run at the same time."""

    def place_data(self) -> None:
        """See :meth:`CompiledJax.place_data`; every worker holds all images."""
        super().place_data()
        if self._in_steps or self.model.non_trainable_variables:
            raise OptionError(
                "several workers train networks of which only the parameters change, and no convolutions on CPUs: "
                "give --engines fit for this one."
            )
        shared = jax.shard_map(self._epoch, mesh=self.mesh, in_specs=EVERYWHERE, out_specs=EVERYWHERE, check_vma=False)
        program = jax.jit(shared, donate_argnums=0)
        self._program = lambda *given: jax.tree.map(_own, program(*jax.tree.map(self.everywhere, given)))

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
