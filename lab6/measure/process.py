"""A worker seen from the process that gives it commands: start it, read its answers, end it."""

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from lab6.measure.commands import PROTOCOL
from lab6.measure.spawned import Spawned
from lab6.measure.spawned import Unavailable as Unavailable
from lab6.measure.spawned import WorkerError as WorkerError
from lab6.measure.way import Way


class TooOld(WorkerError):
    """A worker of an earlier revision does not know what it is asked for."""


class Died(WorkerError):
    """A worker's process ended by itself, or was killed."""


class Process:
    """A worker. Commands can be given ahead of answers; each answer is that of the oldest command without one."""

    def __init__(self, way: Way, number: int = 1) -> None:
        """``number``: which of the run's processes it is, counted from 1; in a duet, which pair.

        Raises Unavailable if the interpreter cannot be started.
        """
        self.way = way
        self.number = number
        self.facts: dict[str, Any] = {}
        """The answer to ``start`` (see :meth:`lab6.measure.commands.Worker.start`)."""
        self.alive = True
        self._spawned = self._spawn()

    def _spawn(self) -> Spawned:
        cores = None if self.way.cores is None else list(self.way.cores)
        gpus = {"gpus": self.way.workers} if self.way.team else {}
        return Spawned(self.way, self.way.environment, cores=cores, **gpus)

    @property
    def cores(self) -> str | None:
        """The cores that it may use, such as ``0,1``."""
        return None if self.facts.get("cores") is None else ",".join(map(str, self.facts["cores"]))

    @property
    def identity(self) -> int:
        """Its process ID."""
        return self._spawned.process.pid

    def tell(self, do: str, **arguments: Any) -> None:
        """Give a command; :meth:`answer` waits for its answer."""
        self._spawned.tell(do, **arguments)

    def answer(self) -> dict[str, Any]:
        """Wait for the next answer. Raises Unavailable and WorkerError, each with one sentence."""
        try:
            answer: dict[str, Any] = json.loads(self._line())
        except (OSError, ValueError) as error:
            self.alive = False
            raise Died(f"process {self.number} of {self.way.title} {self._spawned.obituary()}.") from error
        if "unavailable" in answer:
            raise Unavailable(f"{self.way.title} cannot train here: {answer['unavailable']}")
        if "unexpected keyword argument 'goal'" in answer.get("failed", ""):
            raise TooOld(
                f"lab6 in {self.way.tree} cannot train to a target yet: give a later revision, or compare epochs with "
                "pytest benchmarks."
            )
        if "failed" in answer:
            raise WorkerError(f"{self.way.title} failed: {answer['failed']}")
        return answer

    def _line(self) -> str:
        """The next line of its answers; empty if it has ended."""
        return self._spawned.line()

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Give a command and wait for its answer. Raises Unavailable and WorkerError."""
        self.tell(do, **arguments)
        return self.answer()

    def started(self) -> None:
        """Wait until it has started. Raises Unavailable and WorkerError, also if its code is too old."""
        if self.facts:
            return
        try:
            self.facts = self.answer()
        except Died as error:
            if re.search(r"No module named (lab6\.measure\.worker\b|'lab6(\.measure)?')", str(error)):
                raise WorkerError(
                    f"--against: that revision (in {self.way.tree}) has no module lab6.measure.worker: give "
                    "a revision whose worker is there."
                ) from error
            raise
        if self.facts.get("protocol") != PROTOCOL:
            raise WorkerError(
                f"lab6 in {self.way.tree} speaks another protocol with its workers ({self.facts.get('protocol')}) than "
                f"this one ({PROTOCOL}): give a revision whose protocol is the same."
            )

    def wait(self) -> str:
        """Wait until it ends by itself; how it has died, empty if it left as it was told to."""
        code = self._spawned.process.wait()
        self.alive = False
        return self._spawned.obituary() if code else ""

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.alive = False
        self._spawned.end()


@contextlib.contextmanager
def ending(processes: list[Process]) -> Iterator[None]:
    """End all ``processes`` at the end, whatever happens, including those that were added meanwhile."""
    try:
        yield
    finally:
        for process in processes:
            process.end()


def together(processes: Iterable[Process], do: str, **arguments: Any) -> dict[Process, dict[str, Any] | WorkerError]:
    """Give the same command to all ``processes`` at once; each one's answer, or the error it ended with."""
    asked = list(processes)
    for process in asked:
        process.tell(do, **arguments)
    return {process: _answer(process) for process in asked}


def _answer(process: Process) -> dict[str, Any] | WorkerError:
    try:
        return process.answer()
    except WorkerError as error:
        return error
