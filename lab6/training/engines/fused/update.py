"""The updates of ``fused``, each a single pass over gradients, parameters and slots."""

import functools
import math
from typing import Any

import numpy as np

from lab6.training.engines.fused.arrays import ADAM, NESTEROV, SGD, Rule, Share
from lab6.training.numba_threads import compiled


@functools.partial(compiled, inline="always")
def update(share: Share, rule: Rule, step: int) -> None:
    """One update of all parameters; the gradients are 0 afterwards."""
    rate = rule.learning_rate
    if rule.decay_steps > 0:
        rate *= max(1 - (step - 1) / rule.decay_steps, 0.0)
    if rule.kind == ADAM:
        rate *= math.sqrt(1 - rule.beta_2**step) / (1 - rule.beta_1**step)
    for layer in range(len(share.parameters)):
        gradients, parameters, first = share.gradients[layer], share.parameters[layer], share.first[layer]
        if rule.kind == ADAM:
            _adam(gradients, parameters, first, share.second[layer], rule, np.float32(rate))
        else:
            _sgd(gradients, parameters, first, rule, np.float32(rate))


@compiled
def _adam(gradients: Any, parameters: Any, first: Any, second: Any, rule: Rule, rate: Any) -> None:
    """Adam for one layer. Source: D. Kingma and J. Ba, "Adam", ICLR 2015, section 2, with epsilon as in Keras."""
    one, two, epsilon = np.float32(1 - rule.beta_1), np.float32(1 - rule.beta_2), np.float32(rule.epsilon)
    for row in range(len(parameters)):
        for unit in range(parameters.shape[1]):
            slope = gradients[row, unit]
            gradients[row, unit] = 0
            first[row, unit] += (slope - first[row, unit]) * one
            second[row, unit] += (slope * slope - second[row, unit]) * two
            root = np.float32(math.sqrt(second[row, unit]))
            parameters[row, unit] -= rate * first[row, unit] / (root + epsilon)


@compiled
def _sgd(gradients: Any, parameters: Any, first: Any, rule: Rule, rate: Any) -> None:
    """Gradient descent for one layer, with momentum if the rule has some.

    Source: I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and momentum in deep
    learning", ICML 2013, as in Keras.
    """
    momentum, kind = np.float32(rule.momentum), rule.kind
    for row in range(len(parameters)):
        gradient, parameter, velocity = gradients[row], parameters[row], first[row]
        for unit in range(len(parameter)):
            step = rate * gradient[unit]
            gradient[unit] = 0
            if kind == SGD:
                parameter[unit] -= step
            else:
                velocity[unit] = momentum * velocity[unit] - step
                parameter[unit] += momentum * velocity[unit] - step if kind == NESTEROV else velocity[unit]
