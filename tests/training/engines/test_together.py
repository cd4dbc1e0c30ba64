"""``compiled`` and ``fit`` on JAX learn with several workers what they learn with one."""

from importlib.util import find_spec

import pytest

from tests.training.engines.joined import answers, assert_all_learned

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="needs JAX")

HERE = "tests.training.engines.epochs"


@pytest.fixture(scope="module")
def alone():
    return answers(f"{HERE}:both", 1)[0]


@pytest.fixture(scope="module")
def two():
    return answers(f"{HERE}:both", 2)


@pytest.mark.parametrize("what", ["240", "100", "4", "sgd"])
def test_two_workers_learn_with_compiled_what_one_learns(alone, two, what):
    """In one step; with a smaller last minibatch; with two images for each worker; with another optimizer."""
    assert_all_learned([answer["compiled"][what] for answer in two], alone["compiled"][what])


@pytest.mark.parametrize("what", ["100", "rich"])
def test_two_workers_learn_with_fit_what_one_learns(alone, two, what):
    """With a smaller last minibatch; and with a convolution, batch normalisation and dropout."""
    assert_all_learned([answer["fit"][what] for answer in two], alone["fit"][what])


@pytest.mark.parametrize("engine", ["compiled", "fit"])
def test_four_workers_learn_what_one_learns(alone, engine):
    four = answers(f"{HERE}:both_once", 4)
    assert_all_learned([answer[engine] for answer in four], alone[engine]["100"])


def test_several_workers_refuse_networks_whose_layers_keep_more_than_parameters_with_compiled(alone, two):
    """Batch normalisation, dropout, and on CPUs convolutions."""
    assert alone["compiled"]["refused"] == ["", "", ""]
    for why in two[0]["compiled"]["refused"]:
        assert "give --engines fit" in why


def test_two_workers_pause_at_the_same_steps_and_have_learned_the_same_with_fit(alone, two):
    for answer in two:
        assert [done for done, *_ in answer["fit"]["pauses"]] == [2, 4, 6, 7]
        for ours, theirs in zip(answer["fit"]["pauses"], alone["fit"]["pauses"], strict=True):
            assert ours == pytest.approx(theirs, rel=1e-4)
