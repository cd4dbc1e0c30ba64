"""The passes of ``fused`` through a layer, forward and backward, for some images of a minibatch."""

import math
from typing import Any

import numpy as np

from lab6.training.engines.fused.arrays import Pixels
from lab6.training.numba_threads import compiled, prefetch

LINE = 64
"""Bytes of a line of the cache."""

AHEAD = 3
"""Images whose pixels are fetched from memory before they are needed, since shuffling scatters them."""

MANY = 8
"""Images of a part from which it pays to go pixel by pixel."""


@compiled
def list_images(pixels: Pixels, order: Any, begin: int, images: int, lists: Any, counts: Any) -> None:
    """List, for each pixel, those of the ``images`` from place ``begin`` of ``order`` on in which it is not 0."""
    for pixel in range(len(counts)):
        counts[pixel] = 0
    for image in range(images):
        if begin + image + AHEAD < len(order):
            later = order[begin + image + AHEAD]
            for place in range(pixels.indptr[later], pixels.indptr[later + 1], LINE // 4):
                prefetch(pixels.indices, place)
            for place in range(pixels.indptr[later], pixels.indptr[later + 1], LINE):
                prefetch(pixels.values, place)
        own = order[begin + image]
        for place in range(pixels.indptr[own], pixels.indptr[own + 1]):
            pixel = pixels.indices[place]
            lists[pixel, counts[pixel]] = (np.uint16(pixels.values[place]) << 8) | np.uint16(image)
            counts[pixel] += 1


@compiled
def first_layer(pixels: Pixels, chosen: Any, lists: Any, counts: Any, parameters: Any, hidden: Any) -> None:
    """The first hidden layer."""
    for image in range(len(chosen)):
        for unit in range(parameters.shape[1]):
            hidden[image, unit] = parameters[-1, unit]
    if len(chosen) < MANY:
        _read_images(pixels, chosen, parameters, hidden)
    else:
        _read_lists(pixels.inputs, lists, counts, parameters, hidden)
    for image in range(len(chosen)):
        for unit in range(parameters.shape[1]):
            hidden[image, unit] = max(hidden[image, unit], np.float32(0))


@compiled
def _read_images(pixels: Pixels, chosen: Any, parameters: Any, hidden: Any) -> None:
    """Image by image, add the weights of each pixel that is not 0."""
    units = parameters.shape[1]
    for image in range(len(chosen)):
        row, place, end = hidden[image], pixels.indptr[chosen[image]], pixels.indptr[chosen[image] + 1]
        while place + 4 <= end:  # four rows at a time, so that sums are read and written once for them
            a, b = pixels.inputs[pixels.values[place]], pixels.inputs[pixels.values[place + 1]]
            c, d = pixels.inputs[pixels.values[place + 2]], pixels.inputs[pixels.values[place + 3]]
            one, two = pixels.indices[place], pixels.indices[place + 1]
            three, four = pixels.indices[place + 2], pixels.indices[place + 3]
            for unit in range(units):
                row[unit] += a * parameters[one, unit] + b * parameters[two, unit]
                row[unit] += c * parameters[three, unit] + d * parameters[four, unit]
            place += 4
        for last in range(place, end):
            value, pixel = pixels.inputs[pixels.values[last]], pixels.indices[last]
            for unit in range(units):
                row[unit] += value * parameters[pixel, unit]


@compiled
def _read_lists(inputs: Any, lists: Any, counts: Any, parameters: Any, hidden: Any) -> None:
    """Pixel by pixel, add its weights for each image in which it is not 0, so that they are read from memory once."""
    for pixel in range(len(counts)):
        for place in range(counts[pixel]):
            entry = lists[pixel, place]
            value = inputs[entry >> 8]
            for unit in range(hidden.shape[1]):
                hidden[entry & 255, unit] += value * parameters[pixel, unit]


@compiled
def partial_sums(hidden: Any, own: int, parameters: Any, sums: Any, images: int) -> None:
    """The part of the next layer's sums that comes from the ``own`` units, and from the biases."""
    for image in range(images):
        row = sums[image]
        for unit in range(len(row)):
            row[unit] = parameters[-1, unit]
        place = 0
        while place + 4 <= own:  # four units at a time, so that sums are read and written once for them
            a, b, c, d = (
                hidden[image, place],
                hidden[image, place + 1],
                hidden[image, place + 2],
                hidden[image, place + 3],
            )
            for unit in range(len(row)):
                row[unit] += a * parameters[place, unit] + b * parameters[place + 1, unit]
                row[unit] += c * parameters[place + 2, unit] + d * parameters[place + 3, unit]
            place += 4
        for last in range(place, own):
            for unit in range(len(row)):
                row[unit] += hidden[image, last] * parameters[last, unit]


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
def softmax_loss(sums: Any, outputs: int, labels: Any, chosen: Any, images: int, answers: Any) -> tuple[float, int]:
    """The softmax of the outputs: the losses, the right answers, and the gradient of the mean loss of ``images``."""
    loss, correct = 0.0, 0
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
        correct += best == label
        for unit in range(outputs):
            row[unit] /= total * images
        row[label] -= np.float32(1) / np.float32(images)
    return loss, correct


@compiled
def pass_back(
    hidden: Any, low: int, own: int, delta: Any, parameters: Any, gradients: Any, before: Any, images: int
) -> None:
    """Add the weights' gradient, and write the gradient of the layer before from column ``low`` on."""
    for image in range(images):
        row = delta[image]
        for place in range(own):
            value, total = hidden[image, place], np.float32(0)
            for unit in range(len(row)):
                gradients[place, unit] += value * row[unit]
                total += row[unit] * parameters[place, unit]
            before[image, low + place] = total if value > 0 else np.float32(0)


@compiled
def first_layer_gradient(pixels: Pixels, lists: Any, counts: Any, delta: Any, gradients: Any) -> None:
    """Add the gradient of the first layer's weights."""
    inputs, units = pixels.inputs, delta.shape[1]
    for row in range(len(counts)):
        count, place = counts[row], 0
        if count == 0:
            continue
        while place + 4 <= count:  # four images at a time, so that the gradient is read and written once for them
            a, b, c, d = lists[row, place], lists[row, place + 1], lists[row, place + 2], lists[row, place + 3]
            one, two, three, four = inputs[a >> 8], inputs[b >> 8], inputs[c >> 8], inputs[d >> 8]
            for unit in range(units):
                gradients[row, unit] += one * delta[a & 255, unit] + two * delta[b & 255, unit]
                gradients[row, unit] += three * delta[c & 255, unit] + four * delta[d & 255, unit]
            place += 4
        for last in range(place, count):
            entry = lists[row, last]
            value = inputs[entry >> 8]
            for unit in range(units):
                gradients[row, unit] += value * delta[entry & 255, unit]


@compiled
def add_biases(delta: Any, gradients: Any, images: int) -> None:
    """Add the gradient of a layer's biases, its last row."""
    for image in range(images):
        for unit in range(delta.shape[1]):
            gradients[-1, unit] += delta[image, unit]
