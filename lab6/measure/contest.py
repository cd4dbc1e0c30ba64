"""The two sides of ``pytest benchmarks --against``: their code, and their record beside each other."""

import datetime
import secrets
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console

from lab6.measure import places, revision
from lab6.measure.duet import BASELINE, CANDIDATE, Side
from lab6.measure.options import Options
from lab6.measure.plan import Case
from lab6.measure.process import Process, Unavailable


class Verdicts(Protocol):
    """What a judge says of a duet."""

    def settled(self, case: Case) -> bool:
        """Whether a row needs no more pairs."""

    def sentence(self, case: Case) -> str:
        """Why a row fails; empty if it does not."""

    def show(self, console: Console) -> None:
        """Print all of it."""


Judge = Callable[[dict[str, Any], dict[str, Any], int], Verdicts]
"""From what is saved of baseline and candidate, and how many rows there will be, to the verdicts; asked after each
pair."""


class Contest:
    """Baseline and candidate, their code in folders of its own until :meth:`end`."""

    def __init__(self, options: Options, root: Path) -> None:
        """``root``: the folder that the candidate's code is imported from. Raises OptionError."""
        self.name = f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        """Names this duet, among all that were ever measured."""
        self._options = options
        self._folder = tempfile.TemporaryDirectory(prefix="lab6-")
        try:
            self.sides = self._sides(root)
        except BaseException:
            self.end()
            raise

    def _sides(self, root: Path) -> tuple[Side, Side]:
        """Baseline and candidate. Raises OptionError."""
        options = self._options
        folder = Path(self._folder.name)
        trees, commit = (root, root), None
        if options.against is not None:
            commit = revision.commit(root, options.against)
            trees = revision.export(root, commit, folder / "1"), revision.snapshot(root, folder / "2")
        programs = [str(folder / "programs-1"), str(folder / "programs-2")]
        return (
            Side(BASELINE, trees[0], options.against_python or sys.executable, programs[0], commit),
            Side(CANDIDATE, trees[1], sys.executable, programs[1]),
        )

    def begin(self, engine: str, device: str) -> list[Process]:
        """Start both sides of the first pair. Raises Unavailable if one cannot be started."""
        place = places.choose(device, self._options.threads)
        started: list[Process] = []
        try:
            for number, side in enumerate(self.sides):
                started.append(Process(side.way(engine, device, place, number), 1))
        except Unavailable:
            for process in started:
                process.end()
            raise
        return started

    @property
    def title(self) -> str:
        """What is compared with what."""
        baseline = self._options.against or "the same code"
        other = f" with {self._options.against_python}" if self._options.against_python else ""
        return f"the working tree with {baseline}{other}"

    def end(self) -> None:
        """Remove the folders."""
        self._folder.cleanup()
