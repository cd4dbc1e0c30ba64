"""What pytest does with a folder of benchmarks: one test for each case, the ``measure`` fixture, and the summary.

A ``conftest.py`` beside the benchmarks registers it; see ``benchmarks/conftest.py``. Epochs are trained and timed in
worker processes. All cases that belong together are measured when the first of their tests runs; each test then reports
its own. No framework is imported here.
"""

import contextlib
import copy
import dataclasses
import signal
from collections.abc import Callable, Generator, Mapping
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from pytest_benchmark.session import PerformanceRegression
from rich.console import Console

from lab6.errors import Lab6Error
from lab6.measure import book, devices, disturbances, machine, processors
from lab6.measure.contest import Contest, Judge
from lab6.measure.options import Options
from lab6.measure.plan import Case, Data, Measured, Plan, way
from lab6.measure.plugin import OPTIONS
from lab6.measure.process import Died, Process, Unavailable
from lab6.measure.progress import Progress
from lab6.measure.run import DuetRun, Run, groups
from lab6.measure.storage import ResultsStorage
from lab6.measure.summary import Summary, describe_dataset
from lab6.measure.turns import waves
from lab6.measure.way import Way
from lab6.training import backends

Measure = Callable[[str, str, int], None]
"""The fixture ``measure``: times an engine, on a device, with a minibatch size."""

PARAMETERS = ("engine", "device", "batch_size")


