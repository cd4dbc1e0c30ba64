import dataclasses
from types import SimpleNamespace

import psutil
import pytest

from lab6.measure import turns as module
from lab6.measure.options import Repeats
from lab6.measure.plan import Measured, TooLong
from lab6.measure.process import Died, Unavailable, WorkerError
from lab6.measure.turns import PROCESS_BYTES, Turns, waves
from tests.measure.conftest import GOAL, case, plan


@pytest.fixture(autouse=True)
def nothing_to_wait_for_and_memory_for_all(monkeypatch):
    monkeypatch.setattr(module, "SETTLE_SECONDS", 0)
    memory_for(monkeypatch, 100)


def memory_for(monkeypatch, processes: float) -> None:
    available = SimpleNamespace(available=processes * PROCESS_BYTES)
    monkeypatch.setattr(module.psutil, "virtual_memory", lambda: available)


def run(fake, measured, processes=3, rounds=2, keep=lambda own: None, **given) -> Turns:
    turns = Turns(plan(**given), fake.progress, keep)
    turns.run(measured, Repeats(processes, rounds, turns.plan.options.repeats().seed))
    return turns


def seeds(fake) -> list[int]:
    return [told["seed"] for told in fake.told("round")]


def test_rounds_alternate_between_processes_and_each_has_a_seed_of_its_own_and_is_kept(fake):
    own, kept = Measured(case(fake.way(), 10)), []
    run(fake, [own], processes=3, rounds=2, keep=lambda own: kept.append(len(own.rounds)), seed="40")
    assert seeds(fake) == [40, 42, 44, 41, 43, 45]
    assert [(each.seed, each.process) for each in own.rounds] == list(zip(seeds(fake), [1, 2, 3, 1, 2, 3], strict=True))
    assert kept == [1, 2, 3, 4, 5, 6]
    assert own.seconds == [1.0 + seed for seed in seeds(fake)]
    assert {round_.cores for round_ in own.rounds} == {"0"}
    assert (len(own.prepared), own.problems) == (3, [])


def test_one_size_after_the_other_is_measured_by_the_same_processes(fake):
    sizes = (100, 10)
    run(fake, [Measured(case(fake.way(), size)) for size in sizes], processes=2, rounds=1)
    assert [told["batch_size"] for told in fake.told("prepare")] == [100, 100, 10, 10]
    assert [told["do"] for told in fake.told()[-6:]] == ["prepare", "prepare", "round", "round", "free", "free"]
    assert len({told["process"] for told in fake.told()}) == 2


def test_all_processes_load_the_same_data_and_one_measures_the_ceilings(fake):
    turns = run(fake, [Measured(case(fake.way(), 10, data_dir="data"))])
    loads = fake.told("load")
    assert len(loads) == 3
    assert {(told["dataset"], told["digest"], told["images"]) for told in loads} == {("digits", "sha256:0", 600)}
    assert all(told["data_dir"].endswith("/data") for told in loads)
    assert [told["optimizer"] for told in fake.told("ceilings")] == ["adam"]
    assert turns.ceilings["cpu", None, 1, plan().work].flops_per_second == 1e9


def test_a_worker_that_is_killed_costs_its_own_rounds_and_one_sentence(fake):
    fake.rule("kill", do="round", seed=3)  # process 2, round 2
    sizes = [Measured(case(fake.way(), size)) for size in (10, 100)]
    run(fake, sizes)
    assert [round_.process for round_ in sizes[0].rounds] == [1, 2, 3, 1, 3]
    assert [round_.process for round_ in sizes[1].rounds] == [1, 3, 1, 3]
    assert [type(problem) for problem in sizes[0].problems] == [Died]
    assert fake.printed == [
        "  process 2 of compiled was killed (SIGKILL); out of memory, perhaps. Its other rounds are missing."
    ]


def test_a_size_that_fails_does_not_stop_the_others(fake):
    fake.rule("failed", do="prepare", batch_size=100)
    sizes = [Measured(case(fake.way(), size)) for size in (10, 100, 600)]
    run(fake, sizes)
    assert [len(own.rounds) for own in sizes] == [6, 0, 6]
    assert [str(problem) for problem in sizes[1].problems] == ["compiled failed: as it was told to."] * 3
    assert fake.printed == []


@pytest.mark.parametrize(
    ("how", "do", "kind"), [("unavailable", "start", Unavailable), ("failed", "load", WorkerError)]
)
def test_what_is_missing_at_the_start_is_a_problem_of_all_sizes_of_that_way_alone(fake, how, do, kind):
    fake.rule(how, do=do, engine="fit")
    theirs = [Measured(case(fake.way("fit"), size)) for size in (10, 100)]
    ours = Measured(case(fake.way("compiled"), 10))
    run(fake, [*theirs, ours], processes=2, rounds=1)
    assert all(type(own.problems[0]) is kind and not own.rounds for own in theirs)
    assert {told["engine"] for told in fake.told("prepare", "round")} == {"compiled"}
    assert (len(ours.rounds), ours.problems) == (2, [])


