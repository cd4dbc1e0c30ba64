"""The updates of ``fused``: gradient, parameters and slots of some rows in a single pass."""

import functools
import math
from typing import Any

import numpy as np

from lab6.training.engines.fused import layers
from lab6.training.engines.fused.arrays import ADAM, NESTEROV, SGD, Rule, Share
from lab6.training.loops import compiled

BLOCK = 32
"""Rows of the first layer whose gradient is found just before they are updated, so that it stays in the first cache."""


@functools.partial(compiled, inline="always")
def update(inputs: Any, share: Share, images: int, several: bool, rule: Rule, step: int) -> None:
    """One update of all parameters; the gradients are 0 afterwards.

    ``images``: how many are in the last part of the minibatch, whose gradient of the first layer is added here.
    ``several``: whether there were earlier parts; if not, the first rows of gradients serve all blocks.
    """
    rate = rule.learning_rate
    if rule.kind == ADAM:
        rate *= math.sqrt(1 - rule.beta_2**step) / (1 - rule.beta_1**step)
    for layer in range(len(share.parameters)):
        gradients, parameters = share.gradients[layer], share.parameters[layer]
        first, second, lit = share.first[layer], share.second[layer], share.lit
        rows = len(parameters)
        block = rows if layer else BLOCK
        for begin in range(0, rows, block):
            end = min(begin + block, rows)
            own = gradients[begin:end] if layer or several else gradients[: end - begin]
            if layer == 0:
                layers.gather(inputs, share.lists, share.counts, begin, images, share.delta, own, lit[begin:end])
            slots = first[begin:end], second[begin:end]
            if rule.kind == ADAM:
                _adam(lit[begin:end], layer > 0, own, parameters[begin:end], *slots, rule, np.float32(rate))
            else:
                _sgd(lit[begin:end], layer > 0, own, parameters[begin:end], slots[0], rule, np.float32(rate))
    for pixel in range(len(share.lit)):
        share.lit[pixel] = 0


@functools.partial(compiled, fastmath=True)
def _adam(
    lit: Any, every: bool, gradients: Any, parameters: Any, first: Any, second: Any, rule: Rule, rate: Any
) -> None:
    """Adam for one layer. Unless ``every`` row has a gradient, that of a row that is not ``lit`` is 0, and is not read.

    Source: D. Kingma and J. Ba, "Adam", ICLR 2015, section 2, with epsilon as in Keras.
    """
    one, two, epsilon = np.float32(1 - rule.beta_1), np.float32(1 - rule.beta_2), np.float32(rule.epsilon)
    rows, units = parameters.shape
    for row in range(rows):
        if every or lit[row]:
            for unit in range(units):
                slope = gradients[row, unit]
                gradients[row, unit] = 0
                first[row, unit] += (slope - first[row, unit]) * one
                second[row, unit] += (slope * slope - second[row, unit]) * two
                root = np.float32(math.sqrt(second[row, unit]))
                parameters[row, unit] -= rate * first[row, unit] / (root + epsilon)
        else:
            for unit in range(units):
                first[row, unit] -= first[row, unit] * one
                second[row, unit] -= second[row, unit] * two
                root = np.float32(math.sqrt(second[row, unit]))
                parameters[row, unit] -= rate * first[row, unit] / (root + epsilon)


@compiled
def _sgd(lit: Any, every: bool, gradients: Any, parameters: Any, first: Any, rule: Rule, rate: Any) -> None:
    """Gradient descent for one layer, with momentum if the rule has some; see :func:`_adam` for ``lit``.

    Source: I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and momentum in deep
    learning", ICML 2013, as in Keras.
    """
    momentum, kind = np.float32(rule.momentum), rule.kind
    for row in range(len(parameters)):
        gradient, parameter, velocity = gradients[row], parameters[row], first[row]
        if kind == SGD and (every or lit[row]):
            for unit in range(len(parameter)):
                parameter[unit] -= rate * gradient[unit]
                gradient[unit] = 0
        elif kind != SGD:
            for unit in range(len(parameter)):
                step = rate * gradient[unit]
                gradient[unit] = 0
                velocity[unit] = momentum * velocity[unit] - step
                parameter[unit] += momentum * velocity[unit] - step if kind == NESTEROV else velocity[unit]
