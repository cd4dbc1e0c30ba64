"""The gradient noise scale of a network along its training.

The gradient on a minibatch of B images is the true gradient G and noise, whose expected squared norm is S / B: S is the
trace of the covariance of the gradients of single images. The noise scale S / |G|^2 is the minibatch size at which both
are equally large. Source: S. McCandlish, J. Kaplan, D. Amodei and others, "An Empirical Model of Large-Batch Training",
2018 (arXiv:1812.06162), section 2.2 and, for the estimates, appendix A.1.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab6.errors import OptionError
from lab6.training.engines import Norms
from lab6.training.framework import backend, keras

SMALL = 64
"""Images in a small minibatch."""

COUNT = 256
"""Small minibatches at a checkpoint; together they are the large one."""

SAMPLE_STREAM = 2
"""Separates the random stream of the sampled images from those of :mod:`lab6.training.seeded`."""

LATE = 0.75
"""A checkpoint after more than this share of all steps is left out, since the last step has one."""


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """What was measured after some steps of training from one seed.

    ``images``: seen so far. ``training_loss``: of the sampled images, nats an image. ``test_accuracy``: 0 to 1.
    ``gradient``: the estimate of |G|^2, which can be negative if the sample is too small. ``noise``: that of S.
    """

    seed: int
    steps: int
    images: int
    training_loss: float
    test_accuracy: float
    gradient: float
    noise: float


def estimates(norms: Norms, small: int, big: int) -> tuple[float, float]:
    """|G|^2 and S from the squared norms of gradients on ``small`` and on ``big`` images; neither is biased.

    Both follow from E |G_B|^2 = |G|^2 + S / B at the two sizes. Their ratio is biased, so average before dividing.
    """
    gradient = (big * norms.big - small * norms.small) / (big - small)
    noise = (norms.small - norms.big) / (1 / small - 1 / big)
    return gradient, noise


def checkpoints(steps: int) -> list[int]:
    """Where to measure in a training of ``steps``: before it, after 1, 2, 4, 8, ... steps, and at its end."""
    doubling = (2**power for power in range(steps.bit_length()))
    return sorted({0, steps, *(step for step in doubling if step <= LATE * steps)})


def along(
    engine: Any, seed: int, learning_rate: float, steps: int, tell: Callable[[int], None]
) -> Iterator[Checkpoint]:
    """Train ``engine``, whose task goes on over epochs, from ``seed``, and measure at each of the checkpoints.

    ``engine``: a ``compiled`` one. ``tell``: is told the steps so far before each measurement. Raises OptionError if
    the loss is no longer finite.
    """
    engine.begin(seed, learning_rate, None)
    done = 0
    for step in checkpoints(steps):
        if step > done:
            engine.run(step - done, engine.full_steps, lambda *_: False)
            done = step
        tell(step)
        yield measure(engine, step)


def measure(engine: Any, step: int, small: int = SMALL, count: int = COUNT) -> Checkpoint:
    """Measure now, ``step`` steps after the start; this changes nothing that is trained.

    Images are drawn with replacement, so that the true gradient is that of all training images.
    """
    random = np.random.default_rng((engine.seed, SAMPLE_STREAM, step))
    sample: NDArray[np.int32] = random.integers(engine.images, size=(count, small), dtype=np.int32)
    carried = engine.model.non_trainable_variables
    kept = [np.array(backend.to_numpy(each.value)) for each in carried]
    norms = _unscaled(engine.norms(sample), engine.optimizer)
    for variable, value in zip(carried, kept, strict=True):
        variable.assign(value)
    images = step * engine.task.batch_size
    if not math.isfinite(norms.loss + norms.small):
        raise OptionError(
            f"the loss is no longer finite after {images:,} images: give a smaller --learning-rate, or another "
            "--batch-size."
        )
    gradient, noise = estimates(norms, small, small * count)
    return Checkpoint(engine.seed, step, images, norms.loss, engine.evaluate(), gradient, noise)


def warnings(model: keras.Model) -> Sequence[str]:
    """A sentence for each kind of layer with which the noise scale means something else."""
    layers = model._flatten_layers(include_self=False)
    kinds = {type(layer) for layer in layers}
    found = []
    if any(issubclass(kind, keras.layers.BatchNormalization) for kind in kinds):
        found.append(
            f"Batch normalisation: an image's gradient depends on the other images of its minibatch, here {SMALL}, so "
            "that the noise scale is only a rough one."
        )
    if any("Dropout" in kind.__name__ or "Noise" in kind.__name__ for kind in kinds):
        found.append("Dropout: the noise scale counts its random choices as noise, as training does.")
    return found


def _unscaled(norms: Norms, optimizer: keras.optimizers.Optimizer) -> Norms:
    """The norms without the factor by which an optimizer scales the loss, 1 for most."""
    scale = float(backend.to_numpy(keras.ops.convert_to_tensor(optimizer.scale_loss(keras.ops.ones(())))))
    return Norms(norms.small / scale**2, norms.big / scale**2, norms.loss)
