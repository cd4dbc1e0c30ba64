"""Floating-point operations that JAX writes down for a gradient. Nothing is compiled or run.

XLA's own analysis is not used: it counts the integers of dropout's random numbers as floating-point operations too.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from lab6.training import interface
from lab6.training.framework import keras
from lab6.training.operations import read


def of_gradient(model: keras.Model, shape: Sequence[int]) -> int | None:
    """See :mod:`lab6.training.operations`."""

    def mean(trainable: list[jax.Array], others: list[jax.Array], inputs: jax.Array) -> jax.Array:
        return jnp.mean(model.stateless_call(trainable, others, inputs, **interface.in_training(model))[0])

    trainable = [each.value for each in model.trainable_variables]
    others = [each.value for each in model.non_trainable_variables]
    inputs = jax.ShapeDtypeStruct(tuple(shape), jnp.float32)
    return _counted(jax.make_jaxpr(jax.value_and_grad(mean))(trainable, others, inputs).jaxpr)


def _counted(program: Any) -> int:
    """Those of a program; of a loop of unknown length one round, of branches the cheapest, so never too many."""
    total = 0
    for equation in program.eqns:
        name, inner = equation.primitive.name, list(map(_counted, _programs(equation)))
        if name == "dot_general":
            total += _product(equation)
        elif name == "conv_general_dilated":
            total += _convolution(equation)
        elif name == "cond":
            total += min(inner)
        else:
            total += equation.params.get("length", 1) * sum(inner) if name == "scan" else sum(inner)
    return total


def _programs(equation: Any) -> Iterator[Any]:
    """The programs within an equation, such as the body of a loop."""
    for value in equation.params.values():
        for each in value if isinstance(value, tuple | list) else (value,):
            if hasattr(each := getattr(each, "jaxpr", each), "eqns"):
                yield each


def _product(equation: Any) -> int:
    (contracted, _), _ = equation.params["dimension_numbers"]
    left, outputs = (each.aval.shape for each in (equation.invars[0], equation.outvars[0]))
    products: int = math.prod(outputs) * math.prod(left[each] for each in contracted)
    return 2 * products


def _convolution(equation: Any) -> int:
    settings = equation.params
    left, right, out = settings["dimension_numbers"]
    (inputs, kernel), outputs = (each.aval.shape for each in equation.invars), equation.outvars[0].aval.shape
    sides = zip(
        (inputs[each] for each in left[2:]),
        (outputs[each] for each in out[2:]),
        (kernel[each] for each in right[2:]),
        settings["window_strides"],
        settings["rhs_dilation"],
        (before for before, _ in settings["padding"]),
        settings["lhs_dilation"],
        strict=True,
    )
    channels: int = outputs[out[1]] * kernel[right[1]]
    images: int = outputs[out[0]]
    return 2 * images * channels * math.prod(read(*side) for side in sides)
