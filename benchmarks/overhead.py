"""What the harness adds to an epoch: ``python benchmarks/overhead.py`` prints a table. Exit code 1 for surely above 1%.

Bare rounds (reset, collect garbage, train, evaluate) and those that a worker measures (the same with memory and
processor time) take turns in one process, for some minutes. Compared are the seconds that would be saved.
"""

import gc
import math
import os
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats

from lab6.errors import Lab6Error
from lab6.measure.epoch import Epochs
from lab6.training import datasets, network
from lab6.training.engines import available, engine_class
from lab6.training.engines.engine import Engine, Task
from lab6.training.framework import keras

PAIRS = {1: 7, 10: 41, 100: 121, 1_000: 121, 60_000: 121}
"""Of neighbouring rounds, by minibatch size."""

MOST = 0.01
"""The share of an epoch that the harness may add."""


class Added(NamedTuple):
    """The bare epoch in seconds, and what the harness adds to it, with its 95% interval: shares of it."""

    epoch_seconds: float
    share: float
    low: float
    high: float


def bare(engine: Engine, seed: int) -> float:
    """The seconds of an epoch as they are without lab6's harness."""
    engine.reset(seed)
    gc.collect()
    gc.freeze()  # as the harness does
    start = time.perf_counter()
    engine.train_epoch()
    seconds = time.perf_counter() - start
    gc.unfreeze()
    engine.evaluate()
    return seconds


def compare(engine: Engine) -> Added:
    """Geometric means over pairs of neighbouring rounds; each kind comes first in half, since a machine drifts."""
    epochs = Epochs(engine)
    epochs.prepare(0)
    pairs = []
    for seed in range(PAIRS[engine.task.batch_size]):
        first = epochs.time_one(seed)[0] if seed % 2 else bare(engine, seed)
        second = bare(engine, seed) if seed % 2 else epochs.time_one(seed)[0]
        pairs.append((second, first) if seed % 2 else (first, second))
    logs = np.array([math.log(with_ / own) for own, with_ in pairs])
    half = float(stats.t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / math.sqrt(len(logs)))
    mean = float(logs.mean())
    return Added(statistics.median(own for own, _ in pairs), *map(math.expm1, (mean, mean - half, mean + half)))


def main() -> None:
    """Measure and print."""
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("LAB6_DATA_DIR")
    try:
        dataset = datasets.load("auto", Path(folder) if folder else None)
    except Lab6Error as error:
        sys.exit(str(error))
    framework = keras.backend.backend()
    table = Table(title=f"What the harness adds on {dataset.name}, means over pairs of rounds", box=None)
    for heading in ("minibatch\nsize", "pairs", "bare epoch\n(s)", "added", "95%\ninterval"):
        table.add_column(heading, justify="right")
    missed = False
    for size, pairs in PAIRS.items():
        task = Task(network.build, keras.optimizers.Adam, dataset, size)
        added = compare(engine_class(available(framework)[0], framework)(task))
        missed |= added.low > MOST
        cells = f"{added.epoch_seconds:.4f}", f"{added.share:+.2%}", f"{added.low:+.2%} to {added.high:+.2%}"
        table.add_row(f"{size:,}", str(pairs), *cells)
    Console().print(table)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
