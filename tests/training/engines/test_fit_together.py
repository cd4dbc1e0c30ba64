"""``fit`` on JAX learns with several workers what it learns with one."""

from importlib.util import find_spec

import pytest

from tests.training.engines.joined import answers, assert_all_learned

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="needs JAX")

HERE = "tests.training.engines.epochs"


@pytest.fixture(scope="module")
def alone():
    return answers(f"{HERE}:both", 1)[0]["fit"]


@pytest.fixture(scope="module")
def two():
    return [answer["fit"] for answer in answers(f"{HERE}:both", 2)]


@pytest.mark.parametrize("what", ["100", "rich"])
def test_two_workers_learn_what_one_learns(alone, two, what):
    """With a smaller last minibatch; and with a convolution, batch normalisation and dropout."""
    assert_all_learned([answer[what] for answer in two], alone[what])


def test_two_workers_pause_at_the_same_steps_and_have_learned_the_same(alone, two):
    for answer in two:
        assert [done for done, *_ in answer["pauses"]] == [2, 4, 6, 7]
        for ours, theirs in zip(answer["pauses"], alone["pauses"], strict=True):
            assert ours == pytest.approx(theirs, rel=1e-4)


def test_four_workers_learn_what_one_learns(alone):
    four = answers(f"{HERE}:both_once", 4)
    assert_all_learned([answer["fit"] for answer in four], alone["100"])
