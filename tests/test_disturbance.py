import numpy as np
import pandas as pd
import pytest

from lab6 import disturbance
from lab6.disturbance import is_disturbed


@pytest.mark.parametrize(
    ("others", "seconds", "cores", "expected"),
    [
        (0.0, 1.0, 2, False),
        (0.13, 1.0, 2, False),
        (0.15, 1.0, 2, True),  # more than a tenth of a core, beyond the ticks of two
        (0.04, 0.1, 2, False),  # as much as ticks can be wrong
        (0.13, 0.1, 2, True),  # two busy programs beside one that wants both cores
        (0.04, 0.02, 2, False),  # as much as there is; too short to say
        (6.5, 60.0, 64, False),
        (8.0, 60.0, 64, True),
        *((0.02 * cores, seconds, cores, False) for cores in (1, 2, 64) for seconds in (0.001, 0.1, 10.0)),  # two ticks
    ],
)
def test_a_round_is_disturbed_by_more_than_a_tenth_of_a_core_and_never_by_rounding(others, seconds, cores, expected):
    assert is_disturbed(others, seconds, cores) is expected


def test_columns_are_judged_row_for_row_and_what_is_unknown_is_not_disturbed():
    others, cores = pd.Series([0.0, 1.0, np.nan]), pd.Series([2, 2, 2])
    assert is_disturbed(others, pd.Series([1.0] * 3), cores).tolist() == [False, True, False]


@pytest.mark.parametrize(("busy", "cores", "text"), [(0.84, 2, "0.8 of 2 cores"), (1, 1, "1.0 of 1 core")])
def test_what_others_used_is_said_in_cores(busy, cores, text):
    assert disturbance.used(busy, cores) == text


def test_disturbed_rounds_are_counted():
    said = disturbance.sentence(1, 1, 0.84, 2)
    assert said.startswith("Disturbed: 1 of 1 round, in which other programs used up to 0.8 of 2 cores; they count")


@pytest.mark.parametrize("load", [None, 0.0, 0.1])
def test_a_quiet_machine_gives_no_warning(load):
    assert disturbance.warning(load, cores=2) is None


def test_a_busy_machine_gives_a_warning():
    assert disturbance.warning(1.93, cores=2) == (
        "NOT QUIET: other programs use 1.9 of 2 cores now; epochs measured now can take longer."
    )
