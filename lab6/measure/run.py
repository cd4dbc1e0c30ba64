"""One run of ``pytest benchmarks``: which tests are measured together, what is kept of them, and where."""

import functools
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from lab6.limit import Ceilings
from lab6.measure import book, table
from lab6.measure.book import Book
from lab6.measure.contest import Contest, Judge, Verdicts
from lab6.measure.duet import BASELINE, CANDIDATE, Duets
from lab6.measure.plan import Case, Duet, Measured, Plan
from lab6.measure.plugin import UNNAMED
from lab6.measure.process import Process
from lab6.measure.progress import Progress, duration
from lab6.measure.storage import ResultsStorage
from lab6.measure.turns import Turns
from lab6.measure.way import Way
from lab6.record import Record


class Run:
    """The tests of a run, each with its case, and what was measured of them."""

    def __init__(self, config: pytest.Config, plan: Plan, progress: Progress, started: list[Process]) -> None:
        """``started``: processes that run already, taken before new ones are started."""
        self.plan = plan
        self.results: dict[str, table.Result] = {}
        self.measured: dict[str, Measured] = {}
        self._config = config
        self.progress = progress
        self._started = started
        self._items: dict[str, pytest.Item] = {}
        self._ceilings: dict[str, Ceilings] = {}
        self._own = Book(config)
        self._file: Path | None = None

    def expect(self, cases: Sequence[tuple[pytest.Item, Case]]) -> None:
        """What is going to be measured."""
        self._items = {item.nodeid: item for item, _ in cases}
        self.measured = {item.nodeid: Measured(case) for item, case in cases}

    def fixture(self, nodeid: str) -> BenchmarkFixture:
        """pytest-benchmark's fixture of a test."""
        return self._own.fixture(self._items[nodeid], self._title(nodeid))

    def measure(self, group: Sequence[str]) -> None:
        """Measure the tests of a ``group`` together; what is finished is kept also when it is interrupted."""
        processes, rounds = self.plan.options.processes, self.plan.options.rounds or 1
        if self._disabled:
            processes, rounds = 1, 1
        self.progress.total = len({self.measured[nodeid].case.batch_size for nodeid in group})
        self.progress.count = 0
        turns = Turns(self.plan, self.progress, lambda own: self._finished(own, group, processes * rounds), self._start)
        turns.ceilings = self._ceilings
        turns.run([self.measured[nodeid] for nodeid in group], processes, rounds)

    def _finished(self, own: Measured, group: Sequence[str], rounds: int) -> None:
        """A round of ``own`` is finished, of so many."""
        if self._disabled:
            return
        nodeid = next(nodeid for nodeid in group if self.measured[nodeid] is own)
        self._enter(nodeid)
        self.keep()
        if len(own.rounds) == rounds:
            result = self.results[nodeid]
            accuracy = table.accuracy(result.test_accuracies)
            mark = ", disturbed" if result.disturbed(self.plan.machine.usable_cores) else ""
            self.progress.print(f"{result.title}: {duration(result.median)}, test accuracy {accuracy}{mark}")

    def _enter(self, nodeid: str) -> None:
        """Give what was measured of a test so far to pytest-benchmark."""
        own = self.measured[nodeid]
        record = self._record(own)
        self.fixture(nodeid)
        self._own.enter(self._items[nodeid], own.seconds, record)
        self.results[nodeid] = table.Result(record, tuple(own.seconds))

    def _record(self, own: Measured) -> Record:
        return self.plan.record(own, self._ceilings.get(own.case.way.device))

    def keep(self) -> None:
        """Write what is finished into the run's file, if it is going to be saved."""
        storage = book.session(self._config).storage
        if self.name and isinstance(storage, ResultsStorage):
            self._file = storage.saved = storage.keep(self._file, self.content(), self.name)

    def finish(self, interrupted: bool) -> None:
        """Bring the files that pytest-benchmark does not save to their end."""

    def content(self) -> dict[str, Any]:
        """What is saved of it."""
        return self._own.content(book.machine_info(self._config, self.plan.machine), self._commit_info)

    @functools.cached_property
    def _commit_info(self) -> dict[str, Any]:
        return book.commit_info(self._config)

    @property
    def name(self) -> str | None:
        """What it is saved as; after its work and engines if no name was given; None if it is not saved."""
        session = book.session(self._config)
        given: str | None = session.save or session.autosave
        if given != UNNAMED:
            return given
        engines = dict.fromkeys(each.case.way.engine for each in self.measured.values())
        return "-".join([self.plan.workload, *engines])

    @property
    def _disabled(self) -> bool:
        return bool(book.session(self._config).disabled)

    def _title(self, nodeid: str) -> str:
        way = self.measured[nodeid].case.way
        return f"{self.plan.workload}: one epoch with {way.engine} on {way.device}"

    def _start(self, way: Way, number: int) -> Process:
        """A process that runs already, or a new one."""
        for process in self._started:
            if (process.way, process.number) == (way, number):
                self._started.remove(process)
                return process
        return Process(way, number)


