import pytest

from lab6.training import shares


@pytest.mark.parametrize(
    ("size", "images", "workers", "divides"),
    [
        (100, 60_000, 2, True),
        (100, 60_000, 3, False),
        (7_000, 60_000, 2, True),  # the last minibatch has 4,000
        (40, 601, 2, False),  # the last minibatch has 1
        (1, 600, 1, True),
    ],
)
def test_all_minibatches_must_have_equal_shares(size, images, workers, divides):
    assert shares.divides(size, images, workers) == divides


def test_the_nearest_sizes_are_the_next_smaller_and_the_next_larger_that_divide():
    assert shares.nearest(100, 60_000, 3) == [99, 102]
    assert shares.nearest(1, 600, 2) == [2]
    assert shares.nearest(600, 601, 2) == []
