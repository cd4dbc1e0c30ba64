"""``pytest benchmarks --against``: the code of the two sides, and the run in which they are compared."""

import datetime
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest
from rich.console import Console

from lab6.errors import OptionError
from lab6.measure import places, revision
from lab6.measure.book import Book
from lab6.measure.duet import BASELINE, CANDIDATE, Duets, Side
from lab6.measure.options import Options
from lab6.measure.plan import Case, Duet, Measured, Plan
from lab6.measure.process import Process, WorkerError
from lab6.measure.run import Run
from lab6.measure.summary import Summary
from lab6.measure.way import Way
from lab6.place import Place
from lab6.record import Record


class Verdicts(Protocol):
    """What a judge says of a duet."""

    def settled(self, case: Case) -> bool:
        """Whether a row needs no more pairs."""

    def sentence(self, case: Case) -> str:
        """Why a row fails; empty if it does not."""

    def show(self, console: Console) -> None:
        """Print all of it."""


Judge = Callable[[dict[str, Any], dict[str, Any], int], Verdicts]
"""From what is saved of baseline and candidate, and how many rows there will be, to the verdicts; called after each
pair."""


class Contest:
    """Baseline and candidate, their code in a temporary folder until :meth:`end`."""

    def __init__(self, options: Options, root: Path) -> None:
        """``root``: the folder that the candidate's code is imported from. Raises OptionError."""
        self.name = f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        """The name of this duet, which no other has."""
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
        if os.pathsep in f"{trees[0]}{trees[1]}":
            raise OptionError(
                f"{options.comparing}: Python cannot import code from {trees[1]}, because of the {os.pathsep!r} in its "
                "name: choose another folder, with TMPDIR if it is a temporary one."
            )
        programs = [str(folder / "programs-1"), str(folder / "programs-2")]
        return (
            Side(BASELINE, trees[0], options.against_python or sys.executable, programs[0], commit, root),
            Side(CANDIDATE, trees[1], sys.executable, programs[1], root=root),
        )

    def ways(self, engine: str, device: str) -> list[Way]:
        """How the two sides train in the first pair."""
        place = places.choose(device, self._options.one_threads)
        return [side.way(engine, device, place, number) for number, side in enumerate(self.sides)]

    @property
    def title(self) -> str:
        """What is compared with what."""
        baseline = self._options.against or "the same code"
        other = f" with {self._options.against_python}" if self._options.against_python else ""
        return f"the working tree with {baseline}{other}"

    def end(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()


class DuetRun(Run):
    """A run with two sides; its own tests are the candidate's."""

    spared = WorkerError  # a pair that was cut short costs itself alone

    def __init__(
        self, config: pytest.Config, plans: Sequence[Plan], started: list[Process], contest: Contest, judge: Judge
    ) -> None:
        """``plans``: the plan as it is for the baseline, and for the candidate; they differ in their machine."""
        super().__init__(config, plans[1], started)
        self.duets = Duets(plans[1], contest.sides, self.progress, self._start)
        self._verdicts: dict[tuple[str, ...], Verdicts] = {}
        """Of each group of tests, the last one's last."""
        self._baseline_plan = plans[0]
        self._contest = contest
        self._judge = judge
        self._theirs = Book(config, beside=True)
        self._baselines: dict[str, Measured] = {}
        self._baseline_file: Path | None = None

    def keep_only(self, way: Way) -> None:
        """End the processes that were started for other engines; see :meth:`Run.keep_only`."""
        for process in [each for each in self._started if each.way.engine != way.engine]:
            self._started.remove(process)
            process.end()

    def describe(self) -> list[str]:
        """What is compared, and how the two sides share the machine."""
        places = [f"Both train {device}: {place.sentence}." for device, place in self.duets.places.items()]
        work = self.plan.work
        named = [place for place in (work.model, work.optimizer) if isinstance(place, Place)]
        same = [
            f"{place.title} is outside of the repository, so it is the same on both sides."
            for place in named
            if Path(place.folder or place.module).is_absolute()
        ]
        return [f"Compares {self._contest.title}.", *same, *places]

    def groups(self, ways: Collection[Way]) -> list[list[str]]:
        """The tests, which are all measured together."""
        return [list(self.unmeasured())]

    def measure(self, group: Sequence[str]) -> None:
        """Play pairs until all rows are settled; see :meth:`Run.measure`."""
        self._baselines |= {nodeid: Measured(self.measured[nodeid].case) for nodeid in group}
        self.progress.total = None
        self.duets.play(
            [(self._baselines[nodeid], self.measured[nodeid]) for nodeid in group],
            lambda: self._settled(group),
        )

    def _settled(self, group: Sequence[str]) -> set[Case]:
        """Keep what the pair has added, and judge; the cases that need no more pairs."""
        played = [nodeid for nodeid in group if self.measured[nodeid].rounds]
        if not played:
            return set()
        for nodeid in played:
            self._enter(nodeid)
        self.keep()
        contents = self._their_content(played), self.content(played)
        verdicts = self._verdicts[tuple(group)] = self._judge(*contents, self.rows or len(group))
        cases = [self.measured[nodeid].case for nodeid in played]
        settled = {case for case in cases if verdicts.settled(case)}
        self.progress.print(f"pair {self.duets.pairs}: {len(settled)} of {len(group)} settled")
        return settled

    def _enter(self, nodeid: str) -> None:
        super()._enter(nodeid)
        own = self._baselines[nodeid]
        record = self._baseline_plan.record(own, duet=self._duet(own, BASELINE))
        self._theirs.enter(self._items[nodeid], self._title(nodeid), own.seconds, record)

    def _record(self, own: Measured) -> Record:
        return self.plan.record(own, duet=self._duet(own, CANDIDATE))

    def _duet(self, own: Measured, side: str) -> Duet:
        place = self.duets.places[own.case.way.device]
        return Duet(self._contest.name, side, place.played, place.threads)

    def keep(self) -> None:
        """Write both sides into files of their own, the baseline's first."""
        if self.name and self.storage:
            name = f"{self.name}-baseline"
            self._baseline_file = self.storage.keep(self._baseline_file, self._their_content(), name)
        super().keep()

    def finish(self, interrupted: bool) -> None:
        """Complete the baseline's file."""
        if self._baseline_file and self.storage:
            unfinished = {"unfinished": True} if interrupted else {}
            self.storage.rewrite(self._baseline_file, self._their_content() | unfinished)

    def sentence(self, case: Case) -> str:
        """Why a row fails; empty if it does not."""
        return list(self._verdicts.values())[-1].sentence(case) if self._verdicts else ""

    def show(self, summary: Summary, console: Console) -> None:
        """Print the verdicts, and ``summary`` without its table."""
        for verdicts in self._verdicts.values():
            console.print()
            verdicts.show(console)
        summary.show_the_rest(console, self._baseline_file)

    def _their_content(self, only: Collection[str] | None = None) -> dict[str, Any]:
        commit = self._contest.sides[0].commit
        info = self._commit_info | ({"id": commit, "dirty": False} if commit else {})
        return self._theirs.content(self._baseline_plan.machine, info, only)
