"""``compiled``: the whole epoch as one program, in which no Python runs between the steps.

The program is a loop over minibatches: gather the images, differentiate, and let the Keras optimizer update the Keras
model's variables in place. XLA compiles nearly any Keras model and optimizer; the random numbers of its layers, such as
those of dropout, are XLA's own. Networks with convolutions are left to TensorFlow's kernels on CPUs, because there they
are many times faster (:func:`interface.loops_slowly`).
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab6.errors import CacheError, OptionError, first_line
from lab6.training import interface
from lab6.training.backends import programs
from lab6.training.backends.tensorflow import begin_program, tf
from lab6.training.engines import Learned, Norms, parts
from lab6.training.engines.step import StepEngine
from lab6.training.framework import backend
from lab6.training.quiet import quiet


class Compiled(StepEngine):
    """Trains an epoch by one call of one program; the order is drawn just before it, inside the clock."""

    def place_data(self) -> None:
        """See :meth:`StepEngine.place_data`."""
        super().place_data()
        by_xla = not interface.loops_slowly(self.model, self.task.device)
        self._program = tf.function(self._epoch, jit_compile=by_xla, autograph=False)
        self._squares = tf.function(self._norms, jit_compile=by_xla, autograph=False)

    def prepare(self) -> None:
        """Trace and compile the program by running it for no full step; the number of steps is an argument of it."""
        with quiet():  # TensorFlow logs that it reads a kept program
            begin_program()
            try:
                self.train(0)
            except tf.errors.ResourceExhaustedError:
                raise
            except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
                raise OptionError(
                    f"XLA cannot compile what network or optimizer do ({_reason(error)}): choose --engines fit."
                ) from error
            except tf.errors.OpError as error:
                if not programs.forget("tensorflow"):
                    raise
                raise CacheError(
                    f"the program could not be compiled ({type(error).__name__}): one kept by an earlier process may "
                    "be damaged, and all kept programs are deleted now; run it again."
                ) from error

    def train(self, full_steps: int) -> Learned:
        """See :meth:`Engine.train`."""
        with self.on_device():
            order = tf.constant(self.order())
            loss, hits = self._program(self.pixels, self.labels, order, tf.constant(full_steps))
            backend.synchronise()
        return self.learned(loss, hits, full_steps)

    def norms(self, minibatches: NDArray[np.int32]) -> Norms:
        """The norms of the gradients on minibatches of images, whose indices have the shape (minibatches, size).

        As in training; what the model carries beside its parameters goes on.
        """
        with self.on_device(), quiet():  # TensorFlow logs that it reads a kept program
            return Norms(*map(float, self._squares(self.pixels, self.labels, tf.constant(minibatches))))

    def gradient(self, all_pixels: Any, all_labels: Any, indices: Any, share: float = 1.0) -> tuple[Any, ...]:
        """See :meth:`StepEngine.gradient`; for a large minibatch, the sum over its parts."""
        images = indices.shape[0]
        whole, rest = parts.split(images, self.task.device, self.model)
        if not whole:
            return super().gradient(all_pixels, all_labels, indices, share)

        def add(sums: tuple[Any, ...], some: tf.Tensor) -> tuple[Any, ...]:
            more = super(Compiled, self).gradient(all_pixels, all_labels, some, share * some.shape[0] / images)
            added: tuple[Any, ...] = tf.nest.map_structure(tf.add, sums, more)
            return added

        def one_more(part: tf.Tensor, sums: tuple[Any, ...]) -> tuple[Any, ...]:
            return part + 1, add(sums, tf.slice(indices, [part * parts.IMAGES], [parts.IMAGES]))

        nothing = [tf.zeros_like(parameter) for parameter in self.model.trainable_variables]
        start = tf.constant(0), (nothing, tf.constant(0.0), tf.constant(0))
        sums: tuple[Any, ...] = tf.while_loop(lambda part, _: part < whole, one_more, start, parallel_iterations=1)[1]
        return add(sums, indices[-rest:]) if rest else sums

    def _epoch(
        self, pixels: tf.Tensor, labels: tf.Tensor, order: tf.Tensor, full_steps: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The images are arguments, because TensorFlow keeps what a program captures until the process ends."""
        size = self.task.batch_size

        def one_more(step: tf.Tensor, loss: tf.Tensor, hits: tf.Tensor) -> tuple[tf.Tensor, ...]:
            more_loss, more_hits = self.step(pixels, labels, tf.slice(order, [step * size], [size]))
            return step + 1, loss + more_loss, hits + more_hits

        start = tf.constant(0), tf.constant(0.0), tf.constant(0)
        _, loss, hits = tf.while_loop(lambda step, *_: step < full_steps, one_more, start, parallel_iterations=1)
        if self.remainder:
            more_loss, more_hits = self.step(pixels, labels, order[-self.remainder :])
            loss, hits = loss + more_loss, hits + more_hits
        return loss, hits

    def _norms(self, pixels: tf.Tensor, labels: tf.Tensor, minibatches: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """See :class:`Norms`."""
        count, size = minibatches.shape

        def one_more(place: tf.Tensor, squares: tf.Tensor, loss: tf.Tensor, sums: list[tf.Tensor]) -> tuple[Any, ...]:
            gradient, more_loss, _ = super(Compiled, self).gradient(pixels, labels, minibatches[place])
            dense = [_dense(*each) for each in zip(gradient, sums, strict=True)]
            return place + 1, squares + _square(dense), loss + more_loss, tf.nest.map_structure(tf.add, sums, dense)

        nothing = [tf.zeros(parameter.shape) for parameter in self.model.trainable_variables]
        start = tf.constant(0), tf.constant(0.0), tf.constant(0.0), nothing
        _, squares, loss, sums = tf.while_loop(lambda place, *_: place < count, one_more, start, parallel_iterations=1)
        return squares / count, _square([each / count for each in sums]), loss / (count * size)


def _dense(gradient: Any, like: tf.Tensor) -> tf.Tensor:
    """A gradient in float32; zeros for a parameter that the loss does not depend on."""
    return tf.zeros_like(like) if gradient is None else tf.cast(tf.convert_to_tensor(gradient), tf.float32)


def _square(gradient: list[tf.Tensor]) -> tf.Tensor:
    """The squared norm of a gradient: the sum of the squares of all its elements."""
    return tf.add_n([tf.reduce_sum(tf.square(part)) for part in gradient])


def _reason(error: Exception) -> str:
    """The operations that XLA does not know, if the error names them; otherwise its first line."""
    unknown = dict.fromkeys(re.findall(r"(\w+) \(No registered", str(error)))
    return ", ".join(unknown) or first_line(error)[:200]
