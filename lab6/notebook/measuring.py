"""Measure without pytest: the workers, turns, clock and records of ``pytest benchmarks``."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import lab6
from lab6.errors import Lab6Error
from lab6.measure.planning import plan
from lab6.measure.process import Process, ending
from lab6.notebook.arguments import options, spoken
from lab6.notebook.session import Session, storage_for

TREE = Path(lab6.__file__).parents[1]
"""The folder that workers import lab6 from."""


def measure(
    model: str | Sequence[int] | Callable[[], Any] | None = None,
    data: str | Callable[[], Any] | Sequence[Any] = "auto",
    batch_sizes: Sequence[int] | None = None,
    *,
    engine: str = "compiled",
    optimizer: str | Callable[[], Any] = "adam",
    learning_rate: float | None = None,
    processes: int = 3,
    rounds: int = 1,
    threads: int | Sequence[int] | None = None,
    device: str = "cpu",
    images: int | None = None,
    seed: int = 0,
    longest: float = 120,
    save: str | None = None,
    machine: str | None = None,
) -> pd.DataFrame:
    """Time whole training epochs of each minibatch size, in processes of their own that take turns.

    ``model``: the lab's 784-128-10 network (None), the widths of other hidden layers, a function that returns a new
    Keras model, or its place, such as ``"mymodels.py:small"``. A function may be one of this notebook.
    ``data``: the name of a data set, the place of one's own (see ``--dataset``), a function that returns four arrays,
    or the arrays: ((x_train, y_train), (x_test, y_test)).
    ``batch_sizes``: by default powers of ten, and all images.
    ``engine``, ``processes``, ``rounds`` in each of them, ``threads``, ``device``, ``images``, ``seed``: as the options
    of ``pytest benchmarks``.
    ``optimizer``: Keras's name of it, a function that returns one, or its place; ``learning_rate``: None for its own.
    ``longest``: sizes whose epoch would take more seconds are skipped.
    ``save``: a name under which the run is saved in ``results``, where ``lab6 report`` finds it; None saves nothing.
    ``machine``: what to call this machine.

    Returns the tidy frame of :func:`lab6.load`, a row a round. If it is interrupted, it returns the rounds that are
    finished, marked as ``unfinished``; without any, KeyboardInterrupt goes on. Raises Lab6Error, in one sentence.
    """
    given = {
        "model": model,
        "dataset": data,
        "batch_sizes": batch_sizes,
        "engines": engine,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "processes": processes,
        "rounds": rounds,
        "threads": threads,
        "devices": device,
        "images": images,
        "seed": seed,
        "longest": longest,
        "machine": machine,
    }
    started: list[Process] = []
    try:
        with tempfile.TemporaryDirectory(prefix="lab6-") as folder, ending(started):
            chosen = options(given, TREE, Path(folder))
            storage = None if save is None else storage_for(chosen.machine, save)
            return Session(plan(chosen, TREE, started), started, storage, save or "").run()
    except Lab6Error as error:
        raise type(error)(spoken(str(error))) from error
