import os
import signal

import psutil
import pytest

from lab6.measure import team as module
from lab6.measure.plan import Measured
from lab6.measure.process import Process
from lab6.measure.team import Lost, Workers, start
from lab6.measure.way import Team
from tests.measure.conftest import case
from tests.measure.test_turns import memory_for, run


@pytest.fixture
def begun(fake):
    """Starts two workers, of which only the first answers, as the real ones do; ends them."""
    made = []

    def begin(patience: float = 20.0, **team) -> Workers:
        way = fake.way(cores=(0, 1), team=Team(2, patience, **team), note="with 2 workers")
        made.append(start(way, 3))
        return made[-1]

    yield begin
    for each in made:
        each.end()


def test_one_worker_alone_is_a_process(fake):
    own = start(fake.way())
    assert type(own) is Process
    own.end()


def test_every_worker_has_a_seat_and_cores_and_only_the_first_is_told_more(begun, fake):
    workers = begun()
    workers.started()
    workers._others[0].line()
    workers.ask("load", images=600)
    seats = {told["seat"]["rank"]: told for told in fake.told("start")}
    assert [seats[rank]["cores"] for rank in (0, 1)] == [[0, 1], [0, 1]]
    assert seats[0]["seat"] == {**seats[1]["seat"], "rank": 0}
    assert (seats[0]["seat"]["workers"], seats[0]["seat"]["patience"]) == (2, 20.0)
    assert seats[0]["seat"]["address"].startswith("127.0.0.1:")
    assert len(fake.told("load")) == 1


def test_in_a_cluster_a_machine_starts_one_worker_and_the_others_are_told_to_leave_at_the_end(fake):
    way = fake.way(team=Team(4, 20.0, in_cluster=True, rank=1, address="there:5000"))
    workers = start(way)
    workers.started()
    (told,) = fake.told("start")
    assert told["seat"] == {"patience": 20.0, "workers": 4, "rank": 1, "address": "there:5000", "number": 1}
    module.GRACE_SECONDS, before = 0.1, module.GRACE_SECONDS
    try:
        workers.end()
    finally:
        module.GRACE_SECONDS = before
    assert fake.told("leave")


def test_each_worker_on_gpus_sees_the_next_one(fake, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7,5,3")
    workers = start(fake.way(device="gpu:1", team=Team(2, 20.0)))
    workers.started()
    workers._others[0].line()
    workers.end()
    seen = {told["seat"]["rank"]: told["environment"]["CUDA_VISIBLE_DEVICES"] for told in fake.told("start")}
    assert seen == {0: "5", 1: "3"}
    assert {told["device"] for told in fake.told("start")} == {"gpu:0"}  # the only one that each sees


def test_gpus_of_one_process_have_one_worker_that_is_told_how_many(fake):
    own = start(fake.way(device="gpu:1", team=Team(2, 20.0, in_one_process=True)))
    own.started()
    own.end()
    (told,) = fake.told("start")
    assert (type(own), told["device"], told["gpus"], "seat" in told) == (Process, "gpu:1", 2, False)


def test_another_worker_that_dies_is_named_at_once_and_all_end(begun, fake):
    workers = begun()
    workers.started()
    fake_pid = workers._others[0].process.pid
    os.kill(fake_pid, signal.SIGKILL)
    with pytest.raises(
        Lost, match=r"worker 2 of 2 in process 3 of compiled with 2 workers was killed \(SIGKILL\).*; the run ends\.$"
    ):
        workers.answer()
    workers.end()
    assert not psutil.pid_exists(fake_pid)


def test_a_worker_that_is_stopped_is_named_after_the_patience(begun, fake):
    fake.rule("hang", do="round")
    workers = begun(patience=0.3)
    workers.started()
    os.kill(workers._others[0].process.pid, signal.SIGSTOP)
    with pytest.raises(Lost, match="^worker 2 of 2 in process 3 of compiled with 2 workers is stopped; the run ends"):
        workers.ask("round", seed=1)


def test_workers_that_wait_for_each_other_end_after_the_patience(begun, fake):
    fake.rule("hang", do="round")
    workers = begun(patience=0.3)
    workers.started()
    with pytest.raises(
        Lost, match=r"^the 2 workers in process 3 .* have not answered for 0 s \(--patience\); the run ends"
    ):
        workers.ask("round", seed=1)


@pytest.mark.parametrize(
    ("errors", "ranks"),
    [
        (["The following tasks are unhealthy (stopped sending heartbeats):", "1", "The tasks have crashed."], [1]),
        (["Barrier failed because: UNAVAILABLE: Task 3 heartbeat timeout. This indicates"], [3]),
        (["out of memory"], []),
    ],
)
def test_a_dying_worker_may_say_whom_it_lost(errors, ranks):
    assert module._blamed(errors) == ranks


def test_the_run_ends_with_a_lost_worker_and_keeps_what_is_finished(fake):
    fake.rule("kill", do="round", seed=1)
    way = fake.way(team=Team(1, 20.0), note="with 2 workers")
    small, large = Measured(case(way, 10)), Measured(case(way, 100))
    run(fake, [small, large], processes=3, rounds=1)
    assert [round_.seed for round_ in small.rounds] == [0]
    assert large.rounds == []
    assert [type(problem) for problem in (*small.problems, *large.problems)] == [Lost, Lost]


def test_workers_that_lost_one_at_the_start_are_not_started_again(fake, monkeypatch):
    memory_for(monkeypatch, 1)
    fake.rule("kill", do="load")
    small = Measured(case(fake.way(team=Team(1, 20.0), note="with 2 workers"), 10))
    run(fake, [small], processes=3, rounds=1)
    assert [type(problem) for problem in small.problems] == [Lost]


def test_workers_that_do_not_find_each_other_say_so(begun, fake):
    fake.rule("hang", do="start")
    with pytest.raises(
        Lost, match=r"^the 2 workers in process 3 .* have not found each other within 1 s \(--patience\)"
    ):
        begun(patience=0.6).started()
