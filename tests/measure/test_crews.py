from lab6.measure import crews

ROUND = {"seed": 3, "process": 1, "training_accuracy": 0.5, "test_accuracy": 0.6}


def test_a_round_lasts_until_the_last_worker_has_finished_and_uses_what_all_used():
    one = {
        "host": "a",
        "cores": [0],
        "seconds": 1.0,
        "round": ROUND | {"cpu_seconds": 0.5, "peak_memory_bytes": 100, "waiting_seconds": 0.1},
    }
    other = {
        "host": "b",
        "cores": [0],
        "seconds": 1.25,
        "round": ROUND | {"cpu_seconds": 0.25, "peak_memory_bytes": 50},
    }
    assert crews.joined("round", [one, other]) == {
        "seconds": 1.25,
        "round": ROUND | {"cpu_seconds": 0.75, "peak_memory_bytes": 150},  # how long one waited is not known
    }


def test_workers_that_share_cores_are_not_others_to_each_other():
    """On the shared cores 1.75 s were used, 0.25 s of them by none of the workers."""
    shared = [
        {
            "host": "a",
            "cores": [0, 1],
            "seconds": 1.0,
            "round": ROUND | {"cpu_seconds": own, "other_cpu_seconds": others},
        }
        for own, others in ((0.5, 1.25), (1.0, 0.75))
    ]
    apart = [answer | {"cores": [place]} for place, answer in enumerate(shared)]
    assert crews.joined("round", shared)["round"]["other_cpu_seconds"] == 0.25
    assert crews.joined("round", apart)["round"]["other_cpu_seconds"] == 2.0


def test_preparing_takes_as_long_as_that_of_the_slowest_on_so_many_machines():
    answers = [{"compile_seconds": 1.0, "expected_seconds": 2.0, "steps": 6, "host": host} for host in ("a", "b", "a")]
    answers[1] |= {"compile_seconds": 3.0, "expected_seconds": 2.5}
    found = crews.joined("prepare", answers)
    assert (found["compile_seconds"], found["expected_seconds"], found["steps"], found["hosts"]) == (3.0, 2.5, 6, 2)
    assert (
        crews.joined("prepare", [answer | {"compile_seconds": None} for answer in answers])["compile_seconds"] is None
    )


def test_workers_on_one_machine_may_use_all_their_cores():
    answers = [{"cores": [core], "host": host, "rank": core} for core, host in ((1, "a"), (0, "a"), (3, "b"))]
    found = crews.joined("start", answers)
    assert (found["cores"], found["workers"], found["hosts"]) == ([0, 1], 3, 2)
    assert crews.joined("start", [answers[0] | {"cores": None}, answers[1]])["cores"] is None


def test_what_one_worker_cannot_do_the_others_cannot_either():
    assert crews.joined("prepare", [{"steps": 1}, {"failed": "no memory."}]) == {"failed": "worker 2 of 2: no memory."}
    assert crews.joined("load", [{"unavailable": "no file."}, {}]) == {"unavailable": "worker 1 of 2: no file."}
    assert crews.joined("load", [{"name": "digits"}, {"name": "digits"}]) == {"name": "digits"}


def test_a_machine_that_others_do_not_reach_is_refused_unless_all_workers_are_on_it():
    there = {"host": "one", "address": "10.0.0.1", "cores": [0]}
    hidden = {"host": "two", "address": "127.0.1.1", "cores": [0]}
    assert crews.joined("start", [there, hidden])["unavailable"] == (
        "worker 2 of 2: its machine's name, two, stands for 127.0.1.1, where other machines do not reach it: give it "
        "another address in /etc/hosts."
    )
    assert crews.joined("start", [hidden, hidden])["hosts"] == 1