def test_ways_take_turns_within_each_round_with_the_same_seeds(fake):
    ways = [fake.way("compiled"), fake.way("fit")]
    measured = [Measured(case(way, size)) for way in ways for size in (10, 100)]
    measured.append(Measured(case(ways[0], 600)))  # a size that the other does not have
    run(fake, measured, processes=2, rounds=1)
    rounds = [(told["engine"], told["seed"]) for told in fake.told("round")]
    assert rounds == [("compiled", 0), ("fit", 0), ("compiled", 1), ("fit", 1)] * 2 + [("compiled", 0), ("compiled", 1)]
    assert all(len(own.rounds) == 2 for own in measured)


@pytest.mark.parametrize(
    ("memory", "ways", "expected"),
    [
        (100, 1, [[1, 2, 3, 4, 5]]),
        (2.5, 1, [[1, 2], [3, 4], [5]]),
        (4, 2, [[1, 2], [3, 4], [5]]),
        (0.1, 1, [[1], [2], [3], [4], [5]]),
    ],
)
def test_as_many_processes_are_alive_as_memory_allows(monkeypatch, memory, ways, expected):
    memory_for(monkeypatch, memory)
    assert [list(numbers) for numbers in waves(5, ways)] == expected


def test_one_process_is_alive_at_a_time_if_the_memory_is_unknown(monkeypatch):
    monkeypatch.setattr(module.psutil, "virtual_memory", lambda: 1 / 0)
    assert [list(wave) for wave in waves(2, 1)] == [[1], [2]]


def test_waves_follow_each_other_and_measure_the_ceilings_once(fake, monkeypatch):
    memory_for(monkeypatch, 2)
    own = Measured(case(fake.way(), 10))
    run(fake, [own], processes=3, rounds=2)
    assert seeds(fake) == [0, 2, 1, 3, 4, 5]
    assert [round_.process for round_ in own.rounds] == [1, 2, 1, 2, 3, 3]
    assert len(fake.told("ceilings")) == 1


def test_an_interruption_ends_all_processes(fake):
    def interrupt(own):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(fake, [Measured(case(fake.way(), 10))], 2, 2, keep=interrupt)
    started = [told["process"] for told in fake.told("start")]
    assert [psutil.pid_exists(process) for process in started] == [False, False]


@pytest.mark.parametrize("memory", [100, 1])
def test_a_size_whose_epochs_would_take_too_long_is_skipped_and_named_once(fake, monkeypatch, memory):
    """Also if processes follow each other."""
    memory_for(monkeypatch, memory)
    monkeypatch.setenv("LAB6_FAKE_EXPECTED", "10:500")
    sizes = [Measured(case(fake.way(), size)) for size in (10, 100)]
    run(fake, sizes, longest="60")
    assert [len(own.rounds) for own in sizes] == [0, 6]
    assert [type(problem) for problem in sizes[0].problems] == [TooLong]
    assert sizes[1].problems == []
    assert fake.printed == [f"  {sizes[0].problems[0]}"]
    assert str(sizes[0].problems[0]) == (
        "compiled on cpu, minibatch size 10 is skipped: an epoch would take about 8 min 20 s, longer than --longest "
        "60; give --longest 600 to measure it."
    )


def test_all_sizes_can_be_skipped_and_a_way_for_itself(fake, monkeypatch):
    monkeypatch.setenv("LAB6_FAKE_EXPECTED", "500")
    measured = [Measured(case(fake.way(engine), 10)) for engine in ("compiled", "fit")]
    run(fake, measured, processes=2, rounds=1, longest="499")
    assert fake.told("round") == []
    assert len(fake.printed) == 2
    run(fake, again := [Measured(case(fake.way(), 10))], processes=1, rounds=1, longest="500")
    assert len(again[0].rounds) == 1


def test_two_goals_with_one_minibatch_size_are_prepared_one_after_the_other(fake):
    goals = [GOAL, dataclasses.replace(GOAL, decay_steps=None)]
    own = [Measured(case(fake.way(), 10, goal)) for goal in goals]
    run(fake, own, processes=1, rounds=2)
    assert [told["goal"]["decay_steps"] for told in fake.told("prepare")] == [1_700, None]
    assert [[each.steps for each in one.rounds] for one in own] == [[200, 200], [200, 200]]
    assert not fake.told("ceilings")
