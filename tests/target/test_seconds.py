import numpy as np
import pytest

from lab6.target.seconds import StepTimes
from tests import saved
from tests.small import rounds


def clock(seconds, **fields):
    """The step times of a run with one epoch or more of each size; ``seconds``: by size."""
    return StepTimes.of(rounds(saved.run({size: (own, [0.9] * len(own)) for size, own in seconds.items()}, **fields)))


def test_a_step_takes_its_share_of_the_epoch_and_between_sizes_what_is_linear_in_the_size():
    def epoch(size):
        return 60_000 / size * (2e-5 + 1e-6 * size)

    sizes = np.array([10, 30, 100, 640, 1_000])
    found = clock({size: [epoch(size)] for size in (10, 100, 1_000)}).at(sizes)
    assert found == pytest.approx(2e-5 + 1e-6 * sizes)


def test_beyond_the_measured_sizes_nothing_is_known():
    found = clock({10: [6.0], 100: [1.0]})
    assert np.isnan(found.at(np.array([9, 101]))).all()
    assert np.isnan(found.draws(np.array([9.0, 101.0]))).all()


def test_draws_surround_the_time_and_are_missing_with_fewer_than_three_processes():
    noisy = {10: [6.0, 6.1, 6.2, 6.3], 100: [1.0, 1.1, 1.0, 1.1]}
    found = clock(noisy, processes=4)
    sizes = np.array([10.0, 40.0, 100.0])
    drawn = found.draws(sizes)
    assert np.median(drawn, axis=1) == pytest.approx(found.at(sizes), rel=0.01)
    assert (drawn.std(axis=1) > 0).all()
    assert np.isnan(clock(noisy, processes=2).draws(sizes)).all()
