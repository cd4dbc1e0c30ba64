import threading

import pytest

from lab6.errors import OptionError
from lab6.training.together import Crew, Seat, join


class Shelf:
    """A store in this process, as its thread number ``rank`` sees it."""

    def __init__(self, values: dict[str, str], rank: int, there: threading.Condition) -> None:
        self.rank, self.workers = rank, 3
        self._values, self._there = values, there

    def put(self, key, value):
        with self._there:
            assert key not in self._values, "each key is set once"
            self._values[key] = value
            self._there.notify_all()

    def get(self, key, late=None):
        with self._there:
            assert self._there.wait_for(lambda: key in self._values, timeout=20)
            return self._values[key]


def test_every_command_reaches_all_workers_and_every_answer_the_first():
    values, there = {}, threading.Condition()
    first, *others = [Crew(Shelf(values, rank, there)) for rank in range(3)]

    def work(crew):
        for _ in range(2):
            assert crew.gather(f"{crew.next_command()} by {crew.rank}") == []

    threads = [threading.Thread(target=work, args=(crew,)) for crew in others]
    for thread in threads:
        thread.start()
    answers = []
    for command in ("one", "two"):
        first.pass_on(command)
        answers.append(first.gather(f"{command} by 0"))
    for thread in threads:
        thread.join(20)
    assert answers == [["one by 0", "one by 1", "one by 2"], ["two by 0", "two by 1", "two by 2"]]


def test_the_slowest_is_the_same_for_all_workers():
    values, there = {}, threading.Condition()
    crews = [Crew(Shelf(values, rank, there)) for rank in range(3)]
    found = {}

    def ask(crew):
        found[crew.rank] = [crew.slowest(0.1 * (crew.rank + 1)), crew.slowest(0.1 * (3 - crew.rank))]

    threads = [threading.Thread(target=ask, args=(crew,)) for crew in crews]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == dict.fromkeys(range(3), [pytest.approx(0.3)] * 2)


def test_a_backend_that_trains_alone_is_refused():
    with pytest.raises(OptionError, match="TensorFlow cannot train with several workers: set KERAS_BACKEND to jax"):
        join("tensorflow", Seat(1.0, 0, 2, "127.0.0.1:1"))
