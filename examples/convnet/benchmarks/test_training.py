"""How long an epoch of training takes, and what it teaches."""

import pytest
from convnet import convnet


@pytest.mark.parametrize("batch_size", [32, 128, 512])
def test_epoch(epoch_benchmark, batch_size):
    epoch_benchmark(model=convnet, batch_size=batch_size)
