"""The clock around training to an accuracy, in a worker.

A run trains from its seed twice: first with evaluations, which say after how many steps the target is reached, then as
many steps in one go, which learn the same. Inside the clock are these steps alone, because an evaluation leaves cores
asleep and caches cold, which slows the steps after it.
"""

import dataclasses
import gc
import math
import time
from collections.abc import Sequence
from typing import Any

from lab6.measure import resources
from lab6.measure.resources import Meter, Usage
from lab6.record import Round
from lab6.training.engines import Learned

WARM_UP_STEPS = 1_000
"""Steps that are trained before the clock starts for the first time, or fewer if the run is shorter."""


@dataclasses.dataclass(frozen=True)
class Goal:
    """What a run trains towards, and how.

    ``targets``: test accuracies, from the lowest to the highest; a run ends with the last. ``learning_rate``: at the
    start. ``decay_steps``: the step at which it is zero; None if it is constant. ``every``: steps between evaluations.
    ``steps``: the most that are trained.
    """

    targets: tuple[float, ...]
    learning_rate: float
    decay_steps: int | None
    every: int
    steps: int

    @property
    def target(self) -> float:
        """The last target, with which a run ends."""
        return self.targets[-1]

    @classmethod
    def told(cls, plain: dict[str, Any]) -> "Goal":
        """From the arguments of a worker's command."""
        return cls(**plain | {"targets": tuple(plain["targets"])})


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of a run.

    ``steps``: trained. ``reached``: the steps to each target that was reached. ``best_accuracy`` and ``accuracy``: the
    highest and the last test accuracy. ``learned``: means over all steps.
    """

    steps: int
    reached: dict[float, int]
    best_accuracy: float
    accuracy: float
    learned: Learned

    @property
    def diverged(self) -> bool:
        """Whether the loss became infinite or NaN."""
        return not math.isfinite(self.learned.loss)


def train_to(engine: Any, goal: Goal, seed: int) -> Outcome:
    """Train ``engine``, whose task goes on over epochs, from ``seed`` until the last target is reached, the loss is no
    longer finite, or the steps are over."""
    accuracies: list[float] = []
    parts: list[tuple[int, Learned]] = []
    reached: dict[float, int] = {}

    def pause(steps: int, learned: Learned) -> bool:
        accuracies.append(engine.evaluate())
        parts.append((steps, learned))
        for target in goal.targets:
            if accuracies[-1] >= target:
                reached.setdefault(target, steps)
        return goal.targets[-1] in reached or not math.isfinite(learned.loss)

    engine.begin(seed, goal.learning_rate, goal.decay_steps)
    engine.run(goal.steps, goal.every, pause)
    return Outcome(parts[-1][0], reached, max(accuracies), accuracies[-1], _mean(parts))


class ToTarget:
    """Times runs to the last target of a goal; it has the methods of :class:`lab6.measure.epoch.Epochs`."""

    def __init__(self, engine: Any, goal: Goal) -> None:
        """``engine``: a :class:`lab6.training.engines.engine.Engine` whose task goes on over epochs."""
        self.engine, self.goal = engine, goal
        self.compile_seconds: float | None = None
        self._meter = Meter(engine.task.device)

    def prepare(self, seed: int) -> float:
        """Compile, and train a warm-up that is not reported; return the seconds that a run is expected to take."""
        resources.trim()
        start = time.perf_counter()
        self.engine.prepare()
        if self.engine.compiles:
            self.compile_seconds = time.perf_counter() - start
        resources.trim()
        steps = min(self.goal.steps, WARM_UP_STEPS)
        return self._time(seed, steps)[0] * self.goal.steps / steps

    def time_one(self, seed: int) -> tuple[float, Round]:
        """Train from ``seed``; return the seconds, and what was learned and used."""
        outcome = train_to(self.engine, self.goal, seed)
        seconds, usage = self._time(seed, outcome.steps)
        return seconds, Round(
            seed=seed,
            steps=outcome.steps,
            training_accuracy=outcome.learned.accuracy,
            training_loss=outcome.learned.loss,
            test_accuracy=outcome.accuracy,
            **dataclasses.asdict(usage),
        )

    def _time(self, seed: int, steps: int) -> tuple[float, Usage]:
        """Train ``steps`` from ``seed`` in one go, as far as an engine can go over the end of an epoch."""
        self.engine.begin(seed, self.goal.learning_rate, self.goal.decay_steps)
        gc.collect()
        self._meter.start()
        start = time.perf_counter()
        self.engine.run(steps, self.engine.full_steps, lambda *_: False)
        seconds = time.perf_counter() - start
        return seconds, self._meter.stop()


def _mean(parts: Sequence[tuple[int, Learned]]) -> Learned:
    """The mean over all steps, from what was learned up to each pause."""
    loss, accuracy, before = 0.0, 0.0, 0
    for steps, learned in parts:
        loss += (steps - before) * learned.loss
        accuracy += (steps - before) * learned.accuracy
        before = steps
    return Learned(loss / before, accuracy / before)
