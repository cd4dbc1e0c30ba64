import numpy as np
import pytest

from lab6.training import gradient


@pytest.fixture(scope="module")
def flat(small):
    """Training images as the network reads them, (600, 784)."""
    return small.training.shaped((784,))


def test_the_loss_goes_down(flat):
    points = list(gradient.descend(flat.inputs, flat.targets, steps=40, learning_rate=0.1))
    losses = [point.loss for point in points]
    assert losses[0] == pytest.approx(np.log(10), rel=1e-5)
    assert losses == sorted(losses, reverse=True)
    assert points[-1].accuracy > 0.7
    assert [point.step for point in points] == list(range(41))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_tape_agrees_with_finite_differences(flat, seed):
    checks = gradient.check(flat.inputs[:32], flat.targets[:32], (128,), elements=60, seed=seed)
    assert [check.name for check in checks] == ["dense 1 kernel", "dense 1 bias", "dense 2 kernel", "dense 2 bias"]
    assert [check.shape for check in checks] == [(784, 128), (128,), (128, 10), (10,)]
    assert all(check.compared >= 10 for check in checks)
    assert max(check.error for check in checks) < 1e-5


def test_a_gradient_that_is_wrong_by_a_thousandth_is_noticed(flat, monkeypatch):
    honest = gradient._central_difference
    monkeypatch.setattr(gradient, "_central_difference", lambda *arguments: 1.001 * honest(*arguments))
    checks = gradient.check(flat.inputs[:8], flat.targets[:8], (16,), elements=10, seed=0)
    assert all(check.error == pytest.approx(1e-3, rel=0.01) for check in checks)


def test_an_array_without_any_gradient_is_not_compared(flat):
    """With one hidden unit that is off for every image, only the last biases have a gradient."""
    for seed in range(20):
        checks = gradient.check(flat.inputs[:2], flat.targets[:2], (1,), elements=5, seed=seed)
        compared = [check.compared for check in checks]
        assert all((check.error is None) == (check.compared == 0) for check in checks)
        if compared[:3] == [0, 0, 0]:
            break
    assert compared == [0, 0, 0, 5]


def test_relative_error_is_relative_to_the_larger_of_the_two():
    error = gradient.relative_error(np.array([1.0, -2.0, 0.5]), np.array([1.0, -1.0, 1.0]))
    np.testing.assert_allclose(error, [0, 0.5, 0.5])
