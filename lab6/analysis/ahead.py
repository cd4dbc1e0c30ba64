"""Thousands of files of results, read by several processes: others read ahead while this one reads the first files.

A worker reads its share into a temporary file, and ends. It says nothing of a file that it cannot read: this process
reads that one itself when its turn comes, so errors are the same, and in the same order, as without workers. The same
happens to all files of a worker that fails or cannot be started. A worker is a plain ``python -m lab6.analysis.ahead``:
it is not forked, which threads do not survive, and it does not import the program that asked for the results.
"""

import contextlib
import functools
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from lab6.analysis import saved_run
from lab6.analysis.saved_run import Run
from lab6.analysis.sources import File
from lab6.errors import ResultsError

PROCESSES = 4
"""The most that read at a time, this one included."""

SHARE = 500
"""Files that are worth a process; reading fewer takes no longer than starting it."""

Told = Callable[[], dict[str, Run]]
"""Waits for a worker, and gives the runs that it read, by the paths of their files."""


def processes(files: int) -> int:
    """How many processes read that many ``files``, this one included."""
    return max(1, min(PROCESSES, _cores(), files // SHARE))


@contextlib.contextmanager
def reader(files: Sequence[File]) -> Iterator[Callable[[File], Run]]:
    """What reads one of ``files``, in order, into the run that it holds, or raises ResultsError."""
    local = [file for file in files if file.is_local and not file.name.endswith(".parquet")]
    count = processes(len(local))
    shares = [local[len(local) * place // count : len(local) * (place + 1) // count] for place in range(count)]
    with contextlib.ExitStack() as stack:
        told: dict[str, Told] = {}
        with contextlib.suppress(OSError):  # no more processes, or no room for temporary files
            for share in shares[1:]:
                told |= dict.fromkeys([file.path for file in share], stack.enter_context(_worker(share)))

        def read(file: File) -> Run:
            found = told[file.path]().pop(file.path, None) if file.path in told else None
            return found or saved_run.run(file.name, file.read())

        yield read


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


def _told(process: subprocess.Popen[bytes], told: IO[bytes]) -> dict[str, Run]:
    """What a worker read, once it has ended; nothing where it failed."""
    if process.wait() != 0:
        return {}
    told.seek(0)
    runs: dict[str, Run] = pickle.load(told)
    return runs


def _cores() -> int:
    """Logical cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _work() -> None:
    """A worker: from the files that are asked for to their runs, less those that cannot be read."""
    runs = {}
    for file in pickle.load(sys.stdin.buffer):
        with contextlib.suppress(ResultsError):
            runs[file.path] = saved_run.run(file.name, file.read())
    pickle.dump(runs, sys.stdout.buffer)


if __name__ == "__main__":
    _work()
