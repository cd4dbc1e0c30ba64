"""What pytest does with a folder of benchmarks: one test for each case, the ``measure`` fixture, and the summary.

A ``conftest.py`` beside the benchmarks registers it; see ``benchmarks/conftest.py``. TensorFlow is imported only once
the options are known to be right.
"""

import contextlib
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from pytest_benchmark.session import PerformanceRegression
from rich.console import Console

from lab6.errors import Lab6Error
from lab6.measuring import table
from lab6.measuring.plugin import OPTIONS, UNNAMED
from lab6.measuring.progress import Progress, duration
from lab6.measuring.storage import ResultsStorage
from lab6.measuring.summary import Summary, describe_dataset

if TYPE_CHECKING:
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

    def plan(self) -> "Plan":
        """What is measured; found out on first use, which takes seconds. Raises UsageError for what is missing."""
        if self._plan is None:
            try:
                with self._uncaptured():
                    from lab6.measuring.plan import Plan

                    self._plan = Plan.make(self.config.stash[OPTIONS])
            except Lab6Error as error:
                raise pytest.UsageError(str(error)) from error
        return self._plan

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
        """Say at the top which data are trained on."""
        return ["", describe_dataset(self.plan().dataset)] if any(map(_is_measured, items)) else []

    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Prepare to show where the run has got to."""
        self._progress = Progress(_console(self.config), total=sum(map(_is_measured, session.items)))

    @pytest.fixture
    def measure(self, request: pytest.FixtureRequest, benchmark: BenchmarkFixture) -> Measure:
        """Time a case's epochs with pytest-benchmark, and record what they learned beside their seconds."""

        def measure(engine: str, device: str, batch_size: int) -> None:
            from lab6.measuring.plan import Case

            benchmark.group = f"{self.plan().workload}: one epoch with {engine} on {device}"
            self.measured.add(request.node.nodeid)
            with self._uncaptured():
                self._begin_line()
                try:
                    self._measure(Case(engine, device, batch_size), benchmark)
                except KeyboardInterrupt:
                    benchmark.skipped = True  # or pytest-benchmark warns of one that it has not seen run
                    raise KeyboardInterrupt from None  # pytest would print the values in TensorFlow's frames

        return measure

    def _measure(self, case: "Case", benchmark: BenchmarkFixture) -> None:
        from lab6.measuring.epoch import Epochs

        assert self._progress is not None, "pytest_runtestloop has run"
        with self._progress.benchmark(case.title):
            self._progress.say("loading")
            epochs = Epochs(self.plan().build(case), self.plan().options.seeds, self._progress)
            epochs.prepare()
            try:
                epochs.time_with(benchmark)
            finally:
                if epochs.rounds and benchmark.stats is not None:
                    record = self.plan().record(case, epochs)
                    benchmark.extra_info.update(record.saved())
                    self.results.append(table.Result(record, tuple(benchmark.stats.stats.data)))
        if epochs.rounds and benchmark.stats is not None:
            result = self.results[-1]
            self._progress.print(
                f"{case.title}: {duration(result.median)}, test accuracy {table.accuracy(result.test_accuracies)}"
            )

    def _begin_line(self) -> None:
        """End the line on which pytest has just written the file's name, the first time."""
        if not self.results and self.config.get_terminal_writer().width_of_current_line:
            _console(self.config).print()

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """A benchmark that passed has its own line already."""
        if report.passed and report.when == "call" and report.nodeid in self.measured:
            return "passed", "", ""
        return None

    def pytest_benchmark_update_machine_info(self, machine_info: dict[str, Any]) -> None:
        """Add what decides the speed; take out the CPU's clock of this moment, which made no two runs comparable."""
        machine_info["lab6"] = self.plan().machine.saved()
        cpu = machine_info.get("cpu", {})
        for field in [name for name in cpu if name.startswith("hz_")]:
            del cpu[field]
        if self.plan().options.machine:
            machine_info["node"] = self.plan().options.machine

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
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> Generator[None]:
        """After pytest-benchmark's table, lab6's own, also where pytest-benchmark found a regression and raised."""
        try:
            return (yield)
        except PerformanceRegression:  # it has said which; a traceback would add nothing
            _fail(terminalreporter)
        finally:
            self._summarise(terminalreporter, interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)

    def _summarise(self, reporter: pytest.TerminalReporter, interrupted: bool) -> None:
        if self._plan is None or not (self.results or interrupted):
            return
        storage = self._pytest_benchmark().storage
        ours = storage if isinstance(storage, ResultsStorage) else None
        arguments = [str(argument) for argument in self.config.invocation_params.args]
        summary = Summary(self.results, self._plan.dataset, self._plan.machine, ours, arguments, interrupted)
        summary.show(_console(self.config))
        if ours and ours.rescued:
            _fail(reporter)

    def _pytest_benchmark(self) -> Any:
        """pytest-benchmark's own session."""
        return self.config._benchmarksession  # type: ignore[attr-defined]  # where it is kept

    def _uncaptured(self) -> contextlib.AbstractContextManager[None]:
        manager: Any = self.config.pluginmanager.getplugin("capturemanager")
        context: contextlib.AbstractContextManager[None] = (
            manager.global_and_fixture_disabled() if manager else contextlib.nullcontext()
        )
        return context


def _console(config: pytest.Config) -> Console:
    """A console that writes where pytest writes, as wide and as colourful."""
    writer = config.get_terminal_writer()
    file: Any = writer._file
    if hasattr(file, "reconfigure"):
        file.reconfigure(errors="replace")  # a terminal without Unicode sees question marks, not a traceback
    return Console(file=file, width=writer.fullwidth, no_color=not writer.hasmarkup, highlight=False)


def _is_measured(item: pytest.Item) -> bool:
    return "measure" in getattr(item, "fixturenames", ())


def _fail(reporter: pytest.TerminalReporter) -> None:
    """Let pytest exit as if a test had failed; at the summary it is too late for a test to do so."""
    if reporter._session is not None:
        reporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED
