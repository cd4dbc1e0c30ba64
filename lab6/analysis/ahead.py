"""Thousands of files of results, read by several processes: others read ahead while this one reads the first files.

A worker reads its share into one frame in a temporary file, and ends. It says nothing of a file that it cannot read:
this process reads that one itself when its turn comes, so errors are the same, and in the same order, as without
workers. The same happens to all files of a worker that fails or cannot be started. A worker is a plain ``python -m
lab6.analysis.ahead``: it is not forked, which threads do not survive, and it does not import the program that asked for
the results.
"""

import contextlib
import functools
import gc
import itertools
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import IO, NamedTuple

import pandas as pd

from lab6.analysis import reading
from lab6.analysis.sources import File
from lab6.errors import ResultsError

PROCESSES = 4
"""The most that read at a time, this one included."""

SHARE = 500
"""Files that are worth a process; reading fewer takes no longer than starting it."""

HEAD_START = 1_000
"""Files that are read while another process starts."""


class Share(NamedTuple):
    """What a worker has read: the paths of its files, less those that it could not read, and their rounds."""

    paths: frozenset[str] = frozenset()
    rounds: pd.DataFrame | None = None


Told = Callable[[], Share]
"""Waits for a worker, and gives what it has read."""


class Others:
    """The workers. ``told``: who reads each file, by its path."""

    def __init__(self, told: dict[str, Told]) -> None:
        self._told = told

    def have_read(self, file: File) -> bool:
        """Whether this process need not read ``file``; waits for the worker whose share it is in."""
        return file.path in self._told and file.path in self._told[file.path]().paths

    def frames(self) -> list[pd.DataFrame]:
        """The rounds that they have read, as frames, in the order of the files."""
        shares = [told() for told in dict.fromkeys(self._told.values())]
        return [share.rounds for share in shares if share.rounds is not None]


def processes(files: int) -> int:
    """How many processes read that many ``files``, this one included."""
    return max(1, min(PROCESSES, _cores(), files // SHARE))


@contextlib.contextmanager
def others(files: Sequence[File]) -> Iterator[Others]:
    """Workers that read some of ``files`` from now on, while this process reads the first."""
    local = [file for file in files if file.is_local and not file.name.endswith(".parquet")]
    count = processes(len(local))
    head = HEAD_START if len(local) >= 2 * count * HEAD_START else 0
    ends = [head + (len(local) - head) * (place + 1) // count for place in range(count)]
    with contextlib.ExitStack() as stack:
        told: dict[str, Told] = {}
        with contextlib.suppress(OSError):  # no more processes, or no room for temporary files
            for start, end in itertools.pairwise(ends):
                share = local[start:end]
                told |= dict.fromkeys([file.path for file in share], stack.enter_context(_worker(share)))
        yield Others(told)


@contextlib.contextmanager
def _worker(files: Sequence[File]) -> Iterator[Told]:
    """Another process, which reads ``files`` from now on. Raises OSError where it cannot be started."""
    command = [sys.executable or "", "-P", "-m", "lab6.analysis.ahead"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as told:
        pickle.dump(files, asked)
        asked.seek(0)
        with subprocess.Popen(command, stdin=asked, stdout=told, stderr=subprocess.DEVNULL, env=environment) as process:
            try:
                yield functools.cache(lambda: _told(process, told))
            finally:
                process.kill()


def _told(process: subprocess.Popen[bytes], told: IO[bytes]) -> Share:
    """What a worker read, once it has ended; nothing where it failed."""
    if process.wait() != 0:
        return Share()
    told.seek(0)
    return Share(*pickle.load(told))


def _cores() -> int:
    """Logical cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _work() -> None:
    """A worker: from the files that are asked for to their rounds, less files that cannot be read."""
    gc.disable()  # it ends soon, and much that it makes stays
    paths, frames = set(), reading.Frames()
    for file in pickle.load(sys.stdin.buffer):
        with contextlib.suppress(ResultsError):
            frames.add(reading.run(file.name, file.read()))
            paths.add(file.path)
    finished = frames.finished()
    rounds = pd.concat(finished, ignore_index=True) if finished else None
    pickle.dump((frozenset(paths), rounds), sys.stdout.buffer, protocol=5)


if __name__ == "__main__":
    _work()
