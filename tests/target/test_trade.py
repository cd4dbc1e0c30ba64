import numpy as np
import pandas as pd
import pytest

from lab6.target import trade

SIZES = 2.0 ** np.arange(13)


def best(steps, sizes=SIZES):
    return pd.DataFrame({"batch_size": sizes, "steps": steps})


def test_the_curve_is_found_again_with_its_critical_size():
    found = trade.fit(best(500 * (1 + 128 / SIZES)))
    assert (found.least_steps, found.critical, found.least_images) == pytest.approx((500, 128, 64_000), rel=1e-3)
    assert found.median_error == pytest.approx(0, abs=1e-6)
    assert found.steps(np.array([128.0])) == pytest.approx([1_000], rel=1e-3)


def test_noise_widens_the_interval_around_the_true_value_and_one_odd_size_does_not_move_it_far():
    noise = np.random.default_rng(0).lognormal(0, 0.05, 13)
    steps = 500 * (1 + 128 / SIZES) * noise
    found = trade.fit(best(steps))
    assert found.low < 128 < found.high
    assert found.high < 2 * found.low
    odd = trade.fit(best(np.where(SIZES == 64, 3 * steps, steps)))
    assert odd.critical == pytest.approx(128, rel=0.25)
    assert odd.high / odd.low > found.high / found.low


@pytest.mark.parametrize("steps", [1e6 / SIZES, np.full(13, 500.0)], ids=["proportional", "flat"])
def test_sizes_that_show_one_side_of_the_curve_only_have_no_critical_size(steps):
    assert trade.fit(best(steps)) is None


def test_three_sizes_are_too_few():
    assert trade.fit(best(500 * (1 + 128 / SIZES[5:8]), SIZES[5:8])) is None
    assert trade.fit(best(500 * (1 + 128 / SIZES[5:9]), SIZES[5:9])) is not None
