"""The clock around training to an accuracy, in a worker.

Inside it: the steps. Outside: the reset to the round's seed, and each evaluation on the test images with what it leaves
behind: cores that sleep by then are woken before the clock goes on, since training without evaluations has none.
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

    ``steps``: trained, in ``seconds``. ``reached``: for each target that was reached, the steps and the seconds until
    then. ``best_accuracy`` and ``accuracy``: the highest and the last test accuracy. ``learned``: means over all steps.
    ``usage``: of the steps, None if it was not measured.
    """

    steps: int
    seconds: float
    reached: dict[float, tuple[int, float]]
    best_accuracy: float
    accuracy: float
    learned: Learned
    usage: Usage | None

    @property
    def diverged(self) -> bool:
        """Whether the loss became infinite or NaN."""
        return not math.isfinite(self.learned.loss)


def train_to(engine: Any, goal: Goal, seed: int, meter: Meter | None = None) -> Outcome:
    """Train ``engine``, whose task goes on over epochs, from ``seed`` until the last target is reached, the loss is no
    longer finite, or the steps are over. ``meter``: measures what the steps use."""
    engine.begin(seed, goal.learning_rate, goal.decay_steps)
    gc.collect()
    seconds, start, accuracies, parts = 0.0, 0.0, [], []
    reached: dict[float, tuple[int, float]] = {}
    used: list[Usage] = []

    def go_on() -> None:
        nonlocal start
        if meter:
            meter.start()
        engine.wake()
        start = time.perf_counter()

    def pause(steps: int, learned: Learned) -> bool:
        nonlocal seconds
        seconds += time.perf_counter() - start
        if meter:
            used.append(meter.stop())
        accuracies.append(engine.evaluate())
        parts.append((steps, learned))
        for target in goal.targets:
            if accuracies[-1] >= target:
                reached.setdefault(target, (steps, seconds))
        go_on()
        return goal.targets[-1] in reached or not math.isfinite(learned.loss)

    go_on()
    engine.run(goal.steps, goal.every, pause)
    return Outcome(
        parts[-1][0],
        seconds,
        reached,
        max(accuracies),
        accuracies[-1],
        _mean(parts),
        resources.together(used) if used else None,
    )


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
        short = dataclasses.replace(self.goal, steps=min(self.goal.steps, WARM_UP_STEPS))
        warm = train_to(self.engine, short, seed)
        return warm.seconds * self.goal.steps / warm.steps

    def time_one(self, seed: int) -> tuple[float, Round]:
        """Train from ``seed``; return the seconds, and what was learned and used."""
        outcome = train_to(self.engine, self.goal, seed, self._meter)
        assert outcome.usage, "there is a meter"
        return outcome.seconds, Round(
            seed=seed,
            steps=outcome.steps,
            training_accuracy=outcome.learned.accuracy,
            training_loss=outcome.learned.loss,
            test_accuracy=outcome.accuracy,
            **dataclasses.asdict(outcome.usage),
        )


def _mean(parts: Sequence[tuple[int, Learned]]) -> Learned:
    """The mean over all steps, from what was learned up to each pause."""
    loss, accuracy, before = 0.0, 0.0, 0
    for steps, learned in parts:
        loss += (steps - before) * learned.loss
        accuracy += (steps - before) * learned.accuracy
        before = steps
    return Learned(loss / before, accuracy / before)
