"""Equal shares of a minibatch for workers that train together. No framework is imported here."""

from collections.abc import Iterable


def divides(batch_size: int, images: int, workers: int) -> bool:
    """Whether every minibatch of an epoch of ``images``, the last one too, has equal shares for ``workers``."""
    return batch_size % workers == 0 and images % batch_size % workers == 0


def nearest(batch_size: int, images: int, workers: int) -> list[int]:
    """The largest smaller and the smallest larger minibatch size that divides; without those that do not exist."""
    found = (
        _first(range(batch_size - 1, 0, -1), images, workers),
        _first(range(batch_size + 1, images + 1), images, workers),
    )
    return [size for size in found if size]


def _first(sizes: Iterable[int], images: int, workers: int) -> int | None:
    return next((size for size in sizes if divides(size, images, workers)), None)
