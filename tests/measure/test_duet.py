import contextlib
import itertools
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab6.measure import duet as module
from lab6.measure.duet import BASELINE, CANDIDATE, MOST_FAILURES, MOST_ROUNDS, Duets, Side
from lab6.measure.places import AT_ONCE, IN_TURNS, Places
from lab6.measure.plan import Case, Measured, TooLong
from lab6.measure.process import Process, WorkerError
from tests.measure.conftest import GOAL, case, plan

TWO_CORES = Places(AT_ONCE, ((0,), (1,)), 1, "at the same time")
ONE_CORE = Places(IN_TURNS, ((0,), (0,)), 1, "in turns")


class Game:
    """A duet of fake workers, and a clock on which nothing but a pair of a way takes time: ``seconds``."""

    def __init__(self, fake, monkeypatch, place=TWO_CORES, sizes=(10,), engines=("compiled",), seconds=50.0, **given):
        monkeypatch.setattr(module.places, "choose", lambda device, threads, models: place)
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: self.clock))
        sides = (
            Side(BASELINE, Path("/baseline"), fake.python, "/programs", "0123"),
            Side(CANDIDATE, Path("/candidate"), fake.python, "/programs"),
        )
        self.clock, self.seconds = 0.0, seconds
        self.cases = [case(fake.way(engine), size) for engine in engines for size in sizes]
        self.measured = [(Measured(case), Measured(case)) for case in self.cases]
        self.duets = Duets(plan(**given), sides, fake.progress, self._start)
        self.started: list[Process] = []
        self.done: set[Case] = set()

    def play(self, settled=lambda pair: ()) -> None:
        """``settled``: the numbers of the cases that are settled from this pair on."""

        def ask():
            self.done |= {self.cases[number] for number in settled(self.duets.pairs)}
            return self.done

        self.duets.play(self.measured, ask)

    def _start(self, way, number) -> Process:
        self.clock += self.seconds / 2
        self.started.append(Process(way, number))
        return self.started[-1]


@pytest.fixture
def game(fake, monkeypatch):
    return lambda *arguments, **given: Game(fake, monkeypatch, *arguments, **given)


def test_both_sides_train_from_the_same_seeds_and_no_two_pairs_from_one(game, fake):
    played = game(rounds="2", seed="7")
    played.play()
    ours, theirs = played.measured[0]
    assert [round_.seed for round_ in ours.rounds] == [7, 8, 9, 10, 11, 12]
    assert [round_.seed for round_ in theirs.rounds] == [7, 8, 9, 10, 11, 12]
    assert [round_.process for round_ in ours.rounds] == [1, 1, 2, 2, 3, 3]
    assert ours.seconds == theirs.seconds == [8.0, 9.0, 10.0, 11.0, 12.0, 13.0]
    assert {told["tree"] for told in fake.told("round")} == {"baseline", "candidate"}


def test_each_pair_has_fresh_processes_for_all_sizes_which_change_places(game, fake):
    played = game(sizes=(10, 100))
    played.play()
    starts = fake.told("start")
    assert [told["cores"] for told in starts if told["tree"] == "baseline"] == [[0], [1], [0]]
    assert [told["cores"] for told in starts if told["tree"] == "candidate"] == [[1], [0], [1]]
    assert len({told["process"] for told in starts}) == len(starts) == 6
    assert [told["batch_size"] for told in fake.told("prepare") if told["process"] == starts[0]["process"]] == [10, 100]
    assert {told["environment"]["OMP_NUM_THREADS"] for told in starts} == {"1"}
    assert all("--tf_xla_persistent_cache_directory=" in told["environment"]["TF_XLA_FLAGS"] for told in starts)
    assert all(len(own.prepared) == 3 for both in played.measured for own in both)
    assert len(fake.told("free")) == len(fake.told("prepare"))


def test_sides_on_a_gpu_each_see_their_own(game, fake):
    place = Places(AT_ONCE, (None, None), None, "on two GPUs", ("0", "1"))
    played = game(place=place)
    way = fake.way(device="gpu:1")
    played.duets.places["gpu:1"] = place
    played.cases[:] = [case(way, 10)]
    played.measured = [(Measured(played.cases[0]), Measured(played.cases[0]))]
    played.play()
    seen = [(told["tree"], told["environment"]["CUDA_VISIBLE_DEVICES"], told["device"]) for told in fake.told("start")]
    assert sorted(seen[:2]) == [("baseline", "0", "gpu:0"), ("candidate", "1", "gpu:0")]
    assert sorted(seen[2:4]) == [("baseline", "1", "gpu:0"), ("candidate", "0", "gpu:0")]


def test_a_settled_case_is_not_played_again_and_all_settled_end_the_duet(game):
    played = game(sizes=(10, 100), seconds=1.0)
    played.play(lambda pair: (0,) if pair == 2 else (1,) if pair == 5 else ())
    assert played.duets.pairs == 5
    assert [max(round_.process for round_ in own.rounds) for own, _ in played.measured] == [2, 5]


