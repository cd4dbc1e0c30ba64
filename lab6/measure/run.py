"""One run of ``pytest benchmarks``: which tests are measured together, what is kept of them, and where."""

import dataclasses
import functools
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from rich.console import Console

from lab6.limit import Ceilings
from lab6.measure import book, table
from lab6.measure.book import Book
from lab6.measure.plan import Case, Measured, Plan
from lab6.measure.plugin import UNNAMED
from lab6.measure.process import Died, Process, WorkerError
from lab6.measure.progress import Progress, duration
from lab6.measure.storage import ResultsStorage
from lab6.measure.summary import Summary
from lab6.measure.team import Lost, start
from lab6.measure.turns import Device, Turns, device_of
from lab6.measure.way import Way
from lab6.measure.work import Data
from lab6.record import Record


class Run:
    """The tests of a run, each with its case, and what was measured of them."""

    spared: type[WorkerError] = Died
    """Problems of a test that do not fail it, as long as it has rounds."""

    def __init__(self, config: pytest.Config, plan: Plan, started: list[Process]) -> None:
        """``started``: processes that run already, taken before new ones are started."""
        self.plan = plan
        self.progress = Progress(book.console_of(config), total=0)
        self.results: dict[str, table.Result] = {}
        self.measured: dict[str, Measured] = {}
        self.rows: int | None = None
        """How many tests will be measured; None for those that are known."""
        self._config = config
        self._started = started
        self._items: dict[str, pytest.Item] = {}
        self._ceilings: dict[Device, Ceilings] = {}
        self._own = Book(config)
        self._file: Path | None = None

    def expect(self, cases: Sequence[tuple[pytest.Item, Case]]) -> None:
        """Set the tests that will be measured, with their cases."""
        self._items = {item.nodeid: item for item, _ in cases}
        self.measured = {item.nodeid: Measured(case) for item, case in cases}

    def add(self, item: pytest.Item, case: Case, fixture: BenchmarkFixture) -> None:
        """Add a test that has begun, with its case and pytest-benchmark's fixture."""
        self._items[item.nodeid] = item
        self.measured[item.nodeid] = Measured(case)
        self._own.adopt(fixture, self._title(item.nodeid))

    def process(self, way: Way) -> Process:
        """A process of this way that has started, and is kept for the first benchmark of it. Raises WorkerError."""
        process = self._start(way, 1)
        self._started.insert(0, process)
        process.started()
        return process

    def keep_only(self, way: Way) -> None:
        """End the processes that were started for other ways: on a GPU, they would hold its memory."""
        for process in [each for each in self._started if each.way != way]:
            self._started.remove(process)
            process.end()

    def result(self, nodeid: str) -> table.Result:
        """The result of a test that has rounds, also if they are not kept."""
        own = self.measured[nodeid]
        return self.results.get(nodeid) or self._result(own, self._record(own))

    def describe(self) -> list[str]:
        """What to say of it beforehand, in lines."""
        return ["Nothing is timed: --benchmark-disable trains each benchmark once."] if self._disabled else []

    def fixture(self, nodeid: str) -> BenchmarkFixture:
        """pytest-benchmark's fixture of a test."""
        return self._own.fixture(self._items[nodeid], self._title(nodeid))

    def groups(self, ways: Collection[Way]) -> list[list[str]]:
        """The tests that are measured together: those of a way, and those of all ``ways``, which take turns.

        Epochs and runs to a target are measured apart.
        """
        found: dict[object, list[str]] = {}
        for nodeid, each in self.unmeasured().items():
            way = "all" if each.case.way in ways else each.case.way
            found.setdefault((way, each.case.goal is None), []).append(nodeid)
        return list(found.values())

    def unmeasured(self) -> dict[str, Measured]:
        """The tests that nothing was tried for."""
        return {nodeid: own for nodeid, own in self.measured.items() if not own.prepared and not own.problems}

    def measure(self, group: Sequence[str]) -> None:
        """Measure the tests of a ``group`` together; finished rounds are kept even if it is interrupted."""
        cases = [self.measured[nodeid].case for nodeid in group]
        repeats = self.plan.repeats(cases[0])
        if self._disabled:
            repeats = dataclasses.replace(repeats, processes=1, rounds=1)
        rounds = repeats.processes * repeats.rounds
        self.progress.total = len({(case.batch_size, case.goal) for case in cases})
        turns = Turns(self.plan, self.progress, lambda own: self._finished(own, group, rounds), self._start)
        turns.ceilings = self._ceilings
        turns.run([self.measured[nodeid] for nodeid in group], repeats)

    def _finished(self, own: Measured, group: Sequence[str], rounds: int) -> None:
        """Keep a finished round of ``own``, and print a line after the last of its ``rounds``."""
        if self._disabled:
            return
        nodeid = next(nodeid for nodeid in group if self.measured[nodeid] is own)
        self._enter(nodeid)
        self.keep()
        if len(own.rounds) == rounds:
            result = self.results[nodeid]
            mark = ", disturbed" if result.disturbed(self.plan.machine.usable_cores) else ""
            self.progress.print(f"{own.case.title}: {duration(result.median)}, {result.found}{mark}")

    def _enter(self, nodeid: str) -> None:
        """Give what was measured of a test so far to pytest-benchmark."""
        own = self.measured[nodeid]
        record = self._record(own)
        self._own.enter(self._items[nodeid], self._title(nodeid), own.seconds, record)
        self.results[nodeid] = self._result(own, record)

    def _result(self, own: Measured, record: Record) -> table.Result:
        return table.Result(
            record, tuple(own.seconds), own.case.predicted, own.case.is_keras_default, own.case.way.note
        )

    def _record(self, own: Measured) -> Record:
        return self.plan.record(own, self._ceilings.get(device_of(own.case)))

    def keep(self) -> None:
        """Write what is finished into the run's file, if it is going to be saved."""
        if self.name and self.storage:
            self._file = self.storage.saved = self.storage.keep(self._file, self.content(), self.name)

    def finish(self, interrupted: bool) -> None:
        """Complete the files that pytest-benchmark does not save."""

    @property
    def is_cut_off(self) -> bool:
        """Whether it ended before its time, because workers that train together lost one of them."""
        return any(isinstance(problem, Lost) for own in self.measured.values() for problem in own.problems)

    def sentence(self, case: Case) -> str:
        """Why a case fails although it was measured; empty if it does not."""
        return ""

    def show(self, summary: Summary, console: Console) -> None:
        """Print ``summary``."""
        summary.show(console)

    def content(self, only: Collection[str] | None = None) -> dict[str, Any]:
        """What is saved of it; ``only``: of these tests."""
        return self._own.content(self.plan.machine, self._commit_info, only)

    @property
    def datasets(self) -> list[Data]:
        """The data that were trained on, in their order."""
        return list(dict.fromkeys(own.case.data for own in self.measured.values()))

    @property
    def identity(self) -> str:
        """The name that the run is saved with."""
        return self._own.name

    @functools.cached_property
    def _commit_info(self) -> dict[str, Any]:
        return book.commit_info(self._config)

    @property
    def storage(self) -> ResultsStorage | None:
        """Where it is saved; None if that is not lab6's storage."""
        storage = book.session(self._config).storage
        return storage if isinstance(storage, ResultsStorage) else None

    @property
    def name(self) -> str | None:
        """What it is saved as: the given name, or one from its work and engines; None if it is not saved."""
        session = book.session(self._config)
        given: str | None = session.save or session.autosave
        if given != UNNAMED:
            return given
        cases = [own.case for nodeid, own in self.measured.items() if self.rows is None or nodeid in self.results]
        return "-".join(dict.fromkeys([*(case.workload for case in cases[:1]), *(case.way.engine for case in cases)]))

    @property
    def _disabled(self) -> bool:
        return bool(book.session(self._config).disabled)

    def _title(self, nodeid: str) -> str:
        case = self.measured[nodeid].case
        what = f"to {case.goal.target:g}" if case.goal else "one epoch"
        note = f" {case.way.note}" if case.way.note else ""
        return f"{case.workload}: {what} with {case.way.engine}{note} on {case.way.device}"

    def _start(self, way: Way, number: int) -> Process:
        """A process that runs already, or a new one."""
        for process in self._started:
            if (process.way, process.number) == (way, number):
                self._started.remove(process)
                return process
        return start(way, number)
