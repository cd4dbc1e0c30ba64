"""A worker seen from the process that gives it commands: start it, read its answers, end it."""

import contextlib
import json
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from lab6 import settings
from lab6.errors import Lab6Error
from lab6.measure.way import Way
from lab6.measure.worker import PROTOCOL

GRACE_SECONDS = 5.0
"""The time in which a process that answers no more should end, so that its exit code is known."""


class WorkerError(Lab6Error):
    """A worker could not do a command, or died; others go on."""


class Unavailable(WorkerError):
    """This machine lacks what a way to train needs."""


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
        """The answer to ``start`` (see :meth:`lab6.measure.worker.Worker.start`)."""
        self.alive = True
        self._stderr = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  # closed by end()
        try:
            self._process = subprocess.Popen(
                way.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                text=True,
                env=way.environment,
                start_new_session=True,  # Ctrl-C in a terminal does not reach it
            )
        except OSError as error:
            self._stderr.close()
            raise Unavailable(
                f"{way.title} cannot train here: {way.python} cannot be started ({error.strerror})."
            ) from error
        self.tell(
            "start",
            engine=way.engine,
            backend=way.backend,
            device=way.device,
            place=way.place,
            cores=None if way.cores is None else list(way.cores),
        )

    @property
    def cores(self) -> str | None:
        """The cores that it may use, such as ``0,1``."""
        return None if self.facts.get("cores") is None else ",".join(map(str, self.facts["cores"]))

    @property
    def identity(self) -> int:
        """Its process ID."""
        return self._process.pid

    def tell(self, do: str, **arguments: Any) -> None:
        """Give a command; :meth:`answer` waits for its answer."""
        assert self._process.stdin, "a pipe"
        with contextlib.suppress(OSError):  # it has died, which answer() notices
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Wait for the next answer. Raises Unavailable and WorkerError, each with one sentence."""
        assert self._process.stdout, "a pipe"
        try:
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        except (OSError, ValueError) as error:
            raise Died(self._obituary()) from error
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

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.alive = False
        self._process.kill()
        self._process.communicate()
        self._stderr.close()

    def _obituary(self) -> str:
        """How a process that no longer answers has died, with the last line of its errors, and the setting it names."""
        self.alive = False
        try:
            how = _end(self._process.wait(GRACE_SECONDS))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            how = "gave an answer that is not in the protocol, and was ended"
        self._stderr.seek(0)
        lines = [line for line in self._stderr.read().splitlines() if line.strip()]
        fatal = [number for number, line in enumerate(lines) if re.match(r"F\d{4} ", line)]
        last = fatal[0] if fatal else len(lines) - 1  # a stack trace follows, or the usage of all flags
        words = [re.sub(r"^[IWEF]\d{4} [^\]]*\] ", "", line)[:300].rstrip(" .") for line in lines[: last + 2]]
        said = [f"last line of its errors: {words[last]}"] if words else []
        blamed = settings.blamed(self.way.inherited, " ".join(words[-3:]))
        return f"{'; '.join([f'process {self.number} of {self.way.title} {how}', *said, *blamed])}."


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


def _end(code: int) -> str:
    """How a process with this exit code ended; a code below zero is the number of a signal."""
    if code >= 0:
        return f"ended with exit code {code}"
    memory = "; out of memory, perhaps" if code == -signal.SIGKILL else ""
    return f"was killed ({signal.Signals(-code).name}){memory}"
