"""Where the engine ``fused`` spends the time: ``python benchmarks/fused_parts.py`` times each part of its loop alone.

One thread trains half of the hidden units, as one of two cores does, and never waits. Microseconds an image of MNIST,
which is read from LAB6_DATA_DIR.
"""

import functools
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from lab6.terminal_table import Columns
from lab6.training import datasets, network
from lab6.training.engines.engine import Task
from lab6.training.engines.fused import layers
from lab6.training.engines.fused.engine import Fused
from lab6.training.engines.fused.update import update
from lab6.training.framework import backend, keras
from lab6.training.numba_threads import compiled, flush_denormals

SIZES = (1, 10, 100)
IMAGES = 6_000
REPEATS = 7

run = functools.partial(compiled, called_from_python=True)


@run
def list_images(pixels: Any, labels: Any, order: Any, size: int, common: Any, share: Any, rule: Any) -> None:
    for begin in range(0, len(order), size):
        layers.list_images(pixels, order, begin, size, share.lists, share.counts)


@run
def read(pixels: Any, labels: Any, order: Any, size: int, common: Any, share: Any, rule: Any) -> None:
    for begin in range(0, len(order), size):
        chosen = order[begin : begin + size]
        layers.first_layer(pixels, chosen, share.lists, share.counts, share.parameters[0], share.hidden[0])


@run
def output(pixels: Any, labels: Any, order: Any, size: int, common: Any, share: Any, rule: Any) -> None:
    sums, hidden, parameters, gradients = common.sums[1][0], share.hidden[0], share.parameters[1], share.gradients[1]
    for begin in range(0, len(order), size):
        layers.partial_sums(hidden, len(parameters) - 1, parameters, sums[0], size)
        layers.softmax_loss(sums, common.outputs, labels, order[begin : begin + size], size, share.answers)
        layers.add_biases(share.answers, gradients, size)
        layers.pass_back(hidden, 0, len(parameters) - 1, share.answers, parameters, gradients, share.delta, size)


@run
def gather(pixels: Any, labels: Any, order: Any, size: int, common: Any, share: Any, rule: Any) -> None:
    for _ in range(0, len(order), size):
        layers.first_layer_gradient(pixels, share.lists, share.counts, share.delta, share.gradients[0])
        layers.add_biases(share.delta, share.gradients[0], size)


@run
def adam(pixels: Any, labels: Any, order: Any, size: int, common: Any, share: Any, rule: Any) -> None:
    flush_denormals()
    for step in range(0, len(order), size):
        update(share, rule, step + 1)


PARTS = {
    "list pixels": list_images,
    "first layer": read,
    "output layer": output,
    "its gradient": gather,
    "Adam": adam,
}


def microseconds(work: Callable[[], object]) -> float:
    """The fastest of several runs, for each image."""
    work()
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return 1e6 * min(seconds) / IMAGES


def main() -> None:
    """Print a row for each minibatch size."""
    backend.threads = lambda: (1, 1)
    dataset = datasets.load("mnist", Path(os.environ["LAB6_DATA_DIR"])).first(IMAGES)
    half = functools.partial(network.build, hidden=(network.HIDDEN[0] // 2,))
    table = Columns("minibatch\nsize", *PARTS, "all")
    for size in SIZES:
        engine = Fused(Task(half, keras.optimizers.Adam, dataset, size))
        engine.prepare()
        engine.reset(0)
        data = engine._pixels, engine._labels, engine.order(), size, engine._common, engine._shares[0], engine._rule
        found = [microseconds(functools.partial(part, *data)) for part in PARTS.values()]
        table.add_row(str(size), *(f"{each:.2f}" for each in (*found, microseconds(engine.train_epoch))))
    Console().print(table)


if __name__ == "__main__":
    main()
