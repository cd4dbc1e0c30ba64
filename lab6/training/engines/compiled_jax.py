"""``compiled`` on JAX: the whole epoch as one XLA program, in which no Python runs between the steps.

As on TensorFlow, but JAX's programs change nothing in place: Keras's stateless calls return the new values of the
model's and the optimizer's variables, which are assigned at the end of the epoch. Networks with convolutions are
trained on CPUs by two programs for each step, because that is many times faster (:func:`interface.loops_slowly`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lab6.training import interface
from lab6.training.engines import Learned, Norms, parts
from lab6.training.engines.engine import Engine
from lab6.training.framework import backend, keras

Arrays = list[jax.Array]


class State(NamedTuple):
    """What a step changes: the variables of model and optimizer, and the sums for the epoch's means."""

    trainable: Arrays
    non_trainable: Arrays
    optimizer: Arrays
    loss: jax.Array
    hits: jax.Array


class Sums(NamedTuple):
    """Sums over a minibatch or a part of it: the gradient of each trainable variable, losses (nats), right answers."""

    gradient: Arrays
    loss: jax.Array
    hits: jax.Array


class CompiledJax(Engine):
    """Trains an epoch by one call of one program; the order is drawn just before it, inside the clock."""

    def place_data(self) -> None:
        """Copy the training images to the device: pixels as the data set has them, labels int32 (images,)."""
        self.pixels = jnp.asarray(self.training.pixels)
        self.labels = jnp.asarray(self.training.targets)
        self._in_steps = interface.loops_slowly(self.model, self.task.device)
        if self._in_steps:
            self._loop, self._program, self._squares = _loop, self._epoch, self._norms
            self._part, self._update = jax.jit(self._gradient_of), jax.jit(self._apply, donate_argnums=(0, 2))
        else:  # freed with this engine
            self._loop, self._program = jax.lax.fori_loop, jax.jit(self._epoch, donate_argnums=0)
            self._squares = jax.jit(self._norms)
            self._part, self._update = self._gradient_of, self._apply

    def prepare(self) -> None:
        """Trace and compile the program by running it for no full step, which is an argument of it, or for one."""
        self.train(1 if self._in_steps else 0)

    def train(self, full_steps: int) -> Learned:
        """See :meth:`Engine.train`."""
        with self.on_device():
            order = jnp.asarray(self.order())
            after = self._program(self._state(), self.pixels, self.labels, order, full_steps)
            backend.synchronise()
        for own, became in zip(self._variables(), after, strict=False):  # without the sums
            for variable, value in zip(own, became, strict=True):
                variable.assign(value)
        return self.learned(after.loss, after.hits, full_steps)

    def norms(self, minibatches: NDArray[np.int32]) -> Norms:
        """The norms of the gradients on minibatches of images, whose indices have the shape (minibatches, size).

        As in training; what the model carries beside its parameters goes on, but returns to what it was.
        """
        with self.on_device():
            found = self._squares(self._state(), self.pixels, self.labels, jnp.asarray(minibatches))
        return Norms(*map(float, found))

    def _variables(self) -> list[Any]:
        return [self.model.trainable_variables, self.model.non_trainable_variables, self.optimizer.variables]

    def _state(self) -> State:
        """The values of the variables, before any step."""
        trainable, non_trainable, optimizer = ([each.value for each in own] for own in self._variables())
        return State(trainable, non_trainable, optimizer, loss=jnp.float32(0), hits=jnp.int32(0))

    def _norms(
        self, state: State, pixels: jax.Array, labels: jax.Array, minibatches: jax.Array
    ) -> tuple[jax.Array, jax.Array, jax.Array]:
        """See :class:`Norms`."""
        count, size = minibatches.shape

        def one_more(place: jax.Array, so_far: tuple[jax.Array, Sums, Arrays]) -> tuple[jax.Array, Sums, Arrays]:
            squares, sums, non_trainable = so_far
            now = state._replace(non_trainable=non_trainable)
            more, after = self._part(now, pixels, labels, minibatches[place])
            return squares + _square(more.gradient), jax.tree.map(jnp.add, sums, more), after

        nothing = Sums([jnp.zeros_like(array) for array in state.trainable], jnp.float32(0), jnp.int32(0))
        start = jnp.float32(0), nothing, state.non_trainable
        squares, sums, _ = self._loop(0, count, one_more, start)
        return squares / count, _square([each / count for each in sums.gradient]), sums.loss / (count * size)

    def _epoch(
        self, state: State, pixels: jax.Array, labels: jax.Array, order: jax.Array, full_steps: jax.Array
    ) -> State:
        size = self.task.batch_size

        def one_more(step: jax.Array, state: State) -> State:
            return self._step(state, pixels, labels, jax.lax.dynamic_slice(order, [step * size], [size]))

        state = self._loop(0, full_steps, one_more, state)
        return self._step(state, pixels, labels, order[-self.remainder :]) if self.remainder else state

    def _step(self, state: State, all_pixels: jax.Array, all_labels: jax.Array, indices: jax.Array) -> State:
        """One gradient descent step on the images at ``indices``, int32, shape (n,)."""
        sums, non_trainable = self._gradient(state, all_pixels, all_labels, indices)
        trainable, optimizer = self._update(state.optimizer, sums.gradient, state.trainable)
        return State(trainable, non_trainable, optimizer, state.loss + sums.loss, state.hits + sums.hits)

    def _apply(self, optimizer: Arrays, gradient: Arrays, trainable: Arrays) -> tuple[Arrays, Arrays]:
        """The new values of the trainable variables and of the optimizer's."""
        return self.optimizer.stateless_apply(optimizer, gradient, trainable)  # type: ignore[no-any-return]

    def _gradient(
        self, state: State, all_pixels: jax.Array, all_labels: jax.Array, indices: jax.Array
    ) -> tuple[Sums, Arrays]:
        """The gradient of the mean loss, in parts for a large minibatch, and the new values of the other variables."""
        images = len(indices)
        whole, rest = parts.split(images, self.task.device, self.model)
        if not whole:
            found: tuple[Sums, Arrays] = self._part(state, all_pixels, all_labels, indices)
            return found

        def add(so_far: tuple[Sums, Arrays], some: jax.Array) -> tuple[Sums, Arrays]:
            sums, non_trainable = so_far
            now = state._replace(non_trainable=non_trainable)
            more, after = self._part(now, all_pixels, all_labels, some, len(some) / images)
            return jax.tree.map(jnp.add, sums, more), after

        def one_more(part: jax.Array, so_far: tuple[Sums, Arrays]) -> tuple[Sums, Arrays]:
            return add(so_far, jax.lax.dynamic_slice(indices, [part * parts.IMAGES], [parts.IMAGES]))

        nothing = Sums([jnp.zeros_like(array) for array in state.trainable], jnp.float32(0), jnp.int32(0))
        all_whole = self._loop(0, whole, one_more, (nothing, state.non_trainable))
        found = add(all_whole, indices[-rest:]) if rest else all_whole
        return found

    def _gradient_of(
        self, state: State, all_pixels: jax.Array, all_labels: jax.Array, indices: jax.Array, share: float = 1.0
    ) -> tuple[Sums, Arrays]:
        """The gradient of ``share`` times the mean loss, and the new values of the variables that are not trained."""
        inputs = _gathered(all_pixels, indices)
        if inputs.dtype == jnp.uint8:
            inputs = inputs.astype(jnp.float32) / 255
        labels = _gathered(all_labels, indices)

        def loss(trainable: Arrays) -> tuple[jax.Array, Any]:
            outputs, non_trainable, penalties = self.model.stateless_call(
                trainable, state.non_trainable, inputs, return_losses=True, **interface.in_training(self.model)
            )
            outputs = outputs.astype(jnp.float32)  # as Keras's losses do
            losses = keras.losses.sparse_categorical_crossentropy(labels, outputs, from_logits=self.from_logits)
            with keras.StatelessScope(zip(self.optimizer.variables, state.optimizer, strict=True)):
                scaled = self.optimizer.scale_loss(share * sum(penalties, losses.mean()))
            return scaled, (outputs, losses.sum(), non_trainable)

        gradient, (outputs, total, non_trainable) = jax.grad(loss, has_aux=True)(state.trainable)
        hits = jnp.count_nonzero(outputs.argmax(axis=-1) == labels).astype(jnp.int32)
        return Sums(gradient, total, hits), non_trainable


def _square(gradient: Arrays) -> jax.Array:
    """The squared norm of a gradient, float32: the sum of the squares of all its elements."""
    squares = [jnp.square(part.astype(jnp.float32)).sum() for part in gradient]
    return sum(squares, jnp.float32(0))


def _loop(first: int, last: int, body: Callable[[int, Any], Any], value: Any) -> Any:
    """``jax.lax.fori_loop`` in Python."""
    for step in range(first, last):
        value = body(step, value)
    return value


def _gathered(rows: jax.Array, indices: jax.Array) -> jax.Array:
    """The rows at ``indices``, which are all within bounds, so that no bounds are checked."""
    return rows.at[indices].get(mode="promise_in_bounds")
