"""A worker's process, as the one that asks sees it."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.peers.peer import Unavailable
from benchmarks.peers.ways import Way
from lab6.errors import Lab6Error

ROOT = Path(__file__).parent.parent.parent
"""Where the package ``benchmarks`` is."""


class WorkerError(Lab6Error):
    """A way to train failed, or its process died; the others go on."""


class Process:
    """Trains in one way, in a process of its own that ends with this one, and that Ctrl-C reaches only from here."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self._log = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  # closed by end()
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.peers.worker", way.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=os.environ | way.environment | {"PYTHONPATH": path},
            start_new_session=True,
        )

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Give a command of :class:`benchmarks.peers.worker.Worker`, and wait for its answer.

        Raises Unavailable and WorkerError, each with one sentence.
        """
        assert self._process.stdin, "a pipe"
        assert self._process.stdout, "a pipe"
        try:
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        except (OSError, ValueError) as error:
            raise WorkerError(self._obituary()) from error
        if "unavailable" in answer:
            raise Unavailable(answer["unavailable"])
        if "failed" in answer:
            raise WorkerError(answer["failed"])
        return answer

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def _obituary(self) -> str:
        self._process.kill()  # nobody speaks to it any more, if it lives
        code = self._process.wait()
        self._log.seek(0)
        said = [line for line in self._log.read().splitlines() if line.strip()]
        last = f"; it last said: {said[-1][:300]}" if said else ""
        return f"the process of {self.way.name} died with exit code {code}{last}."
