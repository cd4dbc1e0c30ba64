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


def test_what_needs_more_cores_than_there_are_is_named():
    assert sharing.left_out(options(threads="1,2,8,all")) == [
        "Left out, since this process may use 4 cores: 8 threads."
    ]
    assert sharing.left_out(options(threads="1,4", workers="1,2")) == [
        "Left out, since this process may use 4 cores: 2 x 4 workers x threads."
    ]
    assert sharing.left_out(options(threads="99")) == sharing.left_out(options()) == []


def test_several_numbers_that_all_need_more_cores_are_refused():
    with pytest.raises(OptionError, match="may use 4 cores, fewer than each of these needs"):
        asked(threads="8,16")


def test_workers_on_one_machine_share_as_many_cores_as_they_need():
    """On a core of its own, a worker's messages would wait for its training."""
    some, every, one = (options(workers="2", threads="1"), options(workers="2"), options(threads="1"))
    assert [sharing.sharings(own)[0].cores for own in (some, every, one)] == [(0, 1), None, (0,)]
    assert sharing.sharings(some)[0].team == Team(2, 60.0)


def test_on_gpus_workers_have_no_threads_and_threads_make_no_difference():
    assert asked("gpu:0", threads="1,2", workers="1,2") == [(1, None, ""), (2, None, "with 2 workers")]


@pytest.mark.parametrize(("backend", "in_one_process"), [("tensorflow", True), ("jax", False)])
def test_workers_on_gpus_are_one_process_only_on_tensorflow(monkeypatch, backend, in_one_process):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    assert sharing.sharings(options(workers="2"), "gpu:0")[0].team == Team(2, 60.0, in_one_process=in_one_process)


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
        (
            {"against": "HEAD", "threads": "1,2"},
            "--threads: --against compares one worker with one, both with as many threads: give one number of them.",
        ),
        (
            {"against": "HEAD", "workers": "2"},
            "--workers: --against compares one worker with one, both with as many threads: leave it out.",
        ),
        ({"cluster": "auto", "threads": "1,2"}, "--cluster: one engine with one number of threads"),
        (
            {"workers": "2"},
            "--workers: compiled with tensorflow has one worker only: give --engines compiled or fit",
        ),
        ({"cluster": "auto"}, "--cluster: compiled with tensorflow has one worker only"),
        ({"workers": "2", "engines": "fit"}, "--workers: fit with tensorflow has one worker only"),
        ({"workers": "2", "engines": "fit", "devices": "cpu"}, "--workers: fit with tensorflow has one worker only"),
        ({"workers": "2", "engines": "fit", "devices": "gpu:0"}, ""),
        ({"workers": "2", "engines": "fit,tape", "devices": "gpu:0"}, "--workers: tape with tensorflow has one worker"),
        ({"cluster": "auto", "engines": "fit", "devices": "gpu:0"}, "--cluster: fit with tensorflow has one worker"),
    ],
)
def test_what_cannot_be_followed_is_refused(given, sentence):
    found = sharing.objection(options(**given))
    assert found.startswith(sentence)
    assert bool(found) == bool(sentence)


def test_each_way_to_have_several_workers_is_named():
    assert sharing.objection(options(workers="2")).endswith(
        "give --engines compiled or fit with KERAS_BACKEND=jax, or --engines fit with "
        "KERAS_BACKEND=tensorflow and --devices gpu:0."
    )
    assert sharing.objection(options(cluster="auto")).endswith("give --engines compiled or fit with KERAS_BACKEND=jax.")


def test_jax_has_several_workers(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert sharing.objection(options(workers="1,2")) == ""
