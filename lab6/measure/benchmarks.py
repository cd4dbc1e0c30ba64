"""lab6's own benchmarks: one test for each case, and the ``measure`` fixture.

A ``conftest.py`` beside the benchmarks registers it; see ``benchmarks/conftest.py``. All cases that belong together are
measured when the first of their tests runs; each test then reports its own.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from lab6.measure.begin import begin, objection
from lab6.measure.contest import Judge
from lab6.measure.hooks import Hooks
from lab6.measure.options import Options
from lab6.measure.plan import Case, Measured, way
from lab6.measure.run import Run
from lab6.measure.way import Way

Measure = Callable[[str, str, int], None]
"""The fixture ``measure``: times an engine, on a device, with a minibatch size."""

PARAMETERS = ("engine", "device", "workers", "threads", "batch_size")


class Benchmarks(Hooks):
    """The hooks around ``pytest benchmarks``."""

    fixture = "measured"

    def __init__(self, config: pytest.Config, judge: Judge) -> None:
        """See :class:`Hooks`."""
        super().__init__(config, judge)
        self.cases: dict[tuple[object, ...], Case] = {}
        """The cases of tests that do not follow from the options, by the values of the tests' parameters."""
        self.first: Callable[[Options, Path], Way | None] | None = None
        """The way of the run's first processes, for benchmarks that have their own ways."""
        self.refusals: list[str] = []
        """Why tests that were to be made cannot be measured."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Find devices and data before anything else, so that what is missing is reported in one sentence."""
        if reason := objection(self.config, with_engines=self.first is None):
            self.refuse(session, reason)
        assert self.run

    def begin(self) -> Run:
        """See :meth:`Hooks.begin`."""
        first = self.first(self.options, self.config.rootpath) if self.first else None
        return begin(self.config, self._judge, first=first)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each case."""
        if "measure" in metafunc.fixturenames and set(PARAMETERS) <= set(metafunc.fixturenames):
            cases = list(self.run.plan.cases())
            self.cases |= dict(zip(map(_parameters, cases), cases, strict=True))
            metafunc.parametrize(PARAMETERS, list(map(_parameters, cases)), ids=list(map(_name, cases)))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Set the tests that will be measured."""
        if self.refusals:
            self.refuse(session, self.refusals[0])
        items = list(filter(self.is_measured, session.items))
        if self.options.target is not None and not any(case.goal for case in self.cases.values()):
            self.refuse(
                session, "--target: only benchmarks/test_target.py trains to a target: name it, or leave it out."
            )
        self.run.expect([(item, self._case(item)) for item in items])
        self.check_comparable(session, items)

    def _case(self, item: pytest.Item) -> Case:
        parameters, plan = item.callspec.params, self.run.plan  # type: ignore[attr-defined]  # all are parametrized
        if (key := tuple(parameters.values())) in self.cases:
            return self.cases[key]
        own = self.ways[parameters["way"]] if "way" in parameters else None
        chosen = own or way(self.options, plan.root, parameters["engine"], parameters["device"])
        return plan.case(chosen, parameters["batch_size"])

    @pytest.fixture
    def benchmark(self, request: pytest.FixtureRequest) -> BenchmarkFixture:
        """pytest-benchmark's fixture, made ahead of its test."""
        return self.run.fixture(request.node.nodeid)

    @pytest.fixture
    def measured(self, request: pytest.FixtureRequest, benchmark: BenchmarkFixture) -> Measured:
        """What was measured for this test; the first test of a group has the whole group measured."""
        del benchmark  # by this fixture pytest-benchmark recognises its tests
        self.measure_now(request.node.nodeid)
        return self.run.measured[request.node.nodeid]

    @pytest.fixture
    def measure(self, measured: Measured) -> Measure:
        """Report on the epochs of a case, which workers have timed."""

        def measure(engine: str, device: str, batch_size: int) -> None:
            case = measured.case
            assert (case.way.engine, case.way.device, case.batch_size) == (engine, device, batch_size)
            self.report(measured)

        return measure


def _parameters(case: Case) -> tuple[object, ...]:
    """A case as PARAMETERS."""
    way = case.way
    return way.engine, way.device, way.workers, way.threads, case.batch_size


def _name(case: Case) -> str:
    """A case as part of its test's name; workers and threads only if they distinguish it from others."""
    parts = [case.workload, case.way.engine, case.way.device, case.way.suffix, str(case.batch_size)]
    return "-".join(filter(None, parts))
