"""One run without pytest: what is measured of it, how it is saved, and its frame."""

import functools
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
from pytest_benchmark import __version__ as pytest_benchmark_version
from pytest_benchmark.logger import Logger
from pytest_benchmark.plugin import pytest_benchmark_generate_machine_info
from pytest_benchmark.stats import Stats
from pytest_benchmark.utils import get_commit_info
from rich.console import Console

from lab6 import disturbance
from lab6.errors import ResultsError
from lab6.measure import machine, table
from lab6.measure.plan import Measured, Plan, TooLong
from lab6.measure.process import Died, Process
from lab6.measure.progress import duration
from lab6.measure.storage import ResultsStorage
from lab6.measure.summary import describe_dataset
from lab6.measure.turns import Turns, device_of
from lab6.measure.way import Way
from lab6.notebook.progress import CellProgress, SpokenProgress
from lab6.probe import probe
from lab6.record import Record
from lab6.store import run
from lab6.store.sources import DEFAULT


class Session:
    """Measures all cases of a plan."""

    def __init__(self, plan: Plan, started: list[Process], storage: ResultsStorage | None, name: str) -> None:
        """``started``: processes that run already. ``storage``: where the run is saved as ``name``; None: nowhere."""
        self.plan = plan
        self.measured = [Measured(case) for case in plan.cases()]
        self._started = started
        self._storage = storage
        self._name = name
        self._identity = secrets.token_hex(8)
        console = Console(stderr=True, highlight=False)
        self._progress = (CellProgress if console.is_jupyter else SpokenProgress)(console, len(self.measured))
        self._turns = Turns(plan, self._progress, self._finished, self._start)

    def run(self) -> pd.DataFrame:
        """Measure; the tidy frame of what is finished. Raises WorkerError and KeyboardInterrupt if nothing is."""
        plan, interrupted = self.plan, False
        data = self.measured[0].case.data
        self._progress.print(describe_dataset(data).removesuffix(f", {data.source}"))
        if busy := disturbance.warning(plan.load, plan.machine.usable_cores):
            self._progress.print(busy)
        try:
            with self._progress.live():
                for _, group in groupby(self.measured, lambda each: each.case.way):
                    self._turns.run(list(group), plan.options.repeats())
        except KeyboardInterrupt:
            if not any(each.rounds for each in self.measured):
                raise KeyboardInterrupt from None
            interrupted = True
            self._progress.print("Interrupted: the rounds that are finished are kept.")
        self._report_problems()
        return self._frame(interrupted)

    def _start(self, way: Way, number: int) -> Process:
        """A process that runs already, or a new one."""
        for process in self._started:
            if (process.way, process.number) == (way, number):
                self._started.remove(process)
                return process
        return Process(way, number)

    def _finished(self, own: Measured) -> None:
        """Save a finished round, and print a line after the last one of a case."""
        if self._storage:
            self._storage.saved = self._storage.keep(self._storage.saved, self._content(), self._name)
        repeats = self.plan.options.repeats()
        if len(own.rounds) == repeats.processes * repeats.rounds:
            result = table.Result(self._record(own), tuple(own.seconds))
            mark = ", disturbed" if result.disturbed(self.plan.machine.usable_cores) else ""
            self._progress.print(f"{own.case.title}: {duration(result.median)}, {result.found}{mark}")

    def _report_problems(self) -> None:
        """Name what could not be measured. Raises WorkerError if nothing could."""
        for each in self.measured:
            for problem in each.problems[:1]:
                if not any(own.rounds for own in self.measured):
                    raise problem
                if not isinstance(problem, Died | TooLong):  # those are named as soon as they happen
                    self._progress.print(f"{each.case.title} is not measured: {problem}")

    def _frame(self, interrupted: bool) -> pd.DataFrame:
        """The frame of what would be saved; the file is completed."""
        content = self._content() | ({"unfinished": True} if interrupted else {})
        source = f"lab6.measure at {datetime.now():%H:%M:%S}"
        if self._storage:
            self._storage.unfinished = interrupted
            self._storage.save(content, self._name)
            source = _shown(self._storage.saved)
            self._progress.print(f"Saved: {source}")
        return run.frame([run.read(source, json.dumps(content).encode())])

    def _record(self, own: Measured) -> Record:
        return self.plan.record(own, self._turns.ceilings.get(device_of(own.case)))

    def _content(self) -> dict[str, Any]:
        """What pytest-benchmark would save of the finished rounds."""
        own = {"node": self.plan.machine.label, "lab6": self.plan.machine.saved()}
        return {
            "machine_info": (_described() if self._storage else {}) | own,
            "commit_info": self._commit,
            "benchmarks": list(self._benchmarks()),
            "datetime": datetime.now(UTC).isoformat(),
            "version": pytest_benchmark_version,
            "lab6_run": self._identity,
        }

    @functools.cached_property
    def _commit(self) -> dict[str, Any]:
        """The commit of the working folder, for a file."""
        return dict(get_commit_info()) if self._storage else {}

    def _benchmarks(self) -> Iterator[dict[str, Any]]:
        for own in self.measured:
            if not own.rounds:
                continue
            way, size = own.case.way, own.case.batch_size
            name = "-".join([own.case.workload, way.engine, way.device, str(size)])
            stats = Stats()
            for seconds in own.seconds:
                stats.update(seconds)
            yield {
                "group": f"{own.case.workload}: one epoch with {way.engine} on {way.device}",
                "name": f"test_epoch[{name}]",
                "fullname": f"benchmarks/test_epoch.py::test_epoch[{name}]",
                "params": {"engine": way.engine, "device": way.device, "batch_size": size},
                "param": name,
                "extra_info": self._record(own).saved(),
                "options": {},
                "stats": stats.as_dict() | {"data": stats.data, "iterations": 1},
            }


def storage_for(label: str | None, name: str) -> ResultsStorage:
    """The storage of this machine's results below the working folder. Raises ResultsError if it cannot be written."""
    storage = ResultsStorage(Path(DEFAULT), Logger(), machine.folder_name(label or machine.default_label()))
    try:
        storage.check_writable(name)
    except ResultsError as error:
        raise ResultsError(
            f"save: {storage.folder} cannot be written with the name {name!r}: make it writable, work in another "
            "folder, or give a shorter name without slashes."
        ) from error
    return storage


def _shown(path: Path | None) -> str:
    """A path as results are named: relative to the working folder, if it is below it."""
    assert path is not None, "save() has written it, or the temporary folder is full too"
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


@functools.cache
@probe({})
def _described() -> dict[str, Any]:
    """What pytest-benchmark says of this machine, without the CPU's present clock; nothing if py-cpuinfo fails."""
    info: dict[str, Any] = pytest_benchmark_generate_machine_info()
    cpu = info.get("cpu", {})
    return info | {"cpu": {name: value for name, value in cpu.items() if not name.startswith("hz_")}}
