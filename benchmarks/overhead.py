"""What the harness adds to an epoch: ``python benchmarks/overhead.py`` prints a table. Exit code 1 for surely above 1%.

Bare rounds (reset, collect garbage, train, evaluate) and measured ones (the same with memory and processor time, live
progress and a journal on disk) take turns in one process, for some minutes. Compared are the seconds that would be
saved, and those of the rest of the round.
"""

import datetime
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from lab6.analysis import bootstrap
from lab6.errors import Lab6Error
from lab6.measuring.epoch import Epochs
from lab6.measuring.journal import Journal, Run
from lab6.measuring.progress import Progress
from lab6.training import datasets, network
from lab6.training.engines import available, engine_class
from lab6.training.engines.engine import Engine, Task
from lab6.training.framework import keras

PAIRS = {1: 7, 10: 41, 100: 121, 1_000: 121, 60_000: 121}
"""Of neighbouring rounds, by minibatch size."""

MOST = 0.01
"""The share of an epoch that the harness may add."""

Seconds = tuple[float, float]
"""Of the epoch, and of the whole round with it."""


def bare(engine: Engine, seed: int) -> Seconds:
    """A round as it is without lab6's harness."""
    begin = time.perf_counter()
    engine.reset(seed)
    gc.collect()
    gc.freeze()  # as the harness does
    start = time.perf_counter()
    engine.train_epoch()
    seconds = time.perf_counter() - start
    gc.unfreeze()
    engine.evaluate()
    return seconds, time.perf_counter() - begin


def measured(engine: Engine, folder: Path, progress: Progress) -> Callable[[], Seconds]:
    """Rounds as ``pytest benchmarks`` measures them, but for pytest-benchmark's own call of the epoch."""
    run = Run(machine_info={}, commit_info={}, version="", began_at=datetime.datetime.now(datetime.UTC), workload="")
    journal = Journal(folder, run, print)
    benchmark = journal.begin({})
    epochs = Epochs(engine, range(PAIRS[engine.task.batch_size]), progress)

    def once() -> Seconds:
        begin = time.perf_counter()
        seconds = epochs.time_one()
        journal.add(epochs.rounds[-1], seconds, benchmark)
        return seconds, time.perf_counter() - begin

    return once


class Added(NamedTuple):
    """What the harness adds inside the clock, with its 95% interval, and around it: shares of the bare epoch."""

    epoch_seconds: float
    inside: float
    low: float
    high: float
    around: float


def compare(engine: Engine) -> Added:
    """Medians over pairs of neighbouring rounds; each kind comes first in half, for the speed of machines drifts."""
    progress = Progress(Console(file=sys.stderr, force_terminal=True), total=1)  # live, wherever it goes
    with tempfile.TemporaryDirectory() as name, progress.benchmark(f"minibatch size {engine.task.batch_size:,}"):
        once = measured(engine, Path(name), progress)
        pairs = []
        for seed in range(PAIRS[engine.task.batch_size]):
            first = once() if seed % 2 else bare(engine, seed)
            second = bare(engine, seed) if seed % 2 else once()
            pairs.append((second, first) if seed % 2 else (first, second))
    epoch = statistics.median(own[0] for own, _ in pairs)
    inside = np.array([with_[0] / own[0] - 1 for own, with_ in pairs])
    low, high = bootstrap.percentile_interval(bootstrap.medians(inside, np.zeros(len(inside), dtype=object)))
    around = statistics.median((with_[1] - with_[0]) - (own[1] - own[0]) for own, with_ in pairs)
    return Added(epoch, float(np.median(inside)), low, high, around / epoch)


def main() -> None:
    """Measure and print."""
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("LAB6_DATA_DIR")
    try:
        dataset = datasets.load("auto", Path(folder) if folder else None)
    except Lab6Error as error:
        sys.exit(str(error))
    framework = keras.backend.backend()
    table = Table(title=f"What the harness adds on {dataset.name}, medians over pairs of rounds", box=None)
    for heading in (
        "minibatch\nsize",
        "pairs",
        "bare epoch\n(s)",
        "added inside\nthe clock",
        "95%\ninterval",
        "around\nit",
    ):
        table.add_column(heading, justify="right")
    missed = False
    for size, pairs in PAIRS.items():
        engine = engine_class(available(framework)[0], framework)(
            Task(network.build, keras.optimizers.Adam, dataset, size)
        )
        engine.prepare()
        added = compare(engine)
        missed |= added.low > MOST
        interval = f"{added.low:+.1%} to {added.high:+.1%}"
        table.add_row(
            f"{size:,}",
            f"{pairs}",
            f"{added.epoch_seconds:.4f}",
            f"{added.inside:+.2%}",
            interval,
            f"{added.around:+.1%}",
        )
    Console().print(table)
    sys.exit(int(missed))


if __name__ == "__main__":
    main()
