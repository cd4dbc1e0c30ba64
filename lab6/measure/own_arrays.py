"""The bytes that cores move in a second if each has arrays of its own, as in :mod:`lab6.training.engines.fused.update`.

The arrays that a framework's threads share wander between the cores' caches, which is slower.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from lab6.training.numba_threads import Cores, compiled, zeros

TENTH = np.float32(0.1)


def passes(elements: int, times: int, threads: int) -> Callable[[], object]:
    """Work that passes ``times`` over ``elements`` in all: each thread over three arrays of its own, as Adam does."""
    cores = Cores(threads)
    arrays = [[zeros(-(-elements // (3 * threads))) for _ in range(3)] for _ in range(threads)]
    return lambda: cores.run(lambda thread: _pass(*arrays[thread], times))


@functools.partial(compiled, called_from_python=True)
def _pass(parameters: Any, first: Any, second: Any, times: int) -> None:
    for _ in range(times):
        for unit in range(len(parameters)):
            first[unit] -= first[unit] * TENTH
            second[unit] -= second[unit] * TENTH
            parameters[unit] -= first[unit] + second[unit]
