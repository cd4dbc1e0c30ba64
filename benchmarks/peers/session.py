"""The race as pytest sees it: a test for each way and minibatch size, of which the first of a size runs the race."""

from typing import TYPE_CHECKING, Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.peers.peer import Unavailable
from benchmarks.peers.race import Races, Runner, verdicts
from benchmarks.peers.ways import WAYS
from lab6.measuring.benchmarks import Benchmarks, console_of
from lab6.measuring.progress import Progress

if TYPE_CHECKING:
    from lab6.measuring.plan import Plan

PARAMETERS = ("way", "device", "batch_size")

Key = tuple[str, int]
"""A way's name and a minibatch size."""


class Session:
    """One run of ``pytest benchmarks/test_peers.py``."""

    def __init__(self, session: pytest.Session) -> None:
        self.lab6: Benchmarks = session.config.pluginmanager.getplugin("lab6-benchmarks")
        self.plan: Plan = self.lab6.plan()
        self.items = {_key(item): item for item in session.items if "race" in getattr(item, "fixturenames", ())}
        self._pytest_benchmark: Any = session.config._benchmarksession  # type: ignore[attr-defined]
        self._fixtures: dict[Key, BenchmarkFixture] = {}
        self._runners: dict[Key, Runner] = {}
        self._said: set[str] = set()
        self._progress = Progress(console_of(session.config), total=len({size for _, size in self.items}))
        self._ceilings = self.lab6.ceilings_of("cpu", self._progress)
        self._races = Races(self.plan, self._progress, self._keep)

    def fixture(self, key: Key) -> BenchmarkFixture:
        """pytest-benchmark's fixture of a test, which may not have begun: in a race all of them have rounds."""
        if key not in self._fixtures:
            item, own = self.items[key], self._pytest_benchmark
            self._fixtures[key] = BenchmarkFixture(
                item,
                add_stats=own.benchmarks.append,
                logger=own.logger,
                warner=item.warn,
                disabled=own.disabled,
                **own.options,
            )
            self._fixtures[key].group = f"{self.plan.workload}: one epoch on cpu, minibatch size {key[1]}"
        return self._fixtures[key]

    def measure(self, key: Key) -> None:
        """Run the race, if it has not been run; then report on one way in it."""
        self.lab6.measured.add(self.items[key].nodeid)
        with self.lab6.uncaptured():
            self.lab6.begin_line()
            if key not in self._runners:
                self._run(key[1])
            runner = self._runners[key]
            if isinstance(runner.problem, Unavailable):
                self._say(str(runner.problem))
            if runner.rounds and not self.fixture(key).disabled:
                self._finish(key)
                self.lab6.say_result()
        if isinstance(runner.problem, Unavailable):
            pytest.skip(str(runner.problem))
        field = [other for (_, size), other in self._runners.items() if size == key[1]]
        if sentence := str(runner.problem or verdicts(field, self.plan).get(runner.way.name, "")):
            pytest.fail(sentence, pytrace=False)

    def _say(self, sentence: str) -> None:
        """Say once why a way is skipped."""
        if sentence not in self._said:
            self._said.add(sentence)
            self._progress.print(f"Skipped: {sentence}")

    def end(self) -> None:
        """End all processes."""
        self._races.end()

    def _run(self, batch_size: int) -> None:
        """Let all ways train one minibatch size; interrupted, what they have finished is kept."""
        runners = {key: Runner(WAYS[key[0]], batch_size) for key in self.items if key[1] == batch_size}
        self._runners |= runners
        rounds = 1 if self._pytest_benchmark.disabled else self.plan.options.rounds
        try:
            self._races.run(list(runners.values()), rounds)
        except KeyboardInterrupt:
            for key, runner in runners.items():
                if runner.rounds and not self.fixture(key).disabled:
                    self._finish(key)
            raise KeyboardInterrupt from None

    def _keep(self, runner: Runner) -> None:
        """Give the round that has just finished to pytest-benchmark, and put it on disk."""
        fixture = self.fixture((runner.way.name, runner.batch_size))
        if fixture.disabled:
            return
        stats = fixture.stats or fixture._make_stats(iterations=1)
        stats.update(runner.seconds[-1])
        self.lab6.keep_round(fixture, runner.rounds, lambda: runner.record(self.plan, self._ceilings))

    def _finish(self, key: Key) -> None:
        self.lab6.finish(self._runners[key].record(self.plan, self._ceilings), self.fixture(key))


def _key(item: pytest.Item) -> Key:
    parameters = item.callspec.params  # type: ignore[attr-defined]  # all of them are parametrized
    return parameters["way"], parameters["batch_size"]
