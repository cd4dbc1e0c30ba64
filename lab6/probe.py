"""Questions to the system whose answer is not needed to measure: if anything is wrong, the answer is unknown."""

import contextlib
import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")


def probe(unknown: U) -> Callable[[Callable[P, T]], Callable[P, T | U]]:
    """Let a function return ``unknown`` instead of raising.

    What may be missing or closed differs from system to system: files below /proc and /sys, a name of the user, what
    libraries make of them.
    """

    def decorate(ask: Callable[P, T]) -> Callable[P, T | U]:
        @functools.wraps(ask)
        def answer(*arguments: P.args, **named: P.kwargs) -> T | U:
            with contextlib.suppress(Exception):
                return ask(*arguments, **named)
            return unknown

        return answer

    return decorate