class DuetRun(Run):
    """A run with two sides; this one's own tests are the candidate's."""

    def __init__(
        self,
        config: pytest.Config,
        plans: tuple[Plan, Plan],
        progress: Progress,
        started: list[Process],
        contest: Contest,
        judge: Judge,
    ) -> None:
        """``plans``: the plan as it is for the baseline, and for the candidate; they differ in their machine."""
        super().__init__(config, plans[1], progress, started)
        self.verdicts: Verdicts | None = None
        self.duets = Duets(plans[1], contest.sides, progress, self._start)
        self._baseline_plan = plans[0]
        self._contest = contest
        self._judge = judge
        self._theirs = Book(config, beside=True)
        self._baselines: dict[str, Measured] = {}
        self.baseline_file: Path | None = None

    def measure(self, group: Sequence[str]) -> None:
        """Play pairs until all rows are settled; see :meth:`Run.measure`."""
        self._baselines = {nodeid: Measured(self.measured[nodeid].case) for nodeid in group}
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
        self.verdicts = self._judge(self._their_content(), self.content(), len(group))
        cases = [self.measured[nodeid].case for nodeid in played]
        settled = {case for case in cases if self.verdicts.settled(case)}
        self.progress.print(f"pair {self.duets.pairs}: {len(settled)} of {len(group)} settled")
        return settled

    def _enter(self, nodeid: str) -> None:
        super()._enter(nodeid)
        own = self._baselines[nodeid]
        record = self._baseline_plan.record(own, None, self._duet(own, BASELINE))
        self._theirs.fixture(self._items[nodeid], self._title(nodeid))
        self._theirs.enter(self._items[nodeid], own.seconds, record)

    def _record(self, own: Measured) -> Record:
        return self.plan.record(own, None, self._duet(own, CANDIDATE))

    def _duet(self, own: Measured, side: str) -> Duet:
        place = self.duets.places[own.case.way.device]
        return Duet(self._contest.name, side, place.played, place.threads)

    def keep(self) -> None:
        """Write both sides into files of their own, the baseline's first."""
        storage = book.session(self._config).storage
        if self.name and isinstance(storage, ResultsStorage):
            self.baseline_file = storage.keep(self.baseline_file, self._their_content(), f"{self.name}-baseline")
        super().keep()

    def finish(self, interrupted: bool) -> None:
        """See :meth:`Run.finish`: the baseline's own file."""
        storage = book.session(self._config).storage
        if self.baseline_file and isinstance(storage, ResultsStorage):
            storage.rewrite(self.baseline_file, self._their_content() | ({"unfinished": True} if interrupted else {}))

    def _their_content(self) -> dict[str, Any]:
        commit = self._contest.sides[0].commit
        info = self._commit_info | ({"id": commit, "dirty": False} if commit else {})
        return self._theirs.content(book.machine_info(self._config, self._baseline_plan.machine), info)


def groups(run: Run, ways: Collection[Way]) -> list[list[str]]:
    """The tests that are measured together: of a way; of all of ``ways``, which take turns; of a whole duet."""
    found: dict[object, list[str]] = {}
    for nodeid, each in run.measured.items():
        together = isinstance(run, DuetRun) or each.case.way in ways
        found.setdefault("all" if together else each.case.way, []).append(nodeid)
    return list(found.values())