class Benchmarks:
    """The hooks around one run of ``pytest benchmarks``."""

    def __init__(self, config: pytest.Config, judge: Judge) -> None:
        """``judge``: says of a duet which rows are settled, and how."""
        self.config = config
        self.options: Options = config.stash[OPTIONS]
        self.ways: dict[str, Way] = {}
        """Ways to train that take turns, by the value of a test's parameter ``way``."""
        self.versions: dict[str, str] = {}
        """Of packages that decide the speed of this run too."""
        self._judge = judge
        self._contest: Contest | None = None
        self._run: Run | None = None
        self._started: list[Process] = []
        self._machine_info: dict[str, Any] | None = None

    @property
    def run(self) -> Run:
        """The run; begun on first use, which takes seconds. Raises UsageError for what is missing."""
        if self._run is None:
            try:
                with self.uncaptured():
                    self._run = self._begin()
            except Lab6Error as error:
                raise pytest.UsageError(str(error)) from error
        return self._run

    def plan(self) -> Plan:
        """What is measured. Raises UsageError for what is missing."""
        return self.run.plan

    def _begin(self) -> Run:
        """Find data, then start processes, and ask them what they see."""
        options, root = self.options, self.config.rootpath
        backends.chosen()
        contest = self._contest = Contest(options, root) if options.is_duet else None
        data = Data.find(options)
        load = processors.load()  # before workers are busy
        first = (options.devices or ("cpu",))[0]
        if contest:
            self._started = contest.begin(options.engines[0], first)
        else:
            numbers = next(waves(options.processes, 1))
            self._started = [Process(way(options, root, options.engines[0], first), number) for number in numbers]
        sides = self._started if contest else self._started[:1]
        for process in sides:
            process.started()
        machines = [machine.describe(options.machine, process.facts) for process in sides]
        found = devices.choose(options.devices, len(machines[-1].gpus), backends.chosen())
        plans = [Plan(options, root, data, found, each, load) for each in machines]
        progress = Progress(console_of(self.config), total=0)
        if contest:
            return DuetRun(self.config, (plans[0], plans[1]), progress, self._started, contest, self._judge)
        return Run(self.config, plans[0], progress, self._started)

    def add_versions(self, versions: Mapping[str, str]) -> None:
        """Other packages decide the speed of this run too."""
        own = self.run.plan.machine
        both = own.model_copy(update={"versions": {**own.versions, **versions}})
        self.run.plan, self._machine_info = dataclasses.replace(self.run.plan, machine=both), None

    def pytest_configure(self) -> None:
        """Let Ctrl-C interrupt also if a shell has started this with SIGINT ignored, as it does for ``command &``."""
        if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def pytest_unconfigure(self) -> None:
        """End processes that were not needed, and remove the copies of the code."""
        while self._started:
            self._started.pop().end()
        if self._contest:
            self._contest.end()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Find devices and data before anything else, so that what is missing is said in one sentence."""
        session = book.session(self.config)
        if (session.compare or session.compare_fail) and not session.compared_mapping:
            raise _nothing_to_compare(session)
        self._refuse_what_times_nothing(session)
        assert self.run

    def _refuse_what_times_nothing(self, session: Any) -> None:
        option = self._comparing
        if option and session.disabled:
            refuse(f"{option}: nothing is timed with --benchmark-disable or with pytest-xdist's -n: leave that out.")
        if option and self.config.option.collectonly:
            refuse(f"{option}: nothing is timed with --collect-only: leave that out.")
        if self.options.is_duet and (session.compare or self.options.check_against):
            refuse("--against compares by itself: leave --benchmark-compare and --check-against out.")

    @property
    def _comparing(self) -> str:
        """The option that asks for a verdict; empty if none does."""
        if self.options.is_duet:
            return "--against" if self.options.against else "--against-python"
        return "--check-against" if self.options.check_against is not None else ""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Make sure, before anything is measured, that it can be compared as was asked."""
        items = [item for item in session.items if _is_measured(item)]
        self.run.expect([(item, self._case(item)) for item in items])
        compared = book.session(self.config).compared_mapping
        ours = {item.nodeid for item in items}
        if ours and compared and not any(ours & set(saved) for saved in compared.values()):
            raise pytest.UsageError(
                f"{', '.join(map(str, compared))} holds no benchmark of the same data set, images, optimizer, engine, "
                "device and minibatch size: choose another run with --benchmark-compare=NUMBER."
            )
        if self._comparing and not ours:
            refuse(f"{self._comparing}: no benchmark was selected, so there is nothing to compare.")

    def _case(self, item: pytest.Item) -> Case:
        parameters = item.callspec.params  # type: ignore[attr-defined]  # all of them are parametrized
        if "way" in parameters:
            return Case(self.ways[parameters["way"]], parameters["batch_size"])
        chosen = way(self.options, self.config.rootpath, parameters["engine"], parameters["device"])
        return Case(chosen, parameters["batch_size"])

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each case."""
        if "measure" in metafunc.fixturenames and set(PARAMETERS) <= set(metafunc.fixturenames):
            plan = self.run.plan
            cases = [(case.way.engine, case.way.device, case.batch_size) for case in plan.cases()]
            names = ["-".join([plan.workload, *map(str, case)]) for case in cases]
            metafunc.parametrize(PARAMETERS, cases, ids=names)

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        """Say at the top which data are trained on, whether the machine is busy, and how a duet is played."""
        if not any(map(_is_measured, items)):
            return []
        plan = self.run.plan
        lines = ["", describe_dataset(plan.data), disturbances.before(plan.load, plan.machine.usable_cores)]
        if isinstance(self.run, DuetRun) and self._contest:
            lines.append(f"Compares {self._contest.title}.")
            lines += [f"Both train {device}: {place.sentence}." for device, place in self.run.duets.places.items()]
        return [line for line in lines if line is not None]

    @pytest.fixture
    def benchmark(self, request: pytest.FixtureRequest) -> BenchmarkFixture:
        """pytest-benchmark's fixture, made ahead of its test."""
        return self.run.fixture(request.node.nodeid)

    @pytest.fixture
    def measured(self, request: pytest.FixtureRequest, benchmark: BenchmarkFixture) -> Measured:
        """What was measured for this test; the first of those that belong together has all of them measured."""
        del benchmark  # it is there so that pytest-benchmark knows this test as one of its own
        nodeid, run = request.node.nodeid, self.run
        own = run.measured[nodeid]
        if not own.prepared and not own.problems:
            with self.uncaptured():
                self._begin_line()
                self._measure(next(group for group in groups(run, self.ways.values()) if nodeid in group))
        return own

    def _measure(self, group: list[str]) -> None:
        try:
            with self.run.progress.live():
                self.run.measure(group)
        except KeyboardInterrupt:
            raise KeyboardInterrupt from None  # pytest would print the values in all frames

    @pytest.fixture
    def measure(self, measured: Measured) -> Measure:
        """Report on the epochs of a case, which workers have timed."""

        def measure(engine: str, device: str, batch_size: int) -> None:
            assert (measured.case.way.engine, measured.case.batch_size) == (engine, batch_size), device
            self.report(measured)

        return measure

    def report(self, measured: Measured) -> None:
        """Fail or skip the test of what could not be measured, and fail that of a row that a duet finds worse."""
        first = next(iter(measured.problems), None)
        if isinstance(first, Unavailable) and self.ways:
            pytest.skip(str(first))
        spared = isinstance(
            self.run, DuetRun
        )  # a pair that was cut short, like a process that died, costs itself alone
        fatal = [
            problem for problem in measured.problems if not measured.rounds or not (spared or isinstance(problem, Died))
        ]
        if fatal:
            pytest.fail(str(fatal[0]), pytrace=False)
        verdicts = self.run.verdicts if isinstance(self.run, DuetRun) else None
        if verdicts and (sentence := verdicts.sentence(measured.case)):
            pytest.fail(sentence, pytrace=False)

    def _begin_line(self) -> None:
        """End the line on which pytest has just written the file's name."""
        if self.config.get_terminal_writer().width_of_current_line:
            console_of(self.config).print()

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """A benchmark that passed has its own line already."""
        if report.passed and report.when == "call" and self._run and report.nodeid in self._run.measured:
            return "passed", "", ""
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_benchmark_generate_machine_info(self) -> dict[str, Any] | None:
        """What was found the first time, if there was one: to find out takes a second."""
        session = book.session(self.config)
        names = [] if session.compare is True else [session.compare]
        if self._run is None and session.compare and next(iter(session.storage.load(*names)), None) is None:
            raise _nothing_to_compare(session)  # before a worker starts to say what the machine is
        return copy.deepcopy(self._machine_info)

    def pytest_benchmark_update_machine_info(self, machine_info: dict[str, Any]) -> None:
        """Add what decides the speed; take out the CPU's clock of this moment, which made no two runs comparable."""
        machine_info["lab6"] = self.run.plan.machine.saved()
        cpu = machine_info.get("cpu", {})
        for field in [name for name in cpu if name.startswith("hz_")]:
            del cpu[field]
        if self.options.machine:
            machine_info["node"] = self.options.machine
        self._machine_info = machine_info

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, exitstatus: int) -> Generator[None]:
        """Name an unnamed run after what it measured, then let pytest-benchmark save it."""
        session = book.session(self.config)
        session.machine_id = session.storage.default_machine_id  # left out of names in comparisons
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
        if self._run is None or not self._run.results:
            session.save = session.autosave = None  # pytest-benchmark would warn of what was said already
        else:
            if session.save or session.autosave:
                session.save = self._run.name
            if isinstance(session.storage, ResultsStorage):
                session.storage.unfinished = interrupted
            self._run.finish(interrupted)
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> Generator[None]:
        """After pytest-benchmark's table, lab6's own, also where pytest-benchmark found a regression and raised."""
        try:
            return (yield)
        except PerformanceRegression:  # it has said which; a traceback would add nothing
            fail(terminalreporter)
        finally:
            self._summarise(terminalreporter, interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)

    def _summarise(self, reporter: pytest.TerminalReporter, interrupted: bool) -> None:
        run = self._run
        if run is None or not (run.results or (interrupted and run.measured)):
            return
        storage = book.session(self.config).storage
        ours = storage if isinstance(storage, ResultsStorage) else None
        arguments = [str(argument) for argument in self.config.invocation_params.args]
        summary = Summary(list(run.results.values()), run.plan.data, run.plan.machine, ours, arguments, interrupted)
        console = console_of(self.config)
        if isinstance(run, DuetRun):
            if run.verdicts:
                console.print()
                run.verdicts.show(console)
            summary.show_the_rest(console, run.baseline_file)
        else:
            summary.show(console)
        if ours and ours.rescued:
            fail(reporter)

    def uncaptured(self) -> contextlib.AbstractContextManager[None]:
        """A context in which what is printed is seen at once."""
        manager: Any = self.config.pluginmanager.getplugin("capturemanager")
        context: contextlib.AbstractContextManager[None] = (
            manager.global_and_fixture_disabled() if manager else contextlib.nullcontext()
        )
        return context


