import numpy as np
import pandas as pd
import pytest

from lab6.noise.scale import average, summarise
from tests.noise.trained import checkpoints


def test_each_checkpoint_is_a_row_with_the_ratio_of_the_means():
    found = summarise(checkpoints(), 640)
    assert list(found["images"]) == [0, 64, 256]
    assert list(found["epochs"]) == [0, 0.1, 0.4]
    assert list(found["seeds"]) == [3, 3, 3]
    assert list(found["noise"]) == [80, 40, 20]
    assert list(found["noise_scale"]) == pytest.approx([100, 300, 900])


def test_s_and_the_gradient_are_averaged_before_they_are_divided():
    """S is 60 twice, |G|^2 is 1 and 3: 60 / 2 is 30, while the mean of 60 and 20 would be 40."""
    frame = checkpoints(2).query("images == 0").assign(noise=60.0, gradient=[1.0, 3.0])
    assert summarise(frame, 640)["noise_scale"].item() == 30


def test_the_interval_is_that_of_a_ratio_of_means():
    """|G|^2 is 10% below, at and above its mean: the ratio's standard error is 0.1 / sqrt(3), with 4.303 for three."""
    row = summarise(checkpoints(), 640).iloc[0]
    factor = np.exp(4.3027 * 0.1 / np.sqrt(3))
    assert (row["noise_scale_low"], row["noise_scale_high"]) == pytest.approx((100 / factor, 100 * factor), rel=1e-4)


def test_fewer_than_three_seeds_have_no_interval():
    row = summarise(checkpoints(2), 640).iloc[0]
    assert row["noise_scale"] == pytest.approx(100)
    assert np.isnan(row["noise_scale_low"])


def test_the_noise_scale_is_unknown_if_the_gradient_is_not_above_0():
    frame = checkpoints()
    found = summarise(frame.assign(gradient=frame["gradient"].where(frame["images"] > 0, -0.1)), 640)
    assert list(found["noise_scale"].isna()) == [True, False, False]
    assert np.isnan(average(found))


def test_the_average_is_over_images():
    """64 images between 100 and 300, then 192 between 300 and 900."""
    assert average(summarise(checkpoints(), 640)) == pytest.approx((64 * 200 + 192 * 600) / 256)


def test_checkpoints_are_in_the_order_of_training():
    frame = checkpoints()
    pd.testing.assert_frame_equal(summarise(frame[::-1], 640), summarise(frame, 640))
