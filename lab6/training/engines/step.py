"""One optimizer step on images that stay on the device, as repeated by ``tape`` and ``compiled``."""

from lab6.training import interface
from lab6.training.backends.tensorflow import tf
from lab6.training.engines.engine import Engine
from lab6.training.framework import keras


class StepEngine(Engine):
    """An engine that keeps the training images on its device and gathers each minibatch from them."""

    def place_data(self) -> None:
        """Copy the training images to the device: pixels as the data set has them, labels int32 (images,)."""
        self.pixels = tf.constant(self.training.pixels)
        self.labels = tf.constant(self.training.targets)

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
        inputs = tf.gather(all_pixels, indices)
        if inputs.dtype == tf.uint8:
            inputs = tf.cast(inputs, tf.float32) / 255
        labels = tf.gather(all_labels, indices)
        parameters = self.model.trainable_variables
        with tf.GradientTape() as tape:
            outputs = self.model(inputs, **interface.in_training(self.model))
            outputs = tf.cast(outputs, tf.float32)  # as Keras's losses do
            losses = keras.losses.sparse_categorical_crossentropy(labels, outputs, from_logits=self.from_logits)
            penalties = [tf.cast(each, tf.float32) for each in self.model.losses]
            loss = self.optimizer.scale_loss(tf.add_n([tf.reduce_mean(losses), *penalties]) * share)
        right = tf.argmax(outputs, axis=-1, output_type=tf.int32) == labels
        return tape.gradient(loss, parameters), tf.reduce_sum(losses), tf.reduce_sum(tf.cast(right, tf.int32))
