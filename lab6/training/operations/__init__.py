"""Floating-point operations of a training step, as each framework writes it down.

A module for each backend of Keras has ``of_gradient(model, shape)``: the operations of the matrix products and
convolutions that the model's outputs and their gradient by its trainable variables take, for inputs of that ``shape``.
It is None if there are some that cannot be counted.
"""

from collections.abc import Sequence

import numpy as np


def read(
    inputs: int, outputs: int, kernel: int, stride: int = 1, dilation: int = 1, before: int = 0, spread: int = 1
) -> int:
    """How many pairs of an output and a place in the kernel read an input along one side of a convolution.

    The others read padding, of which ``before`` stands before the first input (negative: inputs that are left out), or
    gaps, since inputs are ``spread`` apart. Forward and both gradients multiply for the same pairs.
    """
    places = np.add.outer(stride * np.arange(outputs), dilation * np.arange(kernel)) - before
    return int(np.count_nonzero((places >= 0) & (places <= spread * (inputs - 1)) & (places % spread == 0)))


def same(inputs: int, outputs: int, kernel: int, stride: int, dilation: int) -> int:
    """The padding before the first input, if it is divided evenly between both ends and outputs are inputs / stride."""
    return max(0, (outputs - 1) * stride + (kernel - 1) * dilation + 1 - inputs) // 2


def known(shape: Sequence[int | None]) -> tuple[int, ...]:
    """A shape that is known. Raises ValueError if it is not."""
    sides = tuple(side for side in shape if side is not None)
    if len(sides) < len(shape):
        raise ValueError(f"the shape {tuple(shape)} is not known")
    return sides
