"""The benchmarks of other projects: each test says what it measures, by calling the fixture ``epoch_benchmark``.

:mod:`lab6.plugin` registers it. Nothing is begun before a test that needs it was collected.
"""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from lab6 import values
from lab6.errors import Lab6Error, OptionError
from lab6.measure import book, command_line
from lab6.measure.begin import begin, objection
from lab6.measure.contest import Judge
from lab6.measure.hooks import Hooks
from lab6.measure.options import Options, undivided
from lab6.measure.plan import Case, way
from lab6.measure.plugin import NARROWED
from lab6.measure.process import Process, ending
from lab6.measure.run import Run
from lab6.measure.table import Result
from lab6.measure.way import Way
from lab6.measure.work import Data, Work
from lab6.place import Place
from lab6.training import backends, datasets, shares
from lab6.training.engines import CPU_ONLY, ENGINES

Function = Callable[[], Any]


class EpochBenchmark:
    """The fixture ``epoch_benchmark``: measures epochs in processes of their own, and reports them as a benchmark."""

    def __init__(self, project: "Project", item: pytest.Item, benchmark: BenchmarkFixture) -> None:
        """``item``: the test that has the fixture; ``benchmark``: pytest-benchmark's own fixture of it."""
        self._project, self._item, self._benchmark = project, item, benchmark

    def __call__(
        self,
        model: Function | str | Sequence[int] | None = None,
        data: Function | str | None = None,
        batch_size: int = 100,
        optimizer: Function | str | None = None,
        *,
        engine: str | None = None,
        device: str | None = None,
    ) -> Result:
        """Measure one minibatch size, and return the result: its record, and the seconds of each round.

        ``model``: a function that returns a Keras model, its place as text, or widths of hidden layers. ``data``: a
        function that returns four arrays, or what ``--dataset`` takes. ``optimizer``: a function that returns one, or
        its name in Keras. ``engine``: a way to train; ``device``: ``cpu`` or ``gpu:N``. What is None follows the
        command line. Functions have to be at the top of a module, since other processes import them.

        The test fails with one sentence if that cannot be measured, or if ``--against`` finds it slower or learning
        less; it is skipped if an epoch would take longer than ``--longest``.
        """
        __tracebackhide__ = True
        project, item, refusal = self._project, self._item, ""
        try:
            case = project.case(project.asked(model, data, optimizer), engine, device, batch_size)
            project.refuse_again(item.nodeid, case)
        except Lab6Error as error:
            refusal = str(error)
        if refusal:  # here, or pytest would show it twice
            pytest.fail(refusal, pytrace=False)
        return project.result(item, case, self._benchmark)


