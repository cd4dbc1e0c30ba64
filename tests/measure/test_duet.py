import itertools
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab6.measure import duet as module
from lab6.measure.duet import BASELINE, CANDIDATE, MOST_FAILURES, MOST_ROUNDS, Duets, Side, rounds_in_a_turn
from lab6.measure.places import AT_ONCE, IN_TURNS, Places
from lab6.measure.plan import Case, Measured
from lab6.measure.process import Process
from tests.measure.conftest import plan

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
        self.cases = [Case(fake.way(engine), size) for engine in engines for size in sizes]
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


def test_sides_change_places_from_pair_to_pair(game, fake):
    game().play()
    places = {(told["tree"], told["process"]): told["cores"] for told in fake.told("start")}
    assert [cores for (tree, _), cores in places.items() if tree == "baseline"] == [[0], [1], [0]]
    assert [cores for (tree, _), cores in places.items() if tree == "candidate"] == [[1], [0], [1]]


def test_each_pair_has_fresh_processes_for_all_sizes(game, fake):
    game(sizes=(10, 100)).play()
    processes = [told["process"] for told in fake.told("start")]
    assert len(set(processes)) == len(processes) == 6
    ours = [told["batch_size"] for told in fake.told("prepare") if told["process"] == processes[0]]
    assert ours == [10, 100]


def test_fresh_processes_compile_anew_with_the_threads_of_their_place(game, fake):
    game().play()
    environments = [told["environment"] for told in fake.told("start")]
    assert {environment["OMP_NUM_THREADS"] for environment in environments} == {"1"}
    assert all("--tf_xla_persistent_cache_directory=" in environment["TF_XLA_FLAGS"] for environment in environments)


def test_sides_on_a_gpu_each_see_their_own(game, fake):
    place = Places(AT_ONCE, (None, None), None, "on two GPUs", ("0", "1"))
    played = game(place=place)
    way = fake.way(device="gpu:1")
    played.duets.places["gpu:1"] = place
    played.cases[:] = [Case(way, 10)]
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


def test_a_duet_that_never_works_ends(game, fake):
    fake.rule("protocol", tree="baseline", do="start")
    played = game(seconds=1.0)
    played.play()
    assert played.duets.pairs == MOST_FAILURES


def test_sides_that_cannot_train_at_once_take_turns_and_swap_their_order(game, fake):
    played = game(place=ONE_CORE, rounds="2")
    played.play()
    order = [(told["tree"][0], told["seed"]) for told in fake.told("round")]
    assert order[:4] == [("b", 0), ("c", 0), ("c", 1), ("b", 1)]
    assert order[4:8] == [("c", 2), ("b", 2), ("b", 3), ("c", 3)]
    assert [round_.seed for round_ in played.measured[0][0].rounds[:4]] == [0, 1, 2, 3]


def test_what_was_prepared_is_kept_of_each_side_and_released(game, fake):
    played = game(sizes=(10, 100))
    played.play()
    assert all(len(own.prepared) == 3 for both in played.measured for own in both)
    assert len(fake.told("free")) == len(fake.told("prepare"))


@pytest.mark.parametrize(("expected", "rounds"), [("0.001", 4), ("0.4", 3), ("30", 1)])
def test_without_rounds_as_many_as_fill_a_second_are_played(game, monkeypatch, expected, rounds):
    monkeypatch.setenv("LAB6_FAKE_EXPECTED", expected)
    played = game()
    played.play()
    seeds = [round_.seed for round_ in played.measured[0][0].rounds]
    starts = [(pair - 1) * MOST_ROUNDS for pair in (1, 2, 3)]
    assert seeds == list(itertools.chain.from_iterable(range(start, start + rounds) for start in starts))


@pytest.mark.parametrize(("expected", "rounds"), [(0.0, 4), (0.25, 4), (0.3, 4), (0.5, 2), (1.0, 1), (1e9, 1)])
def test_a_turn_is_about_a_second_long(expected, rounds):
    assert rounds_in_a_turn(expected) == rounds


def test_all_processes_are_ended_and_numbered_by_their_pair(game, fake):
    fake.rule("failed", do="round", seed=4)  # the second pair's first
    played = game()
    played.play()
    assert [process.number for process in played.started] == [1, 1, 2, 2, 3, 3]
    assert not any(process.alive for process in played.started)


def test_all_processes_are_ended_also_by_an_interruption(game, monkeypatch):
    def interrupt(process):
        raise KeyboardInterrupt

    played = game()
    monkeypatch.setattr(Process, "answer", interrupt)
    with pytest.raises(KeyboardInterrupt):
        played.play()
    assert [process.alive for process in played.started] == [False, False]
