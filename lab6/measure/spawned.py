"""The process of a worker: its pipes, and how it ended."""

import contextlib
import json
import re
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from typing import Any

from lab6 import settings
from lab6.errors import Lab6Error
from lab6.measure.way import Way

GRACE_SECONDS = 5.0
"""The time in which a process that answers no more should end, so that its exit code is known."""


class WorkerError(Lab6Error):
    """A worker could not do a command, or died; others go on."""


class Unavailable(WorkerError):
    """This machine lacks what a way to train needs."""


class Spawned:
    """A process that trains in one way."""

    def __init__(self, way: Way, environment: Mapping[str, str], **place: Any) -> None:
        """``place``: arguments of :meth:`lab6.measure.commands.Worker.start`, beside or instead of those of the way.

        Raises Unavailable if the interpreter cannot be started.
        """
        self._way = way
        self._stderr = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  # closed by end()
        try:
            self.process = subprocess.Popen(
                way.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                text=True,
                env=environment,
                start_new_session=True,  # Ctrl-C in a terminal does not reach it
            )
        except OSError as error:
            self._stderr.close()
            raise Unavailable(
                f"{way.title} cannot train here: {way.python} cannot be started ({error.strerror})."
            ) from error
        own = {"engine": way.engine, "backend": way.backend, "device": way.device, "place": way.place}
        self.tell("start", **(own | place))

    def tell(self, do: str, **arguments: Any) -> None:
        """Give a command."""
        assert self.process.stdin, "a pipe"
        with contextlib.suppress(OSError):  # it has died, which is noticed when its answer is missing
            self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self.process.stdin.flush()

    def line(self) -> str:
        """The next line of its answers; empty if it has ended."""
        assert self.process.stdout, "a pipe"
        return self.process.stdout.readline()

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.communicate()
        self._stderr.close()

    def errors(self) -> list[str]:
        """The lines of its errors."""
        self._stderr.seek(0)
        return [line for line in self._stderr.read().splitlines() if line.strip()]

    def obituary(self) -> str:
        """How a process that no longer answers has died, with the last line of its errors, and the setting it names."""
        try:
            how = _end(self.process.wait(GRACE_SECONDS))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            how = "gave an answer that is not in the protocol, and was ended"
        lines = self.errors()
        fatal = [number for number, line in enumerate(lines) if re.match(r"F\d{4} ", line)]
        last = fatal[0] if fatal else len(lines) - 1  # a stack trace follows, or the usage of all flags
        words = [re.sub(r"^[IWEF]\d{4} [^\]]*\] ", "", line)[:300].rstrip(" .") for line in lines[: last + 2]]
        said = [f"last line of its errors: {words[last]}"] if words else []
        blamed = settings.blamed(self._way.inherited, " ".join(words[-3:]))
        return "; ".join([how, *said, *blamed])


def _end(code: int) -> str:
    """How a process with this exit code ended; a code below zero is the number of a signal."""
    if code >= 0:
        return f"ended with exit code {code}"
    memory = "; out of memory, perhaps" if code == -signal.SIGKILL else ""
    return f"was killed ({signal.Signals(-code).name}){memory}"
