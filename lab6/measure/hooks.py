"""What pytest does around benchmarks: refusals, the run, its tests' outcome, what is saved, and the summary.

Epochs are trained and timed in worker processes. No framework is imported here.
"""

import contextlib
import copy
import dataclasses
import signal
import sys
from collections.abc import Generator, Mapping, Sequence
from typing import Any, ClassVar, NoReturn

import pytest
from pytest_benchmark.session import PerformanceRegression

from lab6 import disturbance
from lab6.errors import Lab6Error
from lab6.measure import book, plugin, sharing
from lab6.measure.begin import begin, nothing_in_common, nothing_to_compare
from lab6.measure.book import console_of, fail
from lab6.measure.contest import Judge
from lab6.measure.follow import follow
from lab6.measure.options import Options
from lab6.measure.plan import Measured, Plan, TooLong
from lab6.measure.planning import Follows
from lab6.measure.plugin import OPTIONS
from lab6.measure.process import Unavailable, WorkerError
from lab6.measure.run import Run
from lab6.measure.storage import ResultsStorage
from lab6.measure.summary import Summary, describe_dataset
from lab6.measure.way import Way


class Hooks:
    """The hooks around one run; a subclass knows how its tests say what they measure."""

    fixture: ClassVar[str]
    """The fixture of the tests that are measured."""

    def __init__(self, config: pytest.Config, judge: Judge) -> None:
        """``judge``: decides which rows of a duet are settled, and how."""
        self.config = config
        self.options: Options = config.stash[OPTIONS]
        self.ways: dict[str, Way] = {}
        """Ways to train that take turns, by the value of a test's parameter ``way``; some may be missing here."""
        self.notes: list[str] = []
        """What else is said before anything is measured, in lines."""
        self._judge = judge
        self._run: Run | None = None
        self._refused = False
        self._machine_info: dict[str, Any] | None = None

    @property
    def run(self) -> Run:
        """The run; begun on first use, which takes seconds. Raises UsageError for what is missing."""
        if self._run is None:
            try:
                with self.uncaptured():
                    self._run = self.begin()
            except Lab6Error as error:
                raise pytest.UsageError(str(error)) from error
            except Follows as follows:
                self._follow(follows)
        return self._run

    def _follow(self, follows: Follows) -> NoReturn:
        """Train for the first worker of the cluster, then end pytest."""
        book.ask_nothing(self.config)
        untimed = book.session(self.config).disabled or self.config.option.collectonly
        processes = 1 if untimed else self.options.repeats().processes
        with self.uncaptured():
            try:
                follow(follows, processes, lambda sentence: print(sentence, flush=True))
            except WorkerError as error:
                pytest.exit(str(error), returncode=1)
        pytest.exit("this worker has done its part", returncode=0)

    def begin(self) -> Run:
        """Begin the run that the options describe. Raises Lab6Error for what is missing."""
        return begin(self.config, self._judge)

    def plan(self) -> Plan:
        """What is measured. Raises UsageError for what is missing."""
        return self.run.plan

    def add_versions(self, versions: Mapping[str, str]) -> None:
        """Add the versions of other packages that decide the speed of this run."""
        own = self.run.plan.machine
        both = own.model_copy(update={"versions": {**own.versions, **versions}})
        self.run.plan, self._machine_info = dataclasses.replace(self.run.plan, machine=both), None

    def pytest_configure(self) -> None:
        """Let Ctrl-C interrupt even if a shell has started this with SIGINT ignored, as it does for ``command &``."""
        if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def refuse(self, session: pytest.Session, sentence: str) -> NoReturn:
        """End pytest with exit code 2, before anything is measured."""
        self._refused = True
        with self.uncaptured():
            print(f"ERROR: {sentence}", file=sys.stderr)
        raise session.Failed(sentence)

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        """Print the data set, whether the machine is busy, and how the sides of a duet train."""
        if not any(map(self.is_measured, items)):
            return []
        plan = self.run.plan
        busy = disturbance.warning(plan.load, plan.machine.usable_cores)
        data = [describe_dataset(plan.data)] if plan.data else []
        few = sharing.left_out(self.options)
        return ["", *data, *([busy] if busy else []), *few, *self.notes, *self.run.describe()]

    def report(self, measured: Measured) -> None:
        """Fail or skip a test that could not be measured, and fail that of a row that a duet finds worse."""
        problems, run = measured.problems, self.run
        if problems and (isinstance(problems[0], TooLong) or (isinstance(problems[0], Unavailable) and self.ways)):
            pytest.skip(str(problems[0]))
        fatal = [each for each in problems if not measured.rounds or not isinstance(each, run.spared)]
        if sentence := str(fatal[0]) if fatal else run.sentence(measured.case):
            pytest.fail(sentence, pytrace=False)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Print nothing for a benchmark that passed, which has its own line already."""
        if report.passed and report.when == "call" and self._run and report.nodeid in self._run.measured:
            return "passed", "", ""
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_benchmark_generate_machine_info(self) -> dict[str, Any] | None:
        """What was found the first time, if there was one: finding it takes a second."""
        session = book.session(self.config)
        names = [] if session.compare is True else [session.compare]
        if self._run is None and session.compare and next(iter(session.storage.load(*names)), None) is None:
            raise nothing_to_compare(self.config)  # before a worker starts to describe the machine
        return copy.deepcopy(self._machine_info)

    def pytest_benchmark_update_machine_info(self, machine_info: dict[str, Any]) -> None:
        """Add what decides the speed; remove the CPU's present clock, by which no two runs would be comparable."""
        machine_info["lab6"] = self.run.plan.machine.saved()
        cpu = machine_info.get("cpu", {})
        for field in [name for name in cpu if name.startswith("hz_")]:
            del cpu[field]
        if self.options.machine:
            machine_info["node"] = self.options.machine
        self._machine_info = machine_info

    def pytest_benchmark_update_json(self, output_json: dict[str, Any]) -> None:
        """Add the run's name to what pytest-benchmark saves."""
        if self._run:
            output_json["lab6_run"] = self._run.identity

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None]:
        """Name an unnamed run after what it measured, then let pytest-benchmark save it."""
        if self._refused:
            session.exitstatus = 2
        own = book.session(self.config)
        own.machine_id = own.storage.default_machine_id  # left out of names in comparisons
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
        if not own.benchmarks:
            own.save = own.autosave = None  # or pytest-benchmark would warn that there is nothing to save
        elif self._run and self._run.results:
            if own.save or own.autosave:
                own.save = self._run.name
            if isinstance(own.storage, ResultsStorage):
                own.storage.unfinished = interrupted or self._run.is_cut_off
            self._run.finish(interrupted)
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> Generator[None]:
        """Print lab6's own table after pytest-benchmark's, even if pytest-benchmark found a regression."""
        try:
            return (yield)
        except PerformanceRegression:  # it was reported; a traceback would add nothing
            fail(terminalreporter)
        finally:
            self._summarise(terminalreporter, interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)

    def _summarise(self, reporter: pytest.TerminalReporter, interrupted: bool) -> None:
        run = self._run
        if run is None or not (run.results or (interrupted and run.measured)):
            return
        arguments = [str(argument) for argument in self.config.invocation_params.args]
        results, storage = list(run.results.values()), run.storage
        save = "--benchmark-save" if plugin.is_early(self.config) else "--benchmark-save=NAME"
        summary = Summary(results, run.datasets, run.plan.machine, storage, arguments, interrupted, save)
        run.show(summary, console_of(self.config))
        if storage and storage.rescued:
            fail(reporter)

    def measure_now(self, nodeid: str) -> None:
        """Measure a test, with those that belong together with it, unless that was tried before."""
        run = self.run
        if nodeid not in run.unmeasured():
            return
        with self.uncaptured():
            if (writer := self.config.get_terminal_writer()).width_of_current_line:
                writer.line()  # ends the line with the file's name
            try:
                with run.progress.live():
                    run.measure(next(group for group in run.groups(self.ways.values()) if nodeid in group))
            except KeyboardInterrupt:
                raise KeyboardInterrupt from None  # or pytest would print the values in all frames

    def is_measured(self, item: pytest.Item) -> bool:
        """Whether lab6 measures a test."""
        return self.fixture in getattr(item, "fixturenames", ())

    def check_comparable(self, session: pytest.Session, items: Sequence[pytest.Item]) -> None:
        """Make sure, before anything is measured, that ``items`` can be compared as the options ask."""
        compared = book.session(self.config).compared_mapping
        ours = {item.nodeid for item in items}
        if ours and compared and not any(ours & set(saved) for saved in compared.values()):
            theirs = {name for saved in compared.values() for name in saved}
            raise pytest.UsageError(nothing_in_common(", ".join(map(str, compared)), theirs, ours))
        if self.options.comparing and not ours:
            self.refuse(session, f"{self.options.comparing}: no benchmark was selected, so nothing can be compared.")

    def uncaptured(self) -> contextlib.AbstractContextManager[None]:
        """A context in which what is printed is seen at once."""
        return book.uncaptured(self.config)
