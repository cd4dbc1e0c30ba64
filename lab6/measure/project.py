"""The benchmarks of other projects: each test says what it measures, by calling the fixture ``epoch_benchmark``.

:mod:`lab6.plugin` registers it. Nothing is begun before a test that needs it was collected.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from lab6 import values
from lab6.errors import Lab6Error, OptionError
from lab6.measure import book
from lab6.measure.begin import begin, objection
from lab6.measure.command_line import optimizer_of
from lab6.measure.contest import Judge
from lab6.measure.hooks import Hooks
from lab6.measure.options import Options
from lab6.measure.plan import Case, way
from lab6.measure.run import Run
from lab6.measure.table import Result
from lab6.measure.way import Way
from lab6.measure.work import Data, Work
from lab6.place import Place
from lab6.training import datasets
from lab6.training.engines import ENGINES

Function = Callable[[], Any]


class EpochBenchmark(Protocol):
    """The fixture ``epoch_benchmark``: measures epochs in processes of their own, and reports them as a benchmark."""

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

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Refuse what cannot be followed, before anything is measured, if lab6 has something to measure."""
        items = list(filter(self.is_measured, session.items))
        if not items and not self.options.comparing:
            return
        if reason := objection(self.config):
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
        item = request.node

        def measure(
            model: Function | str | Sequence[int] | None = None,
            data: Function | str | None = None,
            batch_size: int = 100,
            optimizer: Function | str | None = None,
            *,
            engine: str | None = None,
            device: str | None = None,
        ) -> Result:
            __tracebackhide__ = True
            if item.nodeid in self.run.measured:
                pytest.fail("epoch_benchmark was called twice: let each test measure one minibatch size.", False)
            try:
                options = self._asked(model, data, optimizer)
                case = self._case(options, engine, device, batch_size)
            except Lab6Error as error:
                book.leave(benchmark)
                pytest.fail(str(error), pytrace=False)
            self.run.add(item, case, benchmark)
            self.measure_now(item.nodeid)
            self.report(self.run.measured[item.nodeid])
            return self.run.results[item.nodeid]

        return measure

    def _asked(
        self, model: Function | str | Sequence[int] | None, data: Function | str | None, chosen: Function | str | None
    ) -> Options:
        """The options with what a test says. Raises OptionError."""
        options, tree = self.options, self.config.rootpath
        if callable(model) or isinstance(model, str):
            place = Place.of(model, tree) if callable(model) else Place.parse("model", model, tree)
            options = dataclasses.replace(options, model=place)
        elif model is not None:
            options = dataclasses.replace(options, model=None, hidden=tuple(model))
        if data is not None:
            found = Place.of(data, tree) if callable(data) else datasets.parse("data", data, tree)
            options = dataclasses.replace(options, dataset=found)
        if chosen is not None:
            optimizer, rate = (Place.of(chosen, tree), None) if callable(chosen) else optimizer_of(chosen, tree)
            options = dataclasses.replace(options, optimizer=optimizer, learning_rate=rate)
        return options

    def _case(self, options: Options, engine: str | None, device: str | None, batch_size: int) -> Case:
        """What a test measures. Raises Lab6Error."""
        plan = self.run.plan
        engine = values.one_of("engine", engine or options.engines[0], ENGINES)
        device = values.one_of("device", device or plan.devices[-1], plan.devices)
        chosen = way(options, plan.root, engine, device)
        data = self._data(options, chosen)
        if not isinstance(batch_size, int) or not 1 <= batch_size <= data.training_images:
            raise OptionError(
                f"batch_size: {batch_size!r} is not allowed; give whole numbers from 1 to {data.training_images:,}, "
                "the training images."
            )
        return Case(chosen, batch_size, Work.of(options), data)

    def _data(self, options: Options, chosen: Way) -> Data:
        """The data set, found once a session. Raises Lab6Error."""
        if options.dataset not in self._found:
            self._found[options.dataset] = Data.find(options) or Data.told(options, self.run.process(chosen))
        return self._found[options.dataset]
