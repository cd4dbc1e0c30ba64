"""Floating-point operations that PyTorch counts while it computes a gradient.

Its own count of convolutions is replaced: it takes padding for inputs, and in the gradient it ignores groups.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from lab6.training import interface
from lab6.training.framework import keras
from lab6.training.operations import read


def of_gradient(model: keras.Model, shape: Sequence[int]) -> int | None:
    """See :mod:`lab6.training.operations`. The model's variables keep their values."""
    trainable = [each.value.detach().clone().requires_grad_() for each in model.trainable_variables]
    others = [each.value.detach().clone() for each in model.non_trainable_variables]
    inputs = keras.ops.zeros(shape, "float32")
    own = {torch.ops.aten.convolution: _forward, torch.ops.aten.convolution_backward: _backward}
    plain = sdpa_kernel(SDPBackend.MATH)  # attention as matrix products: fused kernels are not all counted
    with torch.enable_grad(), plain, FlopCounterMode(display=False, custom_mapping=own) as counter:
        outputs = model.stateless_call(trainable, others, inputs, **interface.in_training(model))[0]
        torch.autograd.grad(outputs.mean(), trainable, allow_unused=True)
    return int(counter.get_total_flops())


def _forward(inputs: Any, weights: Any, bias: Any, *settings: Any, out_shape: Any, **_: Any) -> int:
    return _convolution(inputs, weights, out_shape, *settings)


def _backward(gradient: Any, inputs: Any, weights: Any, bias: Any, *settings: Any, out_shape: Any, **_: Any) -> int:
    wanted: list[bool] = settings[-1]  # the gradients of inputs, weights and bias
    return sum(wanted[:2]) * _convolution(inputs, weights, gradient, *settings[:-1])


def _convolution(
    inputs: Any, weights: Any, outputs: Any, strides: Any, padding: Any, dilations: Any, transposed: bool, *_: Any
) -> int:
    """Shapes are (n, channels, *sides), of weights (outputs, inputs in a group, *kernel), or turned if transposed."""
    small, large = (inputs, outputs) if transposed else (outputs, inputs)
    sides = zip(large[2:], small[2:], weights[2:], strides, dilations, padding, strict=True)
    channels: int = weights[0] * weights[1]
    images: int = inputs[0]
    return 2 * images * channels * math.prod(read(*side) for side in sides)
