"""How long one epoch takes, and what it teaches: for each engine, device, number of workers and threads, and
minibatch size."""

from lab6.measure.benchmarks import Measure


def test_epoch(measure: Measure, engine: str, device: str, workers: int, threads: int | None, batch_size: int) -> None:
    """Train on every image once, shuffled, until the device has finished."""
    measure(engine, device, batch_size)
