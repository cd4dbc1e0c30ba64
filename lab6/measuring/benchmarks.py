"""What pytest does with a folder of benchmarks: one test for each case, the ``measure`` fixture, and the summary.

A ``conftest.py`` beside the benchmarks registers it; see ``benchmarks/conftest.py``. TensorFlow is imported only once
the options are known to be right.
"""

import contextlib
import copy
import dataclasses
import functools
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from pytest_benchmark.session import PerformanceRegression
from rich.console import Console

from lab6.errors import Lab6Error
from lab6.limit import Ceilings
from lab6.measuring import disturbances, processors, recovery, table
from lab6.measuring.journal import Journal, describe_run
from lab6.measuring.plugin import OPTIONS, UNNAMED
from lab6.measuring.progress import Progress, duration
from lab6.measuring.storage import ResultsStorage
from lab6.measuring.summary import Summary, describe_dataset
from lab6.record import Record, Round

if TYPE_CHECKING:
    from lab6.measuring.epoch import Epochs
    from lab6.measuring.plan import Case, Plan

Measure = Callable[[str, str, int], None]
"""The fixture ``measure``: times an engine, on a device, with a minibatch size."""

PARAMETERS = ("engine", "device", "batch_size")


class Benchmarks:
    """The hooks around one run of ``pytest benchmarks``."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.results: list[table.Result] = []
        self.measured: set[str] = set()
        self._plan: Plan | None = None
        self._progress: Progress | None = None
        self._journal: Journal | None = None
        self._journalled: dict[str, int] = {}
        """The number in the journal of each benchmark that is in it."""
        self._machine_info: dict[str, Any] | None = None
        self._ceilings: dict[str, Ceilings | None] = {}

    def plan(self) -> "Plan":
        """What is measured; found out on first use, which takes seconds. Raises UsageError for what is missing."""
        if self._plan is None:
            try:
                with self.uncaptured():
                    load = processors.load()  # before TensorFlow works
                    from lab6.measuring.plan import Plan

                    self._plan = Plan.make(self.config.stash[OPTIONS], load)
            except Lab6Error as error:
                raise pytest.UsageError(str(error)) from error
        return self._plan

    def add_versions(self, versions: Mapping[str, str]) -> None:
        """Other packages decide the speed of this run too."""
        plan = self.plan()
        machine = plan.machine.model_copy(update={"versions": {**plan.machine.versions, **versions}})
        self._plan, self._machine_info = dataclasses.replace(plan, machine=machine), None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Find devices and data before anything else, so that what is missing is said in one sentence."""
        benchmarks = self._pytest_benchmark()
        if (benchmarks.compare or benchmarks.compare_fail) and not benchmarks.compared_mapping:
            place = getattr(benchmarks.storage, "folder", benchmarks.storage)
            raise pytest.UsageError(
                f"there is no such saved run to compare with in {place}: measure one with --benchmark-save, "
                "then give --benchmark-compare or --benchmark-compare=NUMBER."
            )
        self.plan()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Make sure, before anything is measured, that it can be compared as was asked."""
        compared = self._pytest_benchmark().compared_mapping
        ours = {item.nodeid for item in session.items}
        if ours and compared and not any(ours & set(saved) for saved in compared.values()):
            raise pytest.UsageError(
                f"{', '.join(map(str, compared))} holds no benchmark of the same data set, images, optimizer, engine, "
                "device and minibatch size: choose another run with --benchmark-compare=NUMBER."
            )

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each case."""
        if "measure" in metafunc.fixturenames and set(PARAMETERS) <= set(metafunc.fixturenames):
            cases = list(self.plan().cases())
            metafunc.parametrize(
                PARAMETERS,
                [(case.engine, case.device, case.batch_size) for case in cases],
                ids=[f"{self.plan().workload}-{case.engine}-{case.device}-{case.batch_size}" for case in cases],
            )

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        """Say at the top which data are trained on, whether the machine is busy, and what an interrupted run has
        left."""
        if not any(map(_is_measured, items)):
            return []
        storage = self._pytest_benchmark().storage
        left = recovery.announcement(storage.path) if isinstance(storage, ResultsStorage) else None
        busy = disturbances.before(self.plan().load, self.plan().machine.usable_cores)
        return ["", describe_dataset(self.plan().dataset), *filter(None, (busy, left))]

    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Prepare to show where the run has got to, and to keep what it has finished."""
        self._progress = Progress(console_of(self.config), total=sum(map(_is_measured, session.items)))
        benchmarks = self._pytest_benchmark()
        name = benchmarks.save or benchmarks.autosave
        storage = benchmarks.storage
        if self._progress.total and name and not benchmarks.disabled and isinstance(storage, ResultsStorage):
            run = describe_run(benchmarks, None if name == UNNAMED else name, self.plan().workload)
            storage.journal = self._journal = Journal(storage.folder, run, self._progress.print)

    @pytest.fixture
    def measure(self, request: pytest.FixtureRequest, benchmark: BenchmarkFixture) -> Measure:
        """Time a case's epochs with pytest-benchmark, and record what they learned beside their seconds."""

        def measure(engine: str, device: str, batch_size: int) -> None:
            from lab6.measuring.plan import Case

            benchmark.group = f"{self.plan().workload}: one epoch with {engine} on {device}"
            self.measured.add(request.node.nodeid)
            with self.uncaptured():
                self.begin_line()
                try:
                    self._measure(Case(engine, device, batch_size), benchmark)
                except KeyboardInterrupt:
                    benchmark.skipped = True  # or pytest-benchmark warns of one that it has not seen run
                    raise KeyboardInterrupt from None  # pytest would print the values in TensorFlow's frames
                except Lab6Error as error:
                    benchmark.skipped = benchmark.stats is None
                    pytest.fail(str(error), pytrace=False)

        return measure

    def _measure(self, case: "Case", benchmark: BenchmarkFixture) -> None:
        from lab6.measuring.epoch import Epochs

        assert self._progress is not None, "pytest_runtestloop has run"
        with self._progress.benchmark(case.title):
            ceilings = self.ceilings_of(case.device, self._progress)
            self._progress.say("loading")
            keep = functools.partial(self._keep_round, case, benchmark, ceilings)
            epochs = Epochs(self.plan().build(case), self.plan().options.seeds, self._progress, keep)
            epochs.prepare()
            try:
                epochs.time_with(benchmark)
            finally:
                if epochs.rounds and benchmark.stats is not None:
                    self.finish(self.plan().record(case, epochs, ceilings), benchmark)
        if epochs.rounds and benchmark.stats is not None:
            self.say_result()

    def ceilings_of(self, device: str, progress: Progress) -> Ceilings | None:
        """What ``device`` can do at most, measured once a run; None where that fails, which is no reason to stop."""
        if device not in self._ceilings and not self._pytest_benchmark().disabled:
            progress.say("measuring the ceilings")
            self._ceilings[device] = None
            try:
                self._ceilings[device] = self.plan().ceilings(device)
            except Exception as error:  # out of memory, a missing library, ...: each framework has its own
                progress.print(f"the limit of {device} is not known ({type(error).__name__})")
        return self._ceilings.get(device)

    def _keep_round(
        self, case: "Case", benchmark: BenchmarkFixture, ceilings: Ceilings | None, epochs: "Epochs"
    ) -> None:
        self.keep_round(benchmark, epochs.rounds, lambda: self.plan().record(case, epochs, ceilings))

    def keep_round(self, benchmark: BenchmarkFixture, rounds: Sequence[Round], record: Callable[[], Record]) -> None:
        """Put the round that has just finished, the last of ``rounds``, on disk, where the run is going to be saved."""
        if self._journal is None:
            return
        if benchmark.fullname not in self._journalled:
            content = benchmark.stats.as_dict(include_data=False, stats=False) | {"extra_info": record().saved()}
            self._journalled[benchmark.fullname] = self._journal.begin(content)
        self._journal.add(rounds[-1], benchmark.stats.stats.data[-1], self._journalled[benchmark.fullname])

    def finish(self, record: Record, benchmark: BenchmarkFixture) -> None:
        """Let pytest-benchmark save ``record`` beside its seconds, and show both at the end."""
        benchmark.extra_info.update(record.saved())
        self.results.append(table.Result(record, tuple(benchmark.stats.stats.data)))

    def say_result(self) -> None:
        """A line for the benchmark that finished last."""
        assert self._progress is not None, "pytest_runtestloop has run"
        result = self.results[-1]
        disturbed = ", disturbed" if result.disturbed(self.plan().machine.usable_cores) else ""
        accuracy = table.accuracy(result.test_accuracies)
        self._progress.print(f"{result.title}: {duration(result.median)}, test accuracy {accuracy}{disturbed}")

    def begin_line(self) -> None:
        """End the line on which pytest has just written the file's name, the first time."""
        if not self.results and self.config.get_terminal_writer().width_of_current_line:
            console_of(self.config).print()

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """A benchmark that passed has its own line already."""
        if report.passed and report.when == "call" and report.nodeid in self.measured:
            return "passed", "", ""
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_benchmark_generate_machine_info(self) -> dict[str, Any] | None:
        """What was found the first time, if there was one: to find out takes a second."""
        return copy.deepcopy(self._machine_info)

    def pytest_benchmark_update_machine_info(self, machine_info: dict[str, Any]) -> None:
        """Add what decides the speed; take out the CPU's clock of this moment, which made no two runs comparable."""
        machine_info["lab6"] = self.plan().machine.saved()
        cpu = machine_info.get("cpu", {})
        for field in [name for name in cpu if name.startswith("hz_")]:
            del cpu[field]
        if self.plan().options.machine:
            machine_info["node"] = self.plan().options.machine
        self._machine_info = machine_info

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None]:
        """Name an unnamed run after what it measured, then let pytest-benchmark save it."""
        benchmarks = self._pytest_benchmark()
        benchmarks.machine_id = benchmarks.storage.default_machine_id  # left out of names in comparisons
        if not self.results:
            benchmarks.save = benchmarks.autosave = None  # pytest-benchmark would warn of what was said already
        elif benchmarks.save == UNNAMED:
            engines = dict.fromkeys(result.record.engine for result in self.results)
            benchmarks.save = "-".join([self.plan().workload, *engines])
        try:
            return (yield)
        finally:
            if self._journal is not None:
                self._journal.release()

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
        if self._plan is None or not (self.results or interrupted):
            return
        storage = self._pytest_benchmark().storage
        ours = storage if isinstance(storage, ResultsStorage) else None
        arguments = [str(argument) for argument in self.config.invocation_params.args]
        summary = Summary(self.results, self._plan.dataset, self._plan.machine, ours, arguments, interrupted)
        summary.show(console_of(self.config))
        if ours and ours.rescued:
            fail(reporter)

    def _pytest_benchmark(self) -> Any:
        """pytest-benchmark's own session."""
        return self.config._benchmarksession  # type: ignore[attr-defined]  # where it is kept

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


def _is_measured(item: pytest.Item) -> bool:
    return "benchmark" in getattr(item, "fixturenames", ())


def fail(reporter: pytest.TerminalReporter, code: pytest.ExitCode = pytest.ExitCode.TESTS_FAILED) -> None:
    """Let pytest exit as if a test had failed; at the summary it is too late for a test to do so."""
    if reporter._session is not None:
        reporter._session.exitstatus = code
