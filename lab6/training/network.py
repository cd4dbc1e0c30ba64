"""The network: 784 inputs, 128 ReLU units, 10 outputs.

The outputs are logits; softmax is part of the loss (``from_logits``), which is exact for any input.
"""

from collections.abc import Sequence

from lab6.training import seeded
from lab6.training.datasets.dataset import CLASSES, SIDE
from lab6.training.framework import keras

INPUTS = SIDE * SIDE
HIDDEN = (128,)
OUTPUTS = CLASSES


def build(
    seed: int, hidden: Sequence[int] = HIDDEN, dtype: str = "float32", inputs: int = INPUTS, outputs: int = OUTPUTS
) -> keras.Model:
    """A newly initialised network: inputs (n, 784) in [0, 1], outputs (n, 10), one logit for each digit.

    ``hidden``: the widths of the ReLU layers; ``dtype``: the precision of parameters and arithmetic; ``inputs`` and
    ``outputs``: other numbers of pixels and classes. A seed gives the same initial parameters on every machine and
    every Keras backend.
    """
    layers: list[keras.layers.Layer] = [keras.Input((inputs,), dtype=dtype)]
    for index, width in enumerate((*hidden, outputs)):
        activation = "relu" if index < len(hidden) else None
        initializer = GlorotUniform((seed, seeded.PARAMETER_STREAM, index))
        layers.append(keras.layers.Dense(width, activation=activation, kernel_initializer=initializer, dtype=dtype))
    return keras.Sequential(layers)


@keras.saving.register_keras_serializable("lab6")
class GlorotUniform(keras.initializers.Initializer):  # type: ignore[misc]  # Keras has no types
    """Keras's default for dense layers, with the same numbers on every backend; see :mod:`lab6.training.seeded`."""

    def __init__(self, seed: Sequence[int]) -> None:
        """``seed``: non-negative integers; together they choose the random stream."""
        self.seed = tuple(seed)

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> object:
        """A tensor of ``shape`` (inputs, outputs)."""
        return keras.ops.convert_to_tensor(seeded.glorot_uniform(self.seed, shape), dtype=dtype)

    def get_config(self) -> dict[str, object]:
        """What Keras needs to save and copy this initializer."""
        return {"seed": self.seed}


def dense_layers(model: keras.Model) -> list[keras.layers.Dense]:
    """The dense layers of ``model``, in order."""
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