class Project(Hooks):
    """The hooks around the benchmarks of another project."""

    fixture = "epoch_benchmark"

    def __init__(self, config: pytest.Config, judge: Judge) -> None:
        """See :class:`Hooks`."""
        super().__init__(config, judge)
        self._found: dict[str | Place, Data] = {}

    def begin(self) -> Run:
        """See :meth:`Hooks.begin`; the data are those of each test."""
        return begin(self.config, self._judge, with_data=False)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Refuse what cannot be followed, before anything is measured, if lab6 has something to measure."""
        items = list(filter(self.is_measured, session.items))
        if not items and self.config.stash.get(NARROWED, False):
            book.show_all_columns(self.config)
        if not items and not self.options.comparing:
            return
        if reason := self._unheeded() or objection(self.config):
            self.refuse(session, reason)
        self.check_comparable(session, items)
        self.run.rows = len(items)

    def pytest_benchmark_update_machine_info(self, machine_info: dict[str, Any]) -> None:
        """See :meth:`Hooks.pytest_benchmark_update_machine_info`; nothing is added to a run of other benchmarks."""
        if self._run is not None:
            super().pytest_benchmark_update_machine_info(machine_info)

    @pytest.fixture
    def epoch_benchmark(self, request: pytest.FixtureRequest, benchmark: BenchmarkFixture) -> EpochBenchmark:
        """Measure an epoch of training; see :class:`EpochBenchmark`."""
        book.leave(benchmark)
        return EpochBenchmark(self, request.node, benchmark)

    def result(self, item: pytest.Item, case: Case, benchmark: BenchmarkFixture) -> Result:
        """Measure a test's case, and fail or skip the test if there is a reason."""
        self.run.keep_only(case.way)
        self.run.add(item, case, benchmark)
        self.measure_now(item.nodeid)
        self.report(self.run.measured[item.nodeid])
        return self.run.result(item.nodeid)

    def _unheeded(self) -> str:
        """Why the options cannot be followed, since each test says that itself; empty if they can."""
        if self.options.batch_sizes is not None:
            return "--batch-sizes: each test of this project names its own minibatch size: leave it out, or give -k."
        if self.options.target is not None:
            return "--target: the tests of this project train epochs: leave it out."
        if self.options.cluster:
            return "--cluster: the tests of this project train on one machine: leave it out, or give --workers."
        for name in ("engines", "devices", "threads", "workers"):
            given: Sequence[object] = getattr(self.options, name) or ()
            if len(given) > 1:
                return f"--{name}: each test of this project trains in one way: give one, such as {given[0]}."
        return ""

    def refuse_again(self, nodeid: str, case: Case) -> None:
        """Raise OptionError for what was measured already: a file of results holds each benchmark once."""
        for other, own in self.run.measured.items():
            if other == nodeid:
                raise OptionError(
                    "epoch_benchmark was called twice: let each test measure one minibatch size, and parametrise it."
                )
            if own.case == case:
                raise OptionError(f"this was measured by {other} already: leave one of them out.")

    def asked(
        self,
        model: Function | str | Sequence[int] | None,
        data: Function | str | None,
        optimizer: Function | str | None,
    ) -> Options:
        """The options with what a test says. Raises OptionError."""
        tree = self.config.rootpath
        changed: dict[str, Any] = {}
        if isinstance(model, list | tuple):
            changed |= {"model": None, "hidden": command_line.hidden("model", ",".join(map(str, model)))}
        elif model is not None:
            forms = "a function that returns a Keras model, its place as text, or a list of widths"
            changed["model"] = _place("model", model, tree, Place.parse, forms)
        if data is not None:
            changed["dataset"] = _place(
                "data", data, tree, datasets.parse, "a function, or what --dataset takes, as text"
            )
        if callable(optimizer):
            changed |= {"optimizer": Place.of(optimizer, tree), "learning_rate": None}
        elif optimizer is not None:
            chosen, rate = command_line.optimizer_of(str(optimizer), tree, option="optimizer")
            changed |= {"optimizer": chosen, "learning_rate": rate}
        return dataclasses.replace(self.options, **changed)

    def case(self, options: Options, engine: str | None, device: str | None, batch_size: int) -> Case:
        """What a test measures. Raises Lab6Error."""
        plan = self.run.plan
        chosen = options.engines[0]
        if engine is not None:
            values.one_of("engine", str(engine), ENGINES)
            (chosen,) = command_line.engines(engine, backends.chosen(), "engine")
        usual = "cpu" if chosen in CPU_ONLY and "cpu" in plan.devices else plan.devices[-1]
        own = way(options, plan.root, chosen, values.one_of("device", str(device or usual), plan.devices))
        data = self._data(options, own)
        if not isinstance(batch_size, int) or isinstance(batch_size, bool):
            raise OptionError(f"batch_size: {str(batch_size)[:60]!r} is not allowed; give a whole number.")
        values.whole("batch_size", str(batch_size), 1, data.training_images)
        if not shares.divides(batch_size, data.training_images, own.workers):
            raise undivided(batch_size, data.training_images, own.workers, "batch_size")
        return Case(own, batch_size, Work.of(options), data)

    def _data(self, options: Options, own: Way) -> Data:
        """The data set, found once a session. Raises Lab6Error."""
        if options.dataset not in self._found:
            self._found[options.dataset] = Data.find(options) or self._told(options, own)
        return self._found[options.dataset]

    def _told(self, options: Options, own: Way) -> Data:
        """What a worker says of the data set. Raises WorkerError."""
        if not options.is_duet:
            return Data.told(options, self.run.process(own))
        with ending([process := Process(own)]):  # no side of a duet would take it
            process.started()
            return Data.told(options, process)


def _place(name: str, given: object, tree: Path, parse: Callable[[str, str, Path], str | Place], forms: str) -> Any:
    """The place of a function, or what ``parse`` makes of a text. Raises OptionError."""
    if isinstance(given, str):
        return parse(name, given, tree)
    if not callable(given):
        raise OptionError(f"{name}: {repr(given)[:60]} is not allowed; give {forms}.")
    return Place.of(given, tree)
