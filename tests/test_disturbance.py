import numpy as np
import pandas as pd
import pytest

from lab6 import disturbance
from lab6.disturbance import are_disturbed, is_disturbed

TICK = 0.01


@pytest.mark.parametrize(
    ("others", "seconds", "cores", "expected"),
    [
        (0.0, 1.0, 2, False),
        (0.13, 1.0, 2, False),
        (0.15, 1.0, 2, True),  # more than a tenth of a core, beyond the ticks of two
        (0.04, 0.1, 2, False),  # as much as ticks can be wrong
        (0.13, 0.1, 2, True),  # two busy programs beside one that wants both cores
        (0.04, 0.02, 2, False),  # as much as there is; shorter than can be told
        (6.5, 60.0, 64, False),
        (8.0, 60.0, 64, True),
    ],
)
def test_a_round_is_disturbed_by_more_than_a_tenth_of_a_core_and_never_by_rounding(others, seconds, cores, expected):
    assert is_disturbed(others, seconds, cores) is expected


@pytest.mark.parametrize("cores", [1, 2, 64])
@pytest.mark.parametrize("seconds", [0.001, 0.1, 10.0])
def test_two_ticks_a_core_disturb_no_round(seconds, cores):
    assert not is_disturbed(2 * 0.01 * cores, seconds, cores)


def test_columns_are_judged_row_for_row_and_what_is_unknown_is_not_disturbed():
    others, cores = pd.Series([0.0, 1.0, np.nan]), pd.Series([2, 2, 2])
    assert is_disturbed(others, pd.Series([1.0] * 3), cores).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("others", "seconds", "expected"),
    [
        ([0.029] * 20, [0.015] * 20, list(range(1, 21))),  # two busy programs, in rounds too short to tell one by one
        ([0.015] * 20, [0.015] * 20, []),  # one: within what ticks of two cores can add up to
        ([0.045] * 10, [0.1] * 10, list(range(1, 11))),  # never enough by itself, ten times in a row
        ([0.045, 0.0] * 5, [0.1] * 10, []),
        ([0.045] * 9 + [0.06], [0.1] * 10, [10]),  # where rounds say it themselves, those count
        ([None] + [0.029] * 20, [0.015] * 21, list(range(2, 22))),
        ([0.049], [0.1], []),
        ([None, None], [0.1, 0.1], []),
        ([], [], []),
    ],
)
def test_rounds_of_a_benchmark_are_judged_together_where_none_is_disturbed_by_itself(others, seconds, expected):
    assert disturbance.disturbed(others, seconds, cores=2) == expected


@pytest.mark.parametrize("cores", [1, 2, 16])
@pytest.mark.parametrize(("idle", "waiting"), [(0.5, 0.0), (0.95, 0.0), (0.5, 0.5), (0.3, 0.6)])
def test_ticks_alone_disturb_no_rounds_together_however_they_fall(idle, waiting, cores):
    """Of a core's time ``idle`` and ``waiting`` are shares; all cores tick at once, so that nothing evens out."""
    random = np.random.default_rng(0)
    for rounds in (2, 3, 5, 10, 20, 100):
        for seconds in (0.001, 0.005, 0.012, 0.019, 0.051):
            true = np.array([idle, waiting]) * seconds
            counted = np.floor(random.random((2_000, rounds, 2)) + true / TICK) * TICK
            others = np.maximum((true - counted).sum(-1) * cores, 0).sum(-1)
            assert others.any()
            assert not are_disturbed(others, rounds * seconds, cores, rounds).any()


@pytest.mark.parametrize(("busy", "cores", "text"), [(0.84, 2, "0.8 of 2 cores"), (1, 1, "1.0 of 1 core")])
def test_what_others_used_is_said_in_cores(busy, cores, text):
    assert disturbance.used(busy, cores) == text


@pytest.mark.parametrize(
    ("rounds", "text"),
    [([2], "round 2"), ([1, 3], "rounds 1 and 3"), ([1, 2, 3], "rounds 1, 2 and 3"), ([1, 2, 3, 5], "4 rounds")],
)
def test_rounds_are_named_or_counted(rounds, text):
    assert disturbance.named(rounds) == text
