"""What each thread of ``fused`` does in an epoch and to evaluate. Its parts are inlined, since that compiles faster."""

import functools
from typing import Any

from lab6.training.engines.fused import layers
from lab6.training.engines.fused.arrays import PART, Common, Pixels, Rule, Share
from lab6.training.engines.fused.update import update
from lab6.training.numba_threads import compiled, flush_denormals, wait_for_all


@functools.partial(compiled, called_from_python=True)
def train(
    pixels: Pixels, labels: Any, order: Any, steps: Any, common: Common, share: Share, rule: Rule, done: int
) -> tuple[float, int]:
    """Train one thread's share of ``order``; return the sum of the losses (nats) and the number of right answers.

    ``steps``: the minibatch size, full steps, and images in a last, smaller one. ``done``: steps before these.
    """
    flush_denormals()
    size, full_steps, remainder = steps
    loss, correct, phase = 0.0, 0, 0
    for step in range(full_steps + (remainder > 0)):
        begin = step * size
        end = begin + (size if step < full_steps else remainder)
        for part in range(begin, end, PART):
            chosen = order[part : min(part + PART, end)]
            layers.list_images(pixels, order, part, len(chosen), share.lists, share.counts)
            more_loss, more_correct, phase = _forward(pixels, labels, chosen, end - begin, common, share, phase)
            loss += more_loss
            correct += more_correct
            phase = _backward(pixels, chosen, common, share, phase)
        update(share, rule, done + step + 1)
    return loss, correct


@functools.partial(compiled, called_from_python=True)
def count_right(pixels: Pixels, labels: Any, order: Any, common: Common, share: Share) -> int:
    """How many of the images in ``order`` the network classifies correctly; each thread returns the same."""
    flush_denormals()
    correct, phase = 0, 0
    for part in range(0, len(order), PART):
        chosen = order[part : min(part + PART, len(order))]
        layers.list_images(pixels, order, part, len(chosen), share.lists, share.counts)
        _, more, phase = _forward(pixels, labels, chosen, len(chosen), common, share, phase)
        correct += more
    return correct


@functools.partial(compiled, inline="always")
def _forward(
    pixels: Pixels, labels: Any, chosen: Any, images: int, common: Common, share: Share, phase: int
) -> tuple[float, int, int]:
    """The hidden layers, and the gradient of the mean loss of ``images`` by the outputs."""
    thread, last = share.thread, len(share.parameters) - 1
    layers.first_layer(pixels, chosen, share.lists, share.counts, share.parameters[0], share.hidden[0])
    loss, correct = 0.0, 0
    for layer in range(1, last + 1):
        buffer = common.sums[layer][phase & 1]
        own = common.bounds[layer - 1, thread + 1] - common.bounds[layer - 1, thread]
        layers.partial_sums(share.hidden[layer - 1], own, share.parameters[layer], buffer[thread], len(chosen))
        phase += 1
        wait_for_all(common.arrivals, phase * common.threads)
        if layer == last:
            loss, correct = layers.softmax_loss(buffer, common.outputs, labels, chosen, images, share.answers)
        else:
            layers.activate(
                buffer, common.bounds[layer, thread], common.bounds[layer, thread + 1], share.hidden[layer], len(chosen)
            )
    return loss, correct, phase


@functools.partial(compiled, inline="always")
def _backward(pixels: Pixels, chosen: Any, common: Common, share: Share, phase: int) -> int:
    """Add the gradient of all parameters, from the last layer to the first."""
    thread, delta = share.thread, share.answers
    for layer in range(len(share.parameters) - 1, 0, -1):
        low, high = common.bounds[layer - 1, thread], common.bounds[layer - 1, thread + 1]
        hidden, parameters, gradients = share.hidden[layer - 1], share.parameters[layer], share.gradients[layer]
        if thread == 0:
            layers.add_biases(delta, gradients, len(chosen))
        if layer == 1:
            layers.pass_back(hidden, 0, high - low, delta, parameters, gradients, share.delta, len(chosen))
        else:
            buffer = common.deltas[layer - 1][phase & 1]
            layers.pass_back(hidden, low, high - low, delta, parameters, gradients, buffer, len(chosen))
            phase += 1
            wait_for_all(common.arrivals, phase * common.threads)
            delta = buffer
    layers.first_layer_gradient(pixels, share.lists, share.counts, share.delta, share.gradients[0])
    layers.add_biases(share.delta, share.gradients[0], len(chosen))
    return phase
