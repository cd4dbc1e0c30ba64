import pytest

from lab6.measuring import disturbances
from tests.measuring.test_table import result

QUIET = result([1.0, 1.0, 1.0], others=[0.0, 0.0, 0.0])


def said(*results):
    return list(disturbances.during(results, cores=2))


def test_a_quiet_run_says_nothing():
    assert said(QUIET) == said(result([1.0])) == said() == []


def test_a_disturbed_round_is_named_with_how_much_others_used():
    line, advice = said(QUIET, result([1.0, 2.0, 1.0], others=[0.0, 1.6, 0.0], engine="compiled", batch_size=1))
    assert line == "* Disturbed: round 2 of compiled on cpu, minibatch size 1: other programs used 0.8 of 2 cores."
    assert advice == "Disturbed rounds count like the others: measure again when the machine is quiet."


def test_each_of_a_few_benchmarks_has_its_sentence():
    one = result([1.0, 1.0, 1.0], others=[0.5, 0.0, 1.2])
    other = result([1.0, 1.0], others=[0.0, 0.4], batch_size=1_000)
    assert said(one, other)[:-1] == [
        "* Disturbed: rounds 1 and 3 of fit on cpu, minibatch size 100: other programs used up to 1.2 of 2 cores.",
        "* Disturbed: round 2 of fit on cpu, minibatch size 1,000: other programs used 0.4 of 2 cores.",
    ]


def test_many_are_summed_up():
    many = [result([1.0, 1.0], others=[0.9, 1.0 + size / 100], batch_size=size) for size in range(1, 51)]
    line, _ = said(*many)
    assert line == (
        "* Disturbed: 100 rounds of 50 benchmarks: other programs used up to 1.5 of 2 cores, the most with fit on cpu, "
        "minibatch size 50."
    )


@pytest.mark.parametrize("load", [None, 0.0, 0.1])
def test_a_quiet_machine_is_not_remarked_on(load):
    assert disturbances.before(load, cores=2) is None


def test_a_busy_machine_is_remarked_on_before_anything_is_measured():
    assert disturbances.before(1.93, cores=2) == (
        "NOT QUIET: other programs use 1.9 of 2 cores just now; what is measured beside them can take longer."
    )
