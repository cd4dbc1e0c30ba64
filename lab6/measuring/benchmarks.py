"""What pytest does with a folder of benchmarks: one test for each case, the ``measure`` fixture, and the summary.

A ``conftest.py`` beside the benchmarks registers it; see ``benchmarks/conftest.py``.
"""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from pytest_benchmark.session import PerformanceRegression
from rich.console import Console
from rich.text import Text

from lab6.errors import Lab6Error
from lab6.measuring import table
from lab6.measuring.epoch import Epochs
from lab6.measuring.plugin import OPTIONS, UNNAMED
from lab6.measuring.progress import Progress, duration
from lab6.measuring.session import Case, Session
from lab6.measuring.storage import ResultsStorage
from lab6.record import Record

Measure = Callable[[str, str, int], None]
"""The fixture ``measure``: times an engine, on a device, with a minibatch size."""

PARAMETERS = ("engine", "device", "batch_size")


class Benchmarks:
    """The hooks around one run of ``pytest benchmarks``."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.results: list[table.Result] = []
        self.measured: set[str] = set()
        self._session: Session | None = None
        self._progress: Progress | None = None

    def session(self) -> Session:
        """What is measured; looked for on first use, which takes seconds."""
        if self._session is None:
            with self._uncaptured():
                self._session = Session.open(self.config.stash[OPTIONS])
        return self._session

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Find devices and data before anything else, so that what is missing is said in one sentence."""
        benchmarks = self._benchmark_session()
        if benchmarks.compare_fail and not benchmarks.compared_mapping:
            raise pytest.UsageError(
                "--benchmark-compare-fail needs a saved run to compare with: measure one with --benchmark-save, "
                "then add --benchmark-compare or --benchmark-compare=NUMBER."
            )
        try:
            self.session()
        except Lab6Error as error:
            raise pytest.UsageError(str(error)) from error

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each case."""
        if "measure" in metafunc.fixturenames and set(PARAMETERS) <= set(metafunc.fixturenames):
            cases = list(self.session().cases())
            metafunc.parametrize(
                PARAMETERS,
                [(case.engine, case.device, case.batch_size) for case in cases],
                ids=[f"{self.session().workload}-{case.engine}-{case.device}-{case.batch_size}" for case in cases],
            )

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        """Say at the top which data are trained on."""
        count = sum(_is_measured(item) for item in items)
        self._progress = Progress(_console(self.config), count)
        return ["", table.describe_dataset(self.session().dataset)] if count else []

    @pytest.fixture
    def measure(self, request: pytest.FixtureRequest, benchmark: BenchmarkFixture) -> Measure:
        """Time a case's epochs with pytest-benchmark, and record what they learned beside their seconds."""

        def measure(engine: str, device: str, batch_size: int) -> None:
            case = Case(engine, device, batch_size)
            benchmark.group = f"{self.session().workload}: one epoch with {engine} on {device}"
            self.measured.add(request.node.nodeid)
            with self._uncaptured():
                self._begin_line()
                try:
                    self._measure(case, benchmark)
                except KeyboardInterrupt:
                    benchmark.skipped = True  # or pytest-benchmark warns of one that it has not seen run
                    raise KeyboardInterrupt from None  # pytest would print the values in TensorFlow's frames

        return measure

    def _measure(self, case: Case, benchmark: BenchmarkFixture) -> None:
        progress = self._progress or Progress(_console(self.config), 1)
        with progress.benchmark(case.title):
            progress.say("loading")
            epochs = Epochs(self.session().build(case), self.session().options.seeds, progress)
            epochs.prepare()
            try:
                epochs.time_with(benchmark)
            finally:
                if epochs.rounds and benchmark.stats is not None:
                    self._keep(self.session().record(case, epochs), benchmark)
        if self.results and epochs.rounds:
            result = self.results[-1]
            progress.print(
                f"{case.title}: {duration(result.median)}, test accuracy {table.accuracy(result.test_accuracies)}"
            )

    def _begin_line(self) -> None:
        """End the line on which pytest has just written the file's name, the first time."""
        if not self.results and self.config.get_terminal_writer().width_of_current_line:
            _console(self.config).print()

    def _keep(self, record: Record, benchmark: BenchmarkFixture) -> None:
        benchmark.extra_info.update(record.saved())
        self.results.append(table.Result(record, tuple(benchmark.stats.stats.data)))

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """A benchmark that passed has its own line already."""
        if report.passed and report.when == "call" and report.nodeid in self.measured:
            return "passed", "", ""
        return None

    def pytest_benchmark_update_machine_info(self, machine_info: dict[str, Any]) -> None:
        """Add what decides the speed; take out the CPU's clock of this moment, which made no two runs comparable."""
        machine_info["lab6"] = self.session().machine.saved()
        cpu = machine_info.get("cpu", {})
        for field in [name for name in cpu if name.startswith("hz_")]:
            del cpu[field]
        if self.session().options.machine:
            machine_info["node"] = self.session().options.machine

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None]:
        """Name an unnamed run after what it measured, then let pytest-benchmark save it."""
        benchmarks = self._benchmark_session()
        benchmarks.machine_id = benchmarks.storage.default_machine_id  # left out of names in comparisons
        if benchmarks.save == UNNAMED and self.results:
            engines = dict.fromkeys(result.record.engine for result in self.results)
            benchmarks.save = "-".join([self.session().workload, *engines])
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> Generator[None]:
        """After pytest-benchmark's table, lab6's own, also where pytest-benchmark found a regression and raised."""
        try:
            return (yield)
        except PerformanceRegression:  # it has said which; a traceback would add nothing
            _fail(terminalreporter)
        finally:
            if self.results:
                self._summarise(interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)
                if self._compared_nothing():
                    _fail(terminalreporter)

    def _summarise(self, interrupted: bool) -> None:
        table.show(_console(self.config), self.results)
        self._line("")
        self._line(table.describe_dataset(self.session().dataset))
        for line in table.describe_machine(self.session().machine):
            self._line(line)
        for line in self._what_next(interrupted):
            self._line(line)

    def _compared_nothing(self) -> bool:
        """Whether a comparison was asked for that could not find one benchmark on both sides; says so."""
        compared = self._benchmark_session().compared_mapping
        if not compared or any(self.measured & set(benchmarks) for benchmarks in compared.values()):
            return False
        self._line(
            "Nothing was compared: the saved run holds no benchmark of the same data set, images, optimizer, engine, "
            "device and minibatch size; choose another with --benchmark-compare=NUMBER."
        )
        return True

    def _what_next(self, interrupted: bool) -> Iterator[str]:
        saved = self._saved()
        if interrupted:
            kept = f"benchmarks with a finished round: {len(self.results)},"
            yield f"Interrupted: {kept} {'saved' if saved else 'not saved, for want of --benchmark-save'}."
        if saved is None:
            yield "Not saved. To keep the numbers: pytest benchmarks --benchmark-save"
            return
        number = saved.name.split("_")[0]
        yield f"Saved in {_relative(saved)}"
        yield f"Measure again and compare: pytest benchmarks --benchmark-compare={number}"

    def _saved(self) -> Path | None:
        storage = self._benchmark_session().storage
        return storage.saved if isinstance(storage, ResultsStorage) else None

    def _benchmark_session(self) -> Any:
        return self.config._benchmarksession  # type: ignore[attr-defined]  # where pytest-benchmark keeps it

    def _line(self, text: str) -> None:
        _console(self.config).print(Text(text), soft_wrap=True)

    def _uncaptured(self) -> Any:
        return self.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled()


def _console(config: pytest.Config) -> Console:
    """A console that writes where pytest writes, as wide and as colourful."""
    writer = config.get_terminal_writer()
    return Console(file=writer._file, width=writer.fullwidth, no_color=not writer.hasmarkup, highlight=False)


def _is_measured(item: pytest.Item) -> bool:
    return "measure" in getattr(item, "fixturenames", ())


def _relative(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _fail(reporter: pytest.TerminalReporter) -> None:
    """Let pytest exit as if a test had failed; at the summary it is too late for a test to do so."""
    if reporter._session is not None:
        reporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED
