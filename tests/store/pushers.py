"""Processes that push small runs, one after the other."""

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import pandas as pd

from lab6.store import push
from tests import saved
from tests.small import rounds

CONTEXT = multiprocessing.get_context("forkserver")  # imports pandas once, and forks without threads
CONTEXT.set_forkserver_preload([__name__])


def small(number: int) -> pd.DataFrame:
    """A run of two rounds; ``number``: its learning rate, less 1. Even and odd numbers are of two machines."""
    machine = {"label": f"machine {number % 2}"}
    return rounds(saved.run({10: ([1.0, 1.5], [0.9, 0.9])}, machine, learning_rate=1.0 + number))


def numbers(frame: pd.DataFrame) -> set[int]:
    """The numbers of the runs in a frame; each has both rounds, and each once."""
    counts = frame["learning_rate"].value_counts()
    assert set(counts) <= {2}
    return set(counts.index.astype(int) - 1)


def start(place: str, sets: Iterable[Iterable[int]], most: int = 3) -> tuple[BaseProcess, Connection]:
    """Start to push each set of runs, merging more than ``most`` files; the pipe tells which set is there."""
    here, there = CONTEXT.Pipe(duplex=False)
    aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    process = CONTEXT.Process(target=_push, args=(place, list(sets), most, aws, there))
    process.start()
    there.close()
    return process, here


def told(pipe: Connection) -> Iterator[set[int]]:
    """The sets whose pushes have finished, until the process ends."""
    try:
        while True:
            yield set(pipe.recv())
    except (EOFError, OSError):
        pipe.close()


def _push(place: str, sets: list[Iterable[int]], most: int, variables: Mapping[str, str], pipe: Connection) -> None:
    os.environ.update(variables)
    push.MOST_FILES = most
    pipe.send([])
    for own in sets:
        push.push(pd.concat(map(small, own), ignore_index=True), place)
        pipe.send(own)
