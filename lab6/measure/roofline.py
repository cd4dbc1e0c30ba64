"""The two ceilings of a device (:mod:`lab6.limit` uses them).

A ceiling is a maximum: each kind of work is done in several sizes and ways, each repeated, and the fastest of all
counts, since a disturbance can only make it slower.
"""

import time
from collections.abc import Iterable, Sequence

from lab6.limit import NUMBER_BYTES, Ceilings
from lab6.measure import resources
from lab6.measure.kernels import Kernels, Work, kernels
from lab6.training.quiet import quiet

SIZES = (768, 1_536, 3_072, 6_144)
"""Of the matrices that are multiplied: small ones stay in the caches, large ones fill a large device."""

LONG_SECONDS = 0.01
"""After a product that takes longer, no larger one is measured."""

SCALES = (1, 16)
"""Sizes of the arrays that are read and written, as multiples of the parameters and slots: a device with many cores is
fastest with large arrays, one with fast caches with small ones."""

LARGE_SCALE = 256
"""Another multiple for GPUs, where a pass over smaller arrays can take less time than starting it."""

MIN_PASSES = 30
"""The fewest passes in one program."""

PASSES = 960
"""Passes over the smallest array in one program, so many that starting it takes a small share of the time."""

HELD = (2**14, 2**16, 2**18, 2**20, 2**22, 2**26)
"""Sizes of what each core holds, from the first cache to memory; bytes."""

EACH_SECONDS = 0.12
"""How long each way of each size is repeated; seconds."""


def measure(backend: str, device: str, elements: int) -> Ceilings:
    """The ceilings of ``device``, ``cpu`` or ``gpu:N``, with a backend of Keras; takes one or two seconds.

    ``elements``: the numbers in what is trained, parameters and slots; as large are the arrays that are read and
    written.
    """
    work = kernels(backend, device)
    scales = SCALES if device == "cpu" else (*SCALES, LARGE_SCALE)
    try:
        return Ceilings(_flops_per_second(work), _bytes_per_second(work, elements, scales))
    finally:
        resources.trim()  # of the matrices, or they would count as memory that training needs


def by_size(threads: int) -> dict[int, float]:
    """The bytes a second that all cores move together, by the bytes that each of them holds. It needs Numba."""
    from lab6.measure import own_arrays

    found = {}
    for held in HELD:
        elements = threads * held // NUMBER_BYTES
        times = max(2, PASSES * HELD[2] // held)
        work = own_arrays.passes(elements, times, threads)
        found[held] = 2 * NUMBER_BYTES * elements * times / _least([work])
    return found


def _flops_per_second(work: Kernels) -> float:
    """The arithmetic ceiling: a product takes a multiplication and an addition for each of size^3 pairs."""
    best = 0.0
    for size in SIZES:
        seconds = _least(work.products(size))
        best = max(best, 2 * size**3 / seconds)
        if seconds > LONG_SECONDS:
            break
    return best


def _bytes_per_second(work: Kernels, elements: int, scales: Sequence[int]) -> float:
    """The memory ceiling: a pass reads and writes 4 bytes of each element."""
    best = 0.0
    for scale in scales:
        times = max(MIN_PASSES, PASSES // scale)
        best = max(best, 2 * NUMBER_BYTES * scale * elements * times / _least(work.passes(scale * elements, times)))
    return best


def _least(ways: Iterable[Work]) -> float:
    """The seconds that the fastest of ``ways`` took in the fastest of its repeats."""
    least = float("inf")
    for run in ways:
        with quiet():  # reading a kept program prints messages
            run()  # compiles
        end = time.perf_counter() + EACH_SECONDS
        while (start := time.perf_counter()) < end:
            run()
            least = min(least, time.perf_counter() - start)
    return least
