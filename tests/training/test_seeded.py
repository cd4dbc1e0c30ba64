"""The order of images over several epochs."""

import numpy as np
import pytest

from lab6.training import seeded


def test_each_epoch_visits_every_image_once_in_an_order_of_its_own():
    one, other = seeded.order(3, 50), seeded.order(3, 50, visited=50)
    assert sorted(one) == sorted(other) == list(range(50))
    assert list(one) != list(other)


@pytest.mark.parametrize("visited", [1, 20, 49, 70])
def test_an_order_goes_on_where_it_was_and_into_the_next_epoch(visited):
    epochs = np.concatenate([seeded.order(3, 50, epoch * 50) for epoch in range(3)])
    np.testing.assert_array_equal(seeded.order(3, 50, visited), epochs[visited : visited + 50])
