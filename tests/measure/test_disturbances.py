import pytest

from lab6.measure import disturbances
from tests.measure.test_table import result

QUIET = result([1.0, 1.0, 1.0], others=[0.0, 0.0, 0.0])


@pytest.mark.parametrize("results", [[], [QUIET], [result([1.0])]])
def test_a_quiet_run_says_nothing(results):
    assert disturbances.during(results, cores=2) is None


def test_disturbed_rounds_are_counted_over_all_benchmarks_with_the_most_that_others_used():
    one = result([1.0, 2.0, 1.0], others=[0.5, 0.0, 1.2])
    other = result([1.0, 1.0], others=[0.0, 0.4], batch_size=1_000)
    assert disturbances.during([QUIET, one, other], cores=2) == (
        "* Disturbed: 3 of 8 rounds, in which other programs used up to 1.2 of 2 cores; they count like the others, so "
        "measure again when the machine is quiet."
    )


@pytest.mark.parametrize("load", [None, 0.0, 0.1])
def test_a_quiet_machine_is_not_remarked_on(load):
    assert disturbances.before(load, cores=2) is None


def test_a_busy_machine_is_remarked_on_before_anything_is_measured():
    assert disturbances.before(1.93, cores=2) == (
        "NOT QUIET: other programs use 1.9 of 2 cores just now; what is measured beside them can take longer."
    )
