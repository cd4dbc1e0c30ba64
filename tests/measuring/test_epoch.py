import math
from types import SimpleNamespace

import pytest
from rich.console import Console

from lab6.measuring import processors
from lab6.measuring.epoch import WARM_UP_STEPS, Epochs
from lab6.measuring.progress import Progress
from lab6.training.engines.engine import Learned


class Pedantic:
    """pytest-benchmark's pedantic mode, with a made-up clock of 1 s, 2 s, ..."""

    def __init__(self, extra_runs: int = 0, log: list[str] | None = None) -> None:
        self.log = [] if log is None else log
        self.stats = SimpleNamespace(stats=SimpleNamespace(data=[]))
        self.has_error = False
        self.extra_runs = extra_runs

    def pedantic(self, target, setup, teardown, rounds):
        for number in range(1, rounds + 1):
            setup()
            self.log.append("clock starts")
            target()
            self.log.append("clock stops")
            self.stats.stats.data.append(float(number))
            teardown()
        for _ in range(self.extra_runs):
            setup()
            target()
            teardown()


class FakeEngine:
    """Writes down what is done to it; fails in the epoch whose number is ``fails_in``."""

    def __init__(self, compiles=True, full_steps=5, fails_in=0, error=KeyboardInterrupt, loss=0.5):
        self.task = SimpleNamespace(device="cpu")
        self.compiles, self.full_steps, self.loss = compiles, full_steps, loss
        self.fails_in, self.error = fails_in, error
        self.log, self.epochs, self.seed = [], 0, 0

    def prepare(self):
        self.log.append("prepare")

    def reset(self, seed):
        self.seed = seed
        self.log.append(f"reset {seed}")

    def train(self, steps):
        self.log.append(f"warm up {steps}")

    def train_epoch(self):
        self.epochs += 1
        if self.epochs == self.fails_in:
            raise self.error
        self.log.append("epoch")
        return Learned(self.loss, 0.75)

    def evaluate(self):
        self.log.append("evaluate")
        return 0.8


def epochs_of(engine: FakeEngine, seeds=(5, 6, 7)) -> Epochs:
    return Epochs(engine, seeds, Progress(Console(quiet=True), 1))


def test_it_compiles_warms_up_then_resets_times_and_evaluates_each_seed(monkeypatch):
    monkeypatch.setattr(processors, "taken", lambda before, after: 0.125)
    engine = FakeEngine()
    epochs = epochs_of(engine)
    epochs.prepare()
    epochs.time_with(Pedantic(log=engine.log))
    assert engine.log[:3] == ["prepare", "reset 5", "warm up 5"]
    assert engine.log[3:] == [
        step for seed in (5, 6, 7) for step in (f"reset {seed}", "clock starts", "epoch", "clock stops", "evaluate")
    ]
    assert [round_.seed for round_ in epochs.rounds] == [5, 6, 7]
    assert {round_.test_accuracy for round_ in epochs.rounds} == {0.8}
    assert all(round_.other_cpu_seconds == 0.125 for round_ in epochs.rounds)
    assert epochs.compile_seconds >= 0


def test_the_warm_up_of_a_long_epoch_is_cut_short():
    engine = FakeEngine(full_steps=60_000)
    epochs_of(engine).prepare()
    assert f"warm up {WARM_UP_STEPS}" in engine.log


def test_an_engine_that_compiles_nothing_has_no_compile_time():
    epochs = epochs_of(FakeEngine(compiles=False))
    epochs.prepare()
    assert epochs.compile_seconds is None


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_finished_rounds_survive_an_interruption_and_a_failure(error):
    benchmark, epochs = Pedantic(), epochs_of(FakeEngine(fails_in=3, error=error))
    with pytest.raises(error):
        epochs.time_with(benchmark)
    assert len(epochs.rounds) == 2
    assert benchmark.stats.stats.data == [1.0, 2.0]
    assert not benchmark.has_error


def test_an_interruption_while_evaluating_drops_the_round_that_has_no_accuracy(monkeypatch):
    engine = FakeEngine()
    benchmark, epochs = Pedantic(), epochs_of(engine)
    accuracies = iter([0.9])

    def evaluate():
        try:
            return next(accuracies)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(engine, "evaluate", evaluate)
    with pytest.raises(KeyboardInterrupt):
        epochs.time_with(benchmark)
    assert benchmark.stats.stats.data == [1.0]
    assert len(epochs.rounds) == 1


def test_a_benchmark_without_a_finished_round_is_left_out():
    benchmark, epochs = Pedantic(), epochs_of(FakeEngine(fails_in=1))
    with pytest.raises(KeyboardInterrupt):
        epochs.time_with(benchmark)
    assert benchmark.has_error
    assert epochs.rounds == []


def test_a_profiling_run_is_no_round():
    epochs = epochs_of(FakeEngine())
    epochs.time_with(Pedantic(extra_runs=2))
    assert len(epochs.rounds) == 3


def test_a_loss_that_is_not_a_number_is_recorded():
    epochs = epochs_of(FakeEngine(loss=math.nan))
    epochs.time_with(Pedantic())
    assert all(math.isnan(round_.training_loss) for round_ in epochs.rounds)
