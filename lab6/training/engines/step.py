"""One optimizer step on images that stay on the device, as repeated by ``tape`` and ``compiled``."""

from lab6.training.backends.tensorflow import tf
from lab6.training.engines.engine import Engine


class StepEngine(Engine):
    """An engine that keeps the training images on its device and gathers each minibatch from them."""

    def place_data(self) -> None:
        """Copy the training images to the device: pixels uint8 (images, 784), labels int32 (images,)."""
        training = self.task.dataset.training
        self.pixels = tf.constant(training.pixels.reshape(self.images, -1))
        self.labels = tf.constant(training.targets)

    def step(self, all_pixels: tf.Tensor, all_labels: tf.Tensor, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """One gradient descent step on the images at ``indices``, int32, shape (n,).

        Returns the sum of their losses (nats, float32) and the number of right answers (int32), before the update.
        """
        gradient, loss, hits = self.gradient(all_pixels, all_labels, indices)
        self.optimizer.apply(gradient, self.model.trainable_variables)
        return loss, hits

    def gradient(
        self, all_pixels: tf.Tensor, all_labels: tf.Tensor, indices: tf.Tensor, share: float = 1.0
    ) -> tuple[list[tf.Tensor], tf.Tensor, tf.Tensor]:
        """The gradient of ``share`` times the mean loss of the images at ``indices``, and the two sums of :meth:`step`.

        The gradient has a tensor for each of the model's parameters, of the parameter's shape.
        """
        inputs = tf.cast(tf.gather(all_pixels, indices), tf.float32) / 255
        labels = tf.gather(all_labels, indices)
        parameters = self.model.trainable_variables
        with tf.GradientTape() as tape:
            logits = self.model(inputs, training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            mean = tf.add_n([tf.reduce_mean(losses), *self.model.losses])  # with the layers' penalties, if any
            loss = mean * share
        right = tf.argmax(logits, axis=-1, output_type=tf.int32) == labels
        return tape.gradient(loss, parameters), tf.reduce_sum(losses), tf.reduce_sum(tf.cast(right, tf.int32))
