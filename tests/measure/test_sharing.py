import pytest

from lab6.errors import OptionError
from lab6.measure import places, sharing
from lab6.measure.way import Team
from tests.measure.conftest import options


@pytest.fixture(autouse=True)
def four_cores(monkeypatch):
    monkeypatch.setattr(sharing, "usable_cores", lambda: 4)
    monkeypatch.setattr(places, "usable_cores", lambda: 4)
    monkeypatch.setattr(places, "affinity", lambda: [0, 1, 2, 3])
    monkeypatch.setattr(places, "can_pin", lambda: True)


def asked(device: str = "cpu", **given) -> list[tuple[int, int | None, str]]:
    return [(own.workers, own.threads, own.note) for own in sharing.sharings(options(**given), device)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [(1, None, "")]),
        ({"threads": "all"}, [(1, None, "")]),
        ({"threads": "1"}, [(1, 1, "")]),
        ({"threads": "99"}, [(1, 99, "")]),  # what is asked for alone is done
        ({"threads": "1,2,4,all"}, [(1, 1, "with 1 thread"), (1, 2, "with 2 threads"), (1, 4, "")]),
        ({"threads": "2,8"}, [(1, 2, "with 2 threads")]),
        ({"workers": "2"}, [(2, 2, "with 2 workers of 2 threads")]),
        ({"workers": "1,4"}, [(1, 4, ""), (4, 1, "with 4 workers")]),
        ({"workers": "1,2", "threads": "1"}, [(1, 1, "with 1 thread"), (2, 1, "with 2 workers")]),
        ({"workers": "8"}, [(8, 1, "with 8 workers")]),
    ],
)
def test_each_number_of_workers_and_threads_for_which_there_are_cores_is_measured(given, expected):
    assert asked(**given) == expected


def test_several_numbers_that_all_need_more_cores_are_refused():
    with pytest.raises(OptionError, match="may use 4 cores, fewer than each of these needs"):
        asked(threads="8,16")


def test_workers_on_one_machine_have_cores_of_their_own_if_there_are_enough():
    two, eight = (sharing.sharings(options(workers=count))[0] for count in ("2", "8"))
    assert two.team == Team(2, 60.0, ((0, 1), (2, 3)))
    assert eight.team == Team(8, 60.0, (None,) * 8)
    assert (two.cores, sharing.sharings(options(threads="1"))[0].cores) == (None, (0,))


def test_on_gpus_workers_have_no_threads_and_threads_make_no_difference():
    assert asked("gpu:0", threads="1,2", workers="1,2") == [(1, None, ""), (2, None, "with 2 workers")]


def test_in_a_cluster_there_is_one_worker_of_this_machine():
    (own,) = sharing.sharings(options(cluster="1/4@there:5000", threads="2", patience="9"))
    assert own.team == Team(4, 9.0, in_cluster=True, rank=1, address="there:5000")
    assert own.threads == 2


def test_the_machine_is_described_by_one_worker_alone_with_the_most_threads():
    assert sharing.widest(options(threads="1,2", workers="1,2"), "cpu").note == "with 2 threads"
    assert sharing.widest(options(workers="2,4"), "cpu").workers == 2
    assert sharing.widest(options(workers="2"), "gpu:0") == sharing.Sharing()  # which sees all GPUs


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, ""),
        ({"threads": "1,2"}, ""),
        ({"workers": "1"}, ""),
        ({"against": "HEAD", "threads": "1,2"}, "--threads: --against compares one worker with one"),
        ({"against": "HEAD", "workers": "2"}, "--workers: --against compares one worker with one"),
        ({"cluster": "auto", "threads": "1,2"}, "--cluster: one engine with one number of threads"),
        (
            {"workers": "2"},
            "--workers: compiled with tensorflow has one worker only: give --engines compiled with KERAS_BACKEND=jax",
        ),
        ({"cluster": "auto"}, "--cluster: compiled with tensorflow has one worker only"),
    ],
)
def test_what_cannot_be_followed_is_refused(given, sentence):
    found = sharing.objection(options(**given))
    assert found.startswith(sentence)
    assert bool(found) == bool(sentence)


def test_jax_has_several_workers(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert sharing.objection(options(workers="1,2")) == ""
