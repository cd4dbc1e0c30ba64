import gc
import math
from types import SimpleNamespace

import pytest

from lab6.measure import epoch as module
from lab6.measure import processors
from lab6.measure.epoch import FIRST_STEPS, WARM_UP_STEPS, Epochs
from lab6.training.engines.engine import Learned


class FakeEngine:
    """Writes down what is done to it."""

    def __init__(self, compiles=True, full_steps=5, loss=0.5):
        self.task = SimpleNamespace(device="cpu")
        self.compiles, self.full_steps, self.loss = compiles, full_steps, loss
        self.log = []

    def prepare(self):
        self.log.append("prepare")

    def reset(self, seed):
        self.log.append(f"reset {seed}")

    def train(self, steps):
        self.log.append(f"warm up {steps}")

    def train_epoch(self):
        self.log.append("epoch")
        return Learned(self.loss, 0.75)

    def evaluate(self):
        self.log.append("evaluate")
        return 0.8


def clock(monkeypatch, engine: FakeEngine) -> None:
    """A clock that goes a second on each time it is read, and writes that down."""
    seconds = iter(range(1_000))

    def read():
        engine.log.append("clock")
        return float(next(seconds))

    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=read))


def test_it_compiles_then_warms_up_from_the_seed(monkeypatch):
    engine = FakeEngine()
    clock(monkeypatch, engine)
    epochs = Epochs(engine)
    epochs.prepare(5)
    assert engine.log == ["clock", "prepare", "clock", "reset 5", "clock", "warm up 5", "clock"]
    assert epochs.compile_seconds == 1.0


def test_only_the_epoch_is_inside_the_clock(monkeypatch):
    monkeypatch.setattr(processors, "taken", lambda before, after: 0.125)
    engine = FakeEngine()
    clock(monkeypatch, engine)
    collect = gc.collect
    monkeypatch.setattr(gc, "collect", lambda: engine.log.append("collect garbage") or collect())
    seconds, round_ = Epochs(engine).time_one(7)
    assert engine.log == ["reset 7", "collect garbage", "clock", "epoch", "clock", "evaluate"]
    assert seconds == 1.0
    assert (round_.seed, round_.training_accuracy, round_.training_loss, round_.test_accuracy) == (7, 0.75, 0.5, 0.8)
    assert round_.other_cpu_seconds == 0.125


@pytest.mark.parametrize(
    ("steps", "warm_up", "seconds"),
    [
        (60 * WARM_UP_STEPS, [FIRST_STEPS], 60 * WARM_UP_STEPS / FIRST_STEPS),  # a second for the first steps is long
        (60, [FIRST_STEPS, 60], 1.0),
        (1, [1], 1.0),
    ],
)
def test_the_warm_up_is_an_epoch_or_the_beginning_of_a_long_one(monkeypatch, steps, warm_up, seconds):
    engine = FakeEngine(full_steps=steps)
    clock(monkeypatch, engine)
    assert Epochs(engine).prepare(0) == pytest.approx(seconds)
    assert [entry for entry in engine.log if entry.startswith("warm up")] == [f"warm up {count}" for count in warm_up]


def test_workers_that_train_together_decide_by_the_slowest_how_long_they_warm_up(monkeypatch):
    """Otherwise some would train steps in which others do not join."""
    engine = FakeEngine(full_steps=60)
    clock(monkeypatch, engine)
    assert Epochs(engine, slowest=lambda seconds: 2 * seconds + 100).prepare(0) > 60
    assert [entry for entry in engine.log if entry.startswith("warm up")] == [f"warm up {FIRST_STEPS}"]


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_an_engine_that_compiles_nothing_has_no_compile_time_and_a_loss_that_is_no_number_is_recorded(loss):
    epochs = Epochs(FakeEngine(compiles=False, loss=loss))
    epochs.prepare(0)
    assert epochs.compile_seconds is None
    assert not math.isfinite(epochs.time_one(0)[1].training_loss)
