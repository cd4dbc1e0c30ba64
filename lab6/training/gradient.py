"""Supervised gradient descent with a tape, and a check of the tape's gradient.

:func:`descend` shows what ``tape.gradient(loss, parameters)`` takes: the loss, a scalar that was computed while the
tape was recording, and the list of parameters to differentiate it by. It returns one gradient for each parameter, of
the parameter's shape: the direction in which the loss grows fastest. :func:`check` compares the gradient with central
finite differences.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lab6.training.backends.tensorflow import tf
from lab6.training.framework import keras
from lab6.training.network import build

Evaluate = Callable[[], tuple[tf.Tensor, list[tf.Tensor]]]
"""Computes the loss, a scalar, and which units of each ReLU layer are on."""


@dataclasses.dataclass(frozen=True)
class Point:
    """A point of gradient descent: the steps so far, the loss (nats an image) and the accuracy (0 to 1)."""

    step: int
    loss: float
    accuracy: float


def descend(
    inputs: NDArray[np.float32], labels: NDArray[np.int32], steps: int, learning_rate: float
) -> Iterator[Point]:
    """Train a linear softmax classifier of ten classes by gradient descent over all examples at once.

    ``inputs``: (n, features); ``labels``: (n,), 0 to 9. Yields the loss before the first step and after each.
    """
    weights = tf.Variable(tf.zeros((inputs.shape[1], 10)))
    biases = tf.Variable(tf.zeros(10))
    parameters = [weights, biases]

    for step in range(steps + 1):
        with tf.GradientTape() as tape:  # records what is computed ...
            logits = inputs @ weights + biases
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses)  # ... down to one number, the loss

        right = tf.argmax(logits, axis=1, output_type=tf.int32) == labels
        yield Point(step, float(loss), float(np.mean(right)))

        gradients = tape.gradient(loss, parameters)  # of what, by what
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.assign_sub(learning_rate * gradient)  # a step downhill


@dataclasses.dataclass(frozen=True)
class Check:
    """The tape's gradient compared with finite differences, for one parameter array of the network.

    ``name``, ``shape``: of the array; ``compared``: how many of its elements were compared; ``error``: the largest
    relative error among them (see :func:`relative_error`), None if none was compared.
    """

    name: str
    shape: tuple[int, ...]
    compared: int
    error: float | None


STEP = 1e-5
"""The step of the finite differences: truncation (step squared) and float64 rounding (1e-16 / step) are small."""

NOISE = 1e-4
"""Gradients smaller than this share of their array's largest are left out: rounding would dominate their error."""


def check(
    inputs: NDArray[np.float32], labels: NDArray[np.int32], hidden: Sequence[int], elements: int, seed: int
) -> list[Check]:
    """Compare the tape's gradient of the full network, in float64, with central finite differences.

    ``inputs``: (n, 784); ``labels``: (n,). From each parameter array, ``elements`` with a gradient are drawn, or all if
    there are fewer: the weights of a pixel that is 0 in every image have none. Elements whose step switches a ReLU
    unit on or off are left out, because the loss has no derivative there.
    """
    model = build(seed, hidden, dtype="float64")
    with_activations = keras.Model(model.inputs[0], [layer.output for layer in model.layers])
    parameters = [variable.value for variable in model.trainable_variables]
    inputs_64 = tf.constant(inputs, tf.float64)

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def evaluate() -> tuple[tf.Tensor, list[tf.Tensor]]:
        *activations, logits = with_activations(inputs_64)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        return loss, [activation > 0 for activation in activations]

    with tf.GradientTape() as tape:
        loss, _ = evaluate()
    gradients = tape.gradient(loss, parameters)

    random = np.random.default_rng(seed)
    checks = []
    for index, (variable, gradient) in enumerate(zip(model.trainable_variables, gradients, strict=True)):
        exact = gradient.numpy().ravel()
        candidates = np.flatnonzero(np.abs(exact) > NOISE * np.abs(exact).max())
        drawn = random.choice(candidates, min(elements, len(candidates)), replace=False)
        estimates = np.array([_central_difference(evaluate, variable.value, element) for element in drawn])
        smooth = np.isfinite(estimates)
        errors = relative_error(exact[drawn][smooth], estimates[smooth])
        error = float(errors.max()) if len(errors) else None
        checks.append(Check(f"dense {index // 2 + 1} {variable.name}", tuple(variable.shape), int(smooth.sum()), error))
    return checks


def relative_error(exact: NDArray[np.float64], estimate: NDArray[np.float64]) -> NDArray[np.float64]:
    """|exact - estimate| / max(|exact|, |estimate|), element by element; inputs and result have the same shape."""
    return np.abs(exact - estimate) / np.maximum(np.abs(exact), np.abs(estimate))


def _central_difference(evaluate: Evaluate, parameter: tf.Variable, element: int) -> float:
    """(loss(p + h) - loss(p - h)) / 2h for one element; its error falls with h squared (Taylor's theorem).

    NaN if different ReLU units are on at the two sides: the loss has a kink between them, and no derivative.
    """
    original = parameter.numpy()
    sides = []
    for direction in (+1, -1):
        moved = original.copy()
        moved.flat[element] += direction * STEP
        parameter.assign(moved)
        sides.append(evaluate())
    parameter.assign(original)
    (above, units_above), (below, units_below) = sides
    if any(np.any(one.numpy() != other.numpy()) for one, other in zip(units_above, units_below, strict=True)):
        return float("nan")
    return (float(above) - float(below)) / (2 * STEP)
