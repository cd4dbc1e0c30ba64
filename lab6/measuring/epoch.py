"""The clock around the epoch.

Inside it: one epoch, from drawing the order of images to the moment when the device has finished. Outside, before:
building, compiling, a warm-up, the reset to the round's seed, a garbage collection. Outside, after: memory and
processor time, the test accuracy.
"""

import contextlib
import dataclasses
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_benchmark.fixture import BenchmarkFixture

from lab6.measuring import resources
from lab6.measuring.progress import Progress
from lab6.measuring.resources import Meter
from lab6.record import Round

if TYPE_CHECKING:
    from lab6.training.engines.engine import Engine

WARM_UP_STEPS = 1_000
"""The warm-up is an epoch, or this many steps of a longer one: enough to be past compilation and first touches."""


class Epochs:
    """Times one epoch a seed with pytest-benchmark, and keeps what each learned and used in ``rounds``."""

    def __init__(
        self,
        engine: "Engine",
        seeds: Sequence[int],
        progress: Progress,
        keep: Callable[["Epochs"], None] = lambda _: None,
    ) -> None:
        """``engine``: an engine, or what has its methods. ``keep`` is called after each finished round, outside of the
        clock."""
        self.engine = engine
        self.seeds = seeds
        self.progress = progress
        self.keep = keep
        self.compile_seconds: float | None = None
        self.rounds: list[Round] = []
        self._meter = Meter(engine.task.device)

    def prepare(self) -> None:
        """Compile, and train a warm-up that is not reported."""
        self.progress.say("compiling" if self.engine.compiles else "warming up")
        resources.trim()  # of what building took
        start = time.perf_counter()
        self.engine.prepare()
        if self.engine.compiles:
            self.compile_seconds = time.perf_counter() - start
        resources.trim()  # of what compiling took, and earlier benchmarks; the warm-up takes again what an epoch needs
        steps = min(self.engine.full_steps, WARM_UP_STEPS)
        self.engine.reset(self.seeds[0])
        start = time.perf_counter()
        self.engine.train(steps)
        self.progress.expect((time.perf_counter() - start) / max(steps, 1) * self.engine.full_steps)

    def time_with(self, benchmark: BenchmarkFixture) -> None:
        """Time the rounds; when they are interrupted or fail, the finished ones are kept."""
        try:
            with _little_garbage():
                benchmark.pedantic(self._train, setup=self._begin, teardown=self._end, rounds=len(self.seeds))
        finally:
            if benchmark.stats is not None:
                del benchmark.stats.stats.data[len(self.rounds) :]
                benchmark.has_error = not self.rounds

    def time_one(self) -> float:
        """Time the next round without pytest-benchmark, for a process that has none; seconds."""
        with _little_garbage():
            self._begin()
            start = time.perf_counter()
            self._train()
            seconds = time.perf_counter() - start
            self._end()
        return seconds

    def _begin(self) -> None:
        seed = self.seeds[len(self.rounds) % len(self.seeds)]
        self.engine.reset(seed)
        gc.collect()
        self.progress.round_begins(len(self.rounds) + 1, len(self.seeds))
        self._meter.start()
        self._start = time.perf_counter()

    def _train(self) -> None:
        self._learned = self.engine.train_epoch()

    def _end(self) -> None:
        usage = self._meter.stop()
        self.progress.round_ends(time.perf_counter() - self._start)
        round_ = Round(
            seed=self.engine.seed,
            training_accuracy=self._learned.accuracy,
            training_loss=self._learned.loss,
            test_accuracy=self.engine.evaluate(),
            **dataclasses.asdict(usage),
        )
        if len(self.rounds) < len(self.seeds):  # a profiling run of pytest-benchmark's is one more
            self.rounds.append(round_)
            self.keep(self)


@contextlib.contextmanager
def _little_garbage() -> Iterator[None]:
    """Hide what lives already from the garbage collector, so that it has little to walk through in a round."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
