import random
import time
from pathlib import Path

import pandas as pd
import pytest

from lab6.store import push, sources
from lab6.store.load import load
from tests.store import pushers
from tests.store.pushers import numbers, small


def watch(place, started):
    """Read until all have pushed; how often that was. No run that was there may be missing later."""
    seen, reads = {0}, 0
    while any(process.is_alive() for process, _ in started):
        found = numbers(load(place))
        assert seen <= found
        seen, reads = found, reads + 1
    return reads


@pytest.mark.parametrize("place", ["shared", "s3://lab6/shared"])
def test_of_two_pushes_at_once_both_survive_and_a_reader_never_misses_what_it_saw(request, folder, place):
    """Each pushes one run after the other, half of them the same, and merges all the time."""
    if place.startswith("s3"):
        request.getfixturevalue("s3")
    push.push(small(0), place)
    started = [pushers.start(place, [[number] for number in sets]) for sets in (range(0, 12), range(6, 18))]
    reads = watch(place, started)
    finished = [set().union(*pushers.told(pipe)) for _, pipe in started]
    assert [process.exitcode for process, _ in started] == [0, 0]
    assert finished == [set(range(12)), set(range(6, 18))]
    assert numbers(load(place)) == set(range(18))
    assert reads > 1
    assert len(sources.inside(place)) <= 2 * (3 + 2)  # of each machine's files, most were merged


def killed(place, kills, seed):
    """Start pushing ``kills`` times, each with other runs, and kill it at a random moment; the runs that are there."""
    random_ = random.Random(seed)
    there = set()
    for attempt in range(kills):
        sets = [[1_000 * attempt + 3 * place + more for more in range(3)] for place in range(300)]
        process, pipe = pushers.start(place, sets)
        reported = set().union(*(pipe.recv() for _ in range(random_.randint(1, 4))))  # the first says that it begins
        time.sleep(random_.uniform(0, 0.1))
        process.kill()
        process.join()
        reported |= set().union(*pushers.told(pipe))
        found = numbers(load(place)) if sources.inside(place) else set()
        assert there | reported <= found
        there = found
    return there


@pytest.mark.parametrize("kills", [10, pytest.param(50, marks=pytest.mark.long)])
def test_pushes_that_are_killed_at_any_moment_lose_nothing_and_the_next_push_completes_them(folder, kills):
    there = killed("shared", kills, seed=18)
    assert len(there) >= kills
    asked = {*there, *range(100)}
    pushed = push.push(pd.concat(map(small, asked), ignore_index=True), "shared")
    assert pushed.runs == len(asked - there)
    assert pushed.left_out == ()
    assert numbers(load("shared")) == asked
    parts = [path for path in Path("shared").rglob("*") if path.is_file() and path.suffix != ".parquet"]
    assert all(path.name.startswith(".lab6-") for path in parts)
