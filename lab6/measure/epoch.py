"""The clock around the epoch, in a worker.

Inside it: one epoch, from drawing the order of images to the moment when the device has finished. Outside, before:
building, compiling, a warm-up, the reset to the round's seed, a garbage collection. Outside, after: memory and
processor time, the test accuracy.
"""

import dataclasses
import gc
import time
from collections.abc import Callable
from typing import Any

from lab6.measure import resources
from lab6.measure.resources import Meter
from lab6.record import Round

WARM_UP_STEPS = 1_000
"""The warm-up is an epoch, or this many steps of a longer one: enough to be past compilation and first touches."""

FIRST_STEPS = 10
"""Steps of the warm-up that are trained first, to see how long a step takes."""

WARM_UP_SECONDS = 10.0
"""If all steps of the warm-up would take longer, the first ones are enough."""


class Epochs:
    """Times the epochs of one engine."""

    def __init__(self, engine: Any, slowest: Callable[[float], float] = float) -> None:
        """``engine``: a :class:`lab6.training.engines.engine.Engine`, or what has its methods. ``slowest``: the most
        seconds of all workers that train together; by default, there is one."""
        self.engine = engine
        self._slowest = slowest
        self.compile_seconds: float | None = None
        self._meter = Meter(engine.task.device)

    def prepare(self, seed: int) -> float:
        """Compile, and train a warm-up that is not reported; return the seconds that an epoch is expected to take."""
        resources.trim()  # of what building took
        start = time.perf_counter()
        self.engine.prepare()
        if self.engine.compiles:
            self.compile_seconds = time.perf_counter() - start
        resources.trim()  # of what compiling and earlier benchmarks took; the warm-up takes again what an epoch needs
        self.engine.reset(seed)
        steps = min(self.engine.full_steps, WARM_UP_STEPS)
        first = min(steps, FIRST_STEPS)
        seconds = self._slowest(self._train(first))
        if first < steps and seconds * steps <= WARM_UP_SECONDS:
            seconds = self._train(steps)
        return seconds * float(self.engine.full_steps)

    def _train(self, steps: int) -> float:
        """Train some steps; the seconds that one took."""
        start = time.perf_counter()
        self.engine.train(steps)
        return (time.perf_counter() - start) / max(steps, 1)

    def time_one(self, seed: int) -> tuple[float, Round]:
        """Reset to ``seed`` and time an epoch; return its seconds, and what it learned and used."""
        self.engine.reset(seed)
        gc.collect()
        self._meter.start()
        start = time.perf_counter()
        learned = self.engine.train_epoch()
        seconds = time.perf_counter() - start
        usage = self._meter.stop()
        return seconds, Round(
            seed=seed,
            training_accuracy=learned.accuracy,
            training_loss=learned.loss,
            test_accuracy=self.engine.evaluate(),
            **dataclasses.asdict(usage),
        )
