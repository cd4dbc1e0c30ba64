"""``fit``: Keras's own training loop, called and left to itself as its users do."""

from lab6.training.engines.engine import Engine
from lab6.training.framework import backend, keras
from lab6.training.learned import Learned
from lab6.training.quiet import quiet


class Fit(Engine):
    """``Model.fit`` on NumPy arrays; it shuffles as Keras does, from the round's seed."""

    compiles = keras.backend.backend() != "torch"  # there Keras runs one operation after the other

    def place_data(self) -> None:
        """Leave the arrays where Keras's users have them, in main memory: inputs (images, 784), labels (images,)."""
        training = self.task.dataset.training
        self.inputs, self.labels = training.inputs, training.targets
        self.model.compile(
            optimizer=self.optimizer,
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )

    def prepare(self) -> None:
        """Let Keras trace and compile its training step, for the full minibatch and for the last, smaller one."""
        with quiet():  # Keras imports TensorFlow only now, also on JAX
            self.train(min(1, self.full_steps))

    def reset(self, seed: int) -> None:
        """See :meth:`Engine.reset`; Keras shuffles by the global seed."""
        super().reset(seed)
        keras.utils.set_random_seed(seed)

    def train(self, full_steps: int) -> Learned:
        """See :meth:`Engine.train`; with fewer steps than an epoch has, only the first images are trained on."""
        count = full_steps * self.task.batch_size + self.remainder
        with self.on_device():
            history = self.model.fit(
                self.inputs[:count], self.labels[:count], batch_size=self.task.batch_size, verbose=0
            ).history
            backend.synchronise()
        return Learned(loss=history["loss"][0], accuracy=history["accuracy"][0])
