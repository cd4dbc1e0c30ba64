"""The two ceilings of a device, measured through the framework that trains on it (:mod:`lab6.limit` uses them).

A ceiling is a maximum: each kind of work is done in several sizes and ways, each again and again, and the fastest of
all counts, since whatever comes in between can only make it slower.
"""

import time
from collections.abc import Iterable, Sequence

from lab6.limit import SLOTS, Ceilings, parameters
from lab6.measure import resources
from lab6.measure.kernels import Kernels, Work, kernels
from lab6.training.quiet import quiet

SIZES = (768, 1_536, 3_072, 6_144)
"""Of the matrices that are multiplied: small ones stay in the caches, large ones fill a large device."""

LONG_SECONDS = 0.01
"""A product that takes longer is followed by none that is larger."""

SCALES = (1, 16)
"""How many times as large as the parameters and slots the arrays are that are read and written: a device of many
cores shows what it can only where there is enough for all of them. Where caches decide, the smaller are faster."""

LARGE_SCALE = 256
"""One more on a GPU, where a pass over smaller arrays can take less time than starting it."""

MIN_PASSES = 30
"""In one program, however large the arrays are."""

PASSES = 960
"""Over the smallest array, in one program: so many that starting it takes a small share of the time."""

EACH_SECONDS = 0.12
"""For how long each way of each size is repeated."""


def measure(backend: str, device: str, network: Sequence[int], optimizer: str) -> Ceilings:
    """The ceilings of ``device``, ``cpu`` or ``gpu:N``, through a backend of Keras; takes one or two seconds.

    ``network`` and ``optimizer``: what is trained, as in :func:`lab6.limit.epoch_floor`; it decides how large the
    arrays are that are read and written.
    """
    work = kernels(backend, device)
    elements = parameters(network) * (1 + SLOTS[optimizer])
    scales = SCALES if device == "cpu" else (*SCALES, LARGE_SCALE)
    try:
        return Ceilings(_flops_per_second(work), _bytes_per_second(work, elements, scales))
    finally:
        resources.trim()  # of the matrices, or they would count as memory that training needs


def _flops_per_second(work: Kernels) -> float:
    """A product takes a multiplication and an addition for each of size^3 pairs."""
    best = 0.0
    for size in SIZES:
        seconds = _least(work.products(size))
        best = max(best, 2 * size**3 / seconds)
        if seconds > LONG_SECONDS:
            break
    return best


def _bytes_per_second(work: Kernels, elements: int, scales: Sequence[int]) -> float:
    """A pass reads and writes 4 bytes of each element."""
    best = 0.0
    for scale in scales:
        times = max(MIN_PASSES, PASSES // scale)
        best = max(best, 8 * scale * elements * times / _least(work.passes(scale * elements, times)))
    return best


def _least(ways: Iterable[Work]) -> float:
    """The seconds that the fastest of ``ways`` took in the fastest of its repeats."""
    least = float("inf")
    for run in ways:
        with quiet():  # a program that an earlier process has kept is read with needless words
            run()  # compiles
        end = time.perf_counter() + EACH_SECONDS
        while (start := time.perf_counter()) < end:
            run()
            least = min(least, time.perf_counter() - start)
    return least
