"""Training to an accuracy: when it ends, and what is inside the clock."""

import math
import time

import pytest

from lab6.measure.target import Goal, ToTarget, train_to
from lab6.training.engines import Learned

GOAL = Goal(targets=(0.5, 0.8), learning_rate=0.1, decay_steps=None, every=10, steps=95)


class Task:
    device = "cpu"


class Engine:
    """Learns a tenth in each part of ten steps; ``bad``: the step from which its loss is NaN."""

    task = Task()
    full_steps = 40
    compiles = True

    def __init__(self, bad: int | None = None, pause: float = 0.0) -> None:
        self.bad, self.pause = bad, pause
        self.runs: list[tuple[int, int, int]] = []

    def prepare(self) -> None:
        pass

    def begin(self, seed, learning_rate, decay_steps) -> None:
        assert (learning_rate, decay_steps) in ((0.1, None), (0.1, 95))
        self.seed = seed

    def run(self, steps, every, pause) -> None:
        self.runs.append((self.seed, steps, every))
        for done in range(0, steps, every):
            self.done = min(done + every, steps)
            loss = math.nan if self.bad is not None and self.done >= self.bad else 1 / self.done
            if pause(self.done, Learned(loss, self.done / 1_000)):
                return

    def evaluate(self) -> float:
        time.sleep(self.pause)
        return self.done / 100


def test_it_ends_with_the_last_target_and_knows_when_each_was_reached():
    outcome = train_to(Engine(), GOAL, seed=3)
    assert outcome.reached == {0.5: 50, 0.8: 80}
    assert (outcome.steps, outcome.accuracy, outcome.best_accuracy) == (80, 0.8, 0.8)


def test_it_ends_with_its_steps_if_the_target_is_not_reached():
    outcome = train_to(Engine(), Goal((0.99,), 0.1, 95, 10, 95), seed=0)
    assert (outcome.steps, outcome.reached, outcome.accuracy) == (95, {}, 0.95)


def test_it_ends_when_the_loss_is_no_longer_finite():
    outcome = train_to(Engine(bad=30), GOAL, seed=0)
    assert outcome.steps == 30
    assert outcome.diverged


def test_what_was_learned_is_a_mean_over_all_steps():
    """Nine parts of ten steps, and one of five."""
    outcome = train_to(Engine(), Goal((0.99,), 0.1, None, 10, 95), seed=0)
    assert outcome.learned.accuracy == pytest.approx((10 * sum(range(10, 91, 10)) + 5 * 95) / 95 / 1_000)


def test_evaluations_are_outside_the_clock():
    """Eight evaluations of 20 ms take longer than the clock says."""
    start = time.perf_counter()
    seconds, _ = ToTarget(Engine(pause=0.02), GOAL).time_one(seed=8)
    assert time.perf_counter() - start - seconds >= 8 * 0.02


def test_a_round_trains_to_the_target_and_then_as_many_steps_in_one_go():
    clock = ToTarget(engine := Engine(), GOAL)
    clock.prepare(seed=7)
    assert clock.compile_seconds is not None
    engine.runs.clear()
    _, round_ = clock.time_one(seed=8)
    assert engine.runs == [(8, 95, 10), (8, 80, 40)]
    assert (round_.seed, round_.steps, round_.test_accuracy) == (8, 80, 0.8)
