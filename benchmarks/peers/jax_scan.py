"""``jax-scan``: the whole epoch as one jitted ``lax.scan``, with Adam written by hand.

The images stay on the device as bytes; each step gathers its minibatch and scales it, which costs a quarter of the
memory traffic of float32.
"""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

from benchmarks.peers.peer import BETA_1, BETA_2, EPSILON, Peer
from lab6.training.datasets import Dataset
from lab6.training.engines import Learned

Arrays = list[jax.Array]


class State(NamedTuple):
    """What the scan carries: four parameters, Adam's two slots of each and its step counter, sums over the images."""

    parameters: Arrays
    momenta: Arrays
    velocities: Arrays
    step: jax.Array
    loss: jax.Array
    hits: jax.Array


class JaxScan(Peer):
    """One call of one program; its state is donated, so that it is updated in place."""

    def __init__(self, dataset: Dataset, batch_size: int, learning_rate: float = 0.001) -> None:
        super().__init__(dataset, batch_size, learning_rate)
        self.pixels = jnp.asarray(self.training.pixels)
        self.labels = jnp.asarray(self.training.targets)

    def prepare(self) -> None:
        """Compile the epoch."""
        self.reset(self.seed)
        size, rate = self.task.batch_size, self.task.learning_rate
        self._program = _epoch.lower(self.state, self.pixels, self.labels, self.order(), size, rate).compile()

    def start(self, parameters: Sequence[NDArray[np.float32]]) -> None:
        """See :meth:`Peer.start`."""
        momenta, velocities = ([jnp.zeros(array.shape) for array in parameters] for _ in range(2))
        own = [jnp.asarray(array) for array in parameters]
        state = State(own, momenta, velocities, jnp.int32(0), jnp.float32(0), jnp.int32(0))
        self.state = jax.block_until_ready(state)

    def train(self, full_steps: int) -> Learned:
        """See :meth:`Peer.train`; a scan is compiled for one length, so that it is always the whole epoch."""
        order = jnp.asarray(self.order())
        state = jax.block_until_ready(self._program(self.state, self.pixels, self.labels, order))
        self.state = state._replace(loss=jnp.float32(0), hits=jnp.int32(0))
        return Learned(float(state.loss) / self.images, int(state.hits) / self.images)

    def parameters(self) -> list[NDArray[np.float32]]:
        """See :meth:`Peer.parameters`."""
        return [np.asarray(array) for array in self.state.parameters]


@functools.partial(jax.jit, donate_argnums=0, static_argnums=(4, 5))
def _epoch(state: State, pixels: Any, labels: Any, order: Any, size: int, rate: float) -> State:
    """All minibatches of ``size``, then what is left over."""

    def step(state: State, indices: jax.Array) -> tuple[State, None]:
        return _step(state, pixels[indices].astype(jnp.float32) / 255, labels[indices], rate), None

    full = len(order) // size * size
    state, _ = lax.scan(step, state, order[:full].reshape(-1, size))
    return step(state, order[full:])[0] if full < len(order) else state


def _step(state: State, inputs: jax.Array, labels: jax.Array, rate: float) -> State:
    """One update by Adam: inputs (n, 784), labels (n,). Source: D. Kingma and J. Ba, "Adam", ICLR 2015, section 2,
    with epsilon where Keras has it."""
    gradients, (loss, hits) = jax.grad(_loss, has_aux=True)(state.parameters, inputs, labels)
    count = state.step + 1
    scale = rate * jnp.sqrt(1 - BETA_2**count) / (1 - BETA_1**count)
    momenta = [m + (g - m) * (1 - BETA_1) for m, g in zip(state.momenta, gradients, strict=True)]
    velocities = [v + (g * g - v) * (1 - BETA_2) for v, g in zip(state.velocities, gradients, strict=True)]
    moved = zip(state.parameters, momenta, velocities, strict=True)
    parameters = [p - scale * m / (jnp.sqrt(v) + EPSILON) for p, m, v in moved]
    return State(parameters, momenta, velocities, count, state.loss + loss, state.hits + hits)


def _loss(parameters: Arrays, inputs: jax.Array, labels: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    """The mean cross-entropy; beside it, the sum of the losses and how many answers are right."""
    weights_1, biases_1, weights_2, biases_2 = parameters
    logits = jax.nn.relu(inputs @ weights_1 + biases_1) @ weights_2 + biases_2
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1)
    hits = jnp.sum(jnp.argmax(logits, axis=1) == labels, dtype=jnp.int32)
    return -jnp.mean(chosen), (-jnp.sum(chosen), hits)
