"""What the tests of data sets of one's own share."""

import numpy as np
import pytest

from lab6.training.datasets.formats import NAMES


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    """Four small arrays."""
    random = np.random.default_rng(0)
    x_train, x_test = random.integers(0, 256, (6, 5, 4), np.uint8), random.integers(0, 256, (4, 5, 4), np.uint8)
    labels = np.arange(6, dtype=np.uint8) % 3, np.arange(4, dtype=np.uint8)
    return dict(zip(NAMES, (x_train, labels[0], x_test, labels[1]), strict=True))