def console_of(config: pytest.Config) -> Console:
    """A console that writes where pytest writes, as wide and as colourful."""
    writer = config.get_terminal_writer()
    file: Any = writer._file
    if hasattr(file, "reconfigure"):
        file.reconfigure(errors="replace")  # a terminal without Unicode sees question marks, not a traceback
    return Console(file=file, width=writer.fullwidth, no_color=not writer.hasmarkup, highlight=False)


def _nothing_to_compare(session: Any) -> pytest.UsageError:
    place = getattr(session.storage, "folder", session.storage)
    return pytest.UsageError(
        f"there is no such saved run to compare with in {place}: measure one with --benchmark-save, then give "
        "--benchmark-compare or --benchmark-compare=NUMBER."
    )


def _is_measured(item: pytest.Item) -> bool:
    return "measured" in getattr(item, "fixturenames", ())


def refuse(sentence: str) -> None:
    """End pytest with exit code 2, before anything is measured."""
    pytest.exit(f"ERROR: {sentence}", returncode=2)


def fail(reporter: pytest.TerminalReporter, code: pytest.ExitCode = pytest.ExitCode.TESTS_FAILED) -> None:
    """Let pytest exit as if a test had failed; at the summary it is too late for a test to do so."""
    if reporter._session is not None:
        reporter._session.exitstatus = code