@pytest.mark.parametrize(("seconds", "duration", "pairs"), [(50.0, "180", 3), (60.0, "180", 3), (100.0, "10", 1)])
def test_no_pair_begins_that_would_not_end_in_time_but_one_is_always_played(game, seconds, duration, pairs):
    played = game(seconds=seconds, duration=duration)
    played.play()
    assert played.duets.pairs == pairs


def test_a_pair_that_fails_is_left_out_on_both_sides(game, fake):
    fake.rule("kill", do="round", tree="candidate", seed=5)  # pair 2, its second round
    played = game(rounds="4")
    played.play()
    for own in played.measured[0]:
        assert [round_.process for round_ in own.rounds] == [1] * 4 + [3] * 4
    assert len(played.measured[0][1].problems) == 1
    assert fake.printed == [
        "  pair 2 is cut short: process 2 of compiled was killed (SIGKILL); out of memory, perhaps."
    ]


@pytest.mark.parametrize("tree", ["baseline", "candidate"])
def test_a_way_that_fails_in_several_pairs_is_given_up_and_the_others_go_on(game, fake, tree):
    fake.rule("failed", do="prepare", tree=tree, engine="fit")
    played = game(engines=("fit", "compiled"), seconds=10.0, duration="100")
    played.play()
    (_, fit), (_, compiled) = played.measured
    assert len(fake.printed) == len(fit.problems) == MOST_FAILURES
    assert fake.printed[0] == "  pair 1 is cut short: fit failed: as it was told to."
    assert not fit.rounds
    assert {round_.process for round_ in compiled.rounds} == set(range(1, 8))


def test_sides_that_cannot_train_at_once_take_turns_and_swap_their_order(game, fake):
    played = game(place=ONE_CORE, rounds="2")
    played.play()
    order = [(told["tree"][0], told["seed"]) for told in fake.told("round")]
    assert order[:4] == [("b", 0), ("c", 0), ("c", 1), ("b", 1)]
    assert order[4:8] == [("c", 2), ("b", 2), ("b", 3), ("c", 3)]
    assert [round_.seed for round_ in played.measured[0][0].rounds[:4]] == [0, 1, 2, 3]


@pytest.mark.parametrize(("expected", "rounds"), [("0", 4), ("0.4", 3), ("1", 1), ("30", 1)])
def test_without_rounds_as_many_as_fill_a_second_are_played(game, monkeypatch, expected, rounds):
    monkeypatch.setenv("LAB6_FAKE_EXPECTED", expected)
    played = game()
    played.play()
    seeds = [round_.seed for round_ in played.measured[0][0].rounds]
    starts = [(pair - 1) * MOST_ROUNDS for pair in (1, 2, 3)]
    assert seeds == list(itertools.chain.from_iterable(range(start, start + rounds) for start in starts))


@pytest.mark.parametrize("fails", [KeyboardInterrupt, WorkerError])
def test_all_processes_are_ended_whatever_happens(game, monkeypatch, fails):
    def fail(process):
        raise fails("no answer")

    played = game()
    monkeypatch.setattr(Process, "answer", fail)
    with contextlib.suppress(KeyboardInterrupt):
        played.play()
    pairs = 1 if fails is KeyboardInterrupt else 3
    assert [process.number for process in played.started] == [pair for pair in range(1, pairs + 1) for _ in range(2)]
    assert not any(process.alive for process in played.started)


def test_a_size_whose_epochs_would_take_too_long_is_skipped_once_and_the_others_go_on(game, fake, monkeypatch):
    monkeypatch.setenv("LAB6_FAKE_EXPECTED", "10:500")
    played = game(sizes=(10, 100), longest="60")
    played.play()
    (ours, theirs), others = played.measured
    assert [type(problem) for problem in theirs.problems] == [TooLong]
    assert not ours.rounds
    assert not theirs.rounds
    assert [{round_.process for round_ in own.rounds} for own in others] == [{1, 2, 3}] * 2
    assert len(fake.printed) == 1
    assert "minibatch size 10 is skipped: an epoch would take about 8 min" in fake.printed[0]


def test_a_duet_of_skipped_sizes_ends_after_a_pair(game, monkeypatch):
    monkeypatch.setenv("LAB6_FAKE_EXPECTED", "500")
    played = game(longest="60")
    played.play()
    assert played.duets.pairs == 1


def test_a_revision_that_knows_no_target_is_given_up_at_once_with_one_sentence(fake, monkeypatch):
    fake.rule("old", do="prepare", tree="baseline")
    game = Game(fake, monkeypatch)
    game.play()
    assert game.duets.pairs == 1
    (problem,) = game.measured[0][1].problems
    assert str(problem) == (
        "lab6 in /baseline cannot train to a target yet: give a later revision, or compare epochs with pytest "
        "benchmarks."
    )


def test_both_sides_train_to_the_goal_from_the_seeds_of_runs(fake, monkeypatch):
    game = Game(fake, monkeypatch)
    game.measured = [(Measured(case), Measured(case)) for case in [case(fake.way(), 10, GOAL)]]
    game.play()
    assert {told["goal"]["learning_rate"] for told in fake.told("prepare")} == {0.004}
    assert [[each.seed for each in side.rounds] for side in game.measured[0]] == [[100, 104, 108]] * 2
