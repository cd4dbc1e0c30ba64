"""``compiled`` on JAX learns with several workers what it learns with one."""

from importlib.util import find_spec

import pytest

from tests.training.engines.joined import answers, assert_all_learned

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="needs JAX")

HERE = "tests.training.engines.epochs"


@pytest.fixture(scope="module")
def alone():
    return answers(f"{HERE}:both", 1)[0]["compiled"]


@pytest.fixture(scope="module")
def two():
    return [answer["compiled"] for answer in answers(f"{HERE}:both", 2)]


@pytest.mark.parametrize("what", ["240", "100", "4", "sgd"])
def test_two_workers_learn_what_one_learns(alone, two, what):
    """In one step; with a smaller last minibatch; with two images for each worker; with another optimizer."""
    assert_all_learned([answer[what] for answer in two], alone[what])


def test_four_workers_learn_what_one_learns(alone):
    four = answers(f"{HERE}:both_once", 4)
    assert_all_learned([answer["compiled"] for answer in four], alone["100"])


def test_several_workers_refuse_networks_whose_layers_keep_more_than_parameters(alone, two):
    """Batch normalisation, dropout, and on CPUs convolutions."""
    assert alone["refused"] == ["", "", ""]
    for why in two[0]["refused"]:
        assert "give --engines fit" in why
