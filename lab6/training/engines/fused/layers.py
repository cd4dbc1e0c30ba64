"""The passes of ``fused`` through a layer, forward and backward, for some images of a minibatch."""

import math
from typing import Any

import numpy as np

from lab6.training.engines.fused.arrays import Pixels
from lab6.training.loops import compiled


@compiled
def read(pixels: Pixels, chosen: Any, parameters: Any, hidden: Any) -> None:
    """The first hidden layer: a row of weights for each pixel that is not 0."""
    units = parameters.shape[1]
    for image in range(len(chosen)):
        row, place, end = hidden[image], pixels.begins[chosen[image]], pixels.begins[chosen[image] + 1]
        for unit in range(units):
            row[unit] = parameters[-1, unit]
        while place + 4 <= end:  # four rows at a time, so that sums are read and written once for them
            a, b = pixels.inputs[pixels.values[place]], pixels.inputs[pixels.values[place + 1]]
            c, d = pixels.inputs[pixels.values[place + 2]], pixels.inputs[pixels.values[place + 3]]
            one, two = pixels.places[place], pixels.places[place + 1]
            three, four = pixels.places[place + 2], pixels.places[place + 3]
            for unit in range(units):
                row[unit] += a * parameters[one, unit] + b * parameters[two, unit]
                row[unit] += c * parameters[three, unit] + d * parameters[four, unit]
            place += 4
        for last in range(place, end):
            value, pixel = pixels.inputs[pixels.values[last]], pixels.places[last]
            for unit in range(units):
                row[unit] += value * parameters[pixel, unit]
        for unit in range(units):
            row[unit] = max(row[unit], np.float32(0))


@compiled
def add_up(hidden: Any, own: int, parameters: Any, sums: Any, images: int) -> None:
    """The part of the next layer's sums that comes from the ``own`` units, and from the biases."""
    for image in range(images):
        row = sums[image]
        for unit in range(len(row)):
            row[unit] = parameters[-1, unit]
        for place in range(own):
            value, weights = hidden[image, place], parameters[place]
            if value > 0:
                for unit in range(len(row)):
                    row[unit] += value * weights[unit]


@compiled
def activate(sums: Any, low: int, high: int, hidden: Any, images: int) -> None:
    """The thread's own units, ``low`` to ``high``, from the sums of all threads."""
    for image in range(images):
        for unit in range(low, high):
            total = np.float32(0)
            for thread in range(len(sums)):
                total += sums[thread, image, unit]
            hidden[image, unit - low] = max(total, np.float32(0))


@compiled
def answer(sums: Any, outputs: int, labels: Any, chosen: Any, images: int, answers: Any) -> tuple[float, int]:
    """The softmax of the outputs: the losses, the right answers, and the gradient of the mean loss of ``images``."""
    loss, hits = 0.0, 0
    for image in range(len(chosen)):
        row, label = answers[image], labels[chosen[image]]
        for unit in range(outputs):
            row[unit] = 0
            for thread in range(len(sums)):
                row[unit] += sums[thread, image, unit]
        best = 0
        for unit in range(outputs):
            if row[unit] > row[best]:
                best = unit
        most, right, total = row[best], row[label], np.float32(0)
        for unit in range(outputs):
            row[unit] = math.exp(row[unit] - most)
            total += row[unit]
        loss += math.log(total) + most - right
        hits += best == label
        for unit in range(outputs):
            row[unit] /= total * images
        row[label] -= np.float32(1) / np.float32(images)
    return loss, hits


@compiled
def pass_back(
    hidden: Any, low: int, own: int, delta: Any, parameters: Any, gradients: Any, before: Any, images: int
) -> None:
    """From the gradient by a layer's sums to that by its weights and, from place ``low`` on, by the layer before."""
    for image in range(images):
        row = delta[image]
        for place in range(own):
            value, weights, gradient, total = hidden[image, place], parameters[place], gradients[place], np.float32(0)
            if value > 0:
                for unit in range(len(row)):
                    gradient[unit] += value * row[unit]
                    total += row[unit] * weights[unit]
            before[image, low + place] = total


@compiled
def gather(pixels: Pixels, chosen: Any, delta: Any, gradients: Any, lit: Any) -> None:
    """Add the gradient of the first layer: a row for each pixel that is not 0."""
    for image in range(len(chosen)):
        row = delta[image]
        for place in range(pixels.begins[chosen[image]], pixels.begins[chosen[image] + 1]):
            value, gradient = pixels.inputs[pixels.values[place]], gradients[pixels.places[place]]
            lit[pixels.places[place]] = 1
            for unit in range(len(row)):
                gradient[unit] += value * row[unit]
    add_biases(delta, gradients, len(chosen))
    lit[-1] = 1


@compiled
def add_biases(delta: Any, gradients: Any, images: int) -> None:
    """Add the gradient of a layer's biases, its last row."""
    for image in range(images):
        for unit in range(delta.shape[1]):
            gradients[-1, unit] += delta[image, unit]
