"""``compiled``: the whole epoch as one XLA program, in which no Python runs between the steps.

The program is a loop over minibatches: gather the images, differentiate, let the Keras optimizer update the Keras
model's variables in place. XLA compiles whatever model and optimizer were put in, so any Keras model can be.
"""

from lab6.training.engines.engine import Learned
from lab6.training.engines.step import StepEngine
from lab6.training.framework import tf


class Compiled(StepEngine):
    """One call of one program trains the epoch; the order is drawn just before it, inside the clock."""

    def prepare(self) -> None:
        """Trace and compile the program by running it for no full step: how many is not part of what is compiled."""
        self.train(0)

    def train(self, full_steps: int) -> Learned:
        """See :meth:`Engine.train`."""
        with self.on_device():
            order = tf.constant(self.order())
            loss, hits = self._program(self.inputs, self.labels, order, tf.constant(full_steps))
            tf.test.experimental.sync_devices()
        return self.learned(loss, hits, full_steps)

    @tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def _program(
        self, inputs: tf.Tensor, labels: tf.Tensor, order: tf.Tensor, full_steps: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The images are arguments, since TensorFlow would keep what a program captures for as long as it runs."""
        size = self.task.batch_size

        def one_more(step: tf.Tensor, loss: tf.Tensor, hits: tf.Tensor) -> tuple[tf.Tensor, ...]:
            more_loss, more_hits = self.step(inputs, labels, tf.slice(order, [step * size], [size]))
            return step + 1, loss + more_loss, hits + more_hits

        start = tf.constant(0), tf.constant(0.0), tf.constant(0)
        _, loss, hits = tf.while_loop(lambda step, *_: step < full_steps, one_more, start)
        if self.remainder:
            more_loss, more_hits = self.step(inputs, labels, order[-self.remainder :])
            loss, hits = loss + more_loss, hits + more_hits
        return loss, hits
