"""Floating-point operations of the graph that TensorFlow writes down for a gradient. Nothing is compiled or run.

TensorFlow's own profiler is not used: it takes a convolution's padding and, for its gradient, what was cut off for
inputs, and counts operations that are never run. XLA's analysis cannot be asked for.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lab6.training import interface
from lab6.training.backends.tensorflow import tf
from lab6.training.framework import keras
from lab6.training.operations import known, read, same


def of_gradient(model: keras.Model, shape: Sequence[int]) -> int | None:
    """See :mod:`lab6.training.operations`."""

    arguments = interface.in_training(model)

    def gradient(trainable: list[Any], others: list[Any], inputs: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(trainable)
            mean = tf.reduce_mean(model.stateless_call(trainable, others, inputs, **arguments)[0])
        return mean, tape.gradient(mean, trainable)

    def described(variables: Any) -> list[Any]:
        return [tf.TensorSpec(each.shape, each.dtype) for each in variables]

    known_shapes = described(model.trainable_variables), described(model.non_trainable_variables)
    traced = tf.function(gradient, autograph=False).get_concrete_function(*known_shapes, tf.TensorSpec(shape))
    needed = list(_needed(traced.outputs))
    return None if any(map(_hides, needed)) else sum(map(_counted, needed))


def _needed(tensors: Sequence[Any]) -> Iterator[Any]:
    """The operations that compute ``tensors``; a graph has others, such as the gradient of the image."""
    waiting, seen = [tensor.op for tensor in tensors], set()
    while waiting:
        operation = waiting.pop()
        if operation.name not in seen:
            seen.add(operation.name)
            yield operation
            waiting += [*(tensor.op for tensor in operation.inputs), *operation.control_inputs]


def _hides(operation: Any) -> bool:
    """Whether it calls another graph or a library, in which there can be anything."""
    calls = any(each.HasField("func") or each.list.func for each in operation.node_def.attr.values())
    return calls or operation.type.startswith(("Xla", "Cudnn"))


def _counted(operation: Any) -> int:
    kind: str = operation.type
    if kind.endswith("MatMul") or kind.startswith("BatchMatMul"):
        turned = operation.get_attr("transpose_a" if kind == "MatMul" else "adj_x")
        return _product(operation, -2 if turned else -1)
    if kind == "Einsum":
        return _einsum(operation)
    return _convolution(operation) if kind.startswith(("Conv2D", "Conv3D", "DepthwiseConv2d")) else 0


def _product(operation: Any, contracted: int) -> int:
    inputs, outputs = known(operation.inputs[0].shape), known(operation.outputs[0].shape)
    return 2 * math.prod(outputs) * inputs[contracted]


def _einsum(operation: Any) -> int:
    if len(operation.inputs) < 2:
        return 0
    letters = operation.get_attr("equation").decode().partition("->")[0].split(",")
    sides: dict[str, int] = {}
    for own, tensor in zip(letters, operation.inputs, strict=True):
        sides.update(zip(own, known(tensor.shape), strict=True))  # ... is not known, and three letters are not one
    return 2 * math.prod(sides.values())


def _convolution(operation: Any) -> int:
    """Forward or one of the gradients, which multiply equally often."""
    inputs, kernel, outputs = (known(tensor.shape) for tensor in _tensors(operation))
    last = operation.get_attr("data_format").endswith(b"C")
    sides = slice(1, -1) if last else slice(2, None)
    strides, dilations = (operation.get_attr(name)[sides] for name in ("strides", "dilations"))
    own = list(zip(inputs[sides], outputs[sides], kernel[:-2], strides, dilations, strict=True))
    before = _padding(operation, sides)
    pairs = math.prod(read(*side, before=before(*side)) for side in own)
    return 2 * inputs[0] * kernel[-2] * kernel[-1] * pairs


def _tensors(operation: Any) -> tuple[Any, Any, Any]:
    """Inputs (n, *sides, channels), kernel and outputs of a convolution, or in their place what has their shapes."""
    found, given = operation.outputs[0], operation.inputs
    if "BackpropInput" in operation.type:
        return found, given[1], given[2]
    if "BackpropFilter" in operation.type:
        return given[0], found, given[2]
    return given[0], given[1], found


def _padding(operation: Any, sides: slice) -> Callable[..., int]:
    kind = operation.get_attr("padding")
    if kind == b"EXPLICIT":
        raise ValueError("explicit padding is not counted")
    return same if kind == b"SAME" else lambda *_: 0
