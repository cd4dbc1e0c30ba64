"""``tape``: the lab's own loop, in which Python runs one operation at a time."""

from lab6.training.backends.tensorflow import tf
from lab6.training.engines import Learned
from lab6.training.engines.step import StepEngine
from lab6.training.framework import backend


class Tape(StepEngine):
    """An eager loop over minibatches with a GradientTape."""

    compiles = False

    def prepare(self) -> None:
        """Compile nothing, but run a step of each minibatch size, which loads what the device needs."""
        self.train(min(1, self.full_steps))

    def train(self, full_steps: int) -> Learned:
        """See :meth:`Engine.train`."""
        size = self.task.batch_size
        with self.on_device():
            loss, hits = tf.constant(0.0), tf.constant(0)
            order = tf.constant(self.order())
            minibatches = [order[first : first + size] for first in range(0, full_steps * size, size)]
            if self.remainder:
                minibatches.append(order[-self.remainder :])
            for indices in minibatches:
                more_loss, more_hits = self.step(self.pixels, self.labels, indices)
                loss, hits = loss + more_loss, hits + more_hits
            backend.synchronise()
        return self.learned(loss, hits, full_steps)
