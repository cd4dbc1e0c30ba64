"""``fit`` on JAX learns with several workers what it learns with one."""

from importlib.util import find_spec

import pytest

from tests.training.engines.joined import answers, assert_all_learned

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="needs JAX")

HERE = "tests.training.engines.epochs"


@pytest.fixture(scope="module")
def alone():
    return answers(f"{HERE}:fit", 1)[0]


@pytest.fixture(scope="module")
def two():
    return answers(f"{HERE}:fit", 2)


@pytest.mark.parametrize("what", ["240", "100", "4", "normalised", "dropout", "convolution"])
def test_two_workers_learn_what_one_learns(alone, two, what):
    """In one step; with a smaller last minibatch; with two images for each worker; with layers that see all images."""
    assert_all_learned([answer[what] for answer in two], alone[what])


def test_four_workers_learn_what_one_learns(alone):
    assert_all_learned(answers(f"{HERE}:fit_at_100", 4), alone["100"])
