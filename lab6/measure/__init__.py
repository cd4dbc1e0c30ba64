"""Measuring: the pytest plugin behind ``pytest benchmarks``, its worker processes, and the clock.

The package can be called, which measures without pytest, in a notebook or a script:

    rounds = lab6.measure(batch_sizes=[10, 100, 1_000])
    lab6.answer(rounds)

``help(lab6.notebook.measure)`` describes the arguments.
"""

import inspect
import sys
import types
from typing import Any


class _Callable(types.ModuleType):
    """This package, with a call: ``lab6.measure`` is its name and that of the function that everybody uses."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Measure epochs; see :func:`lab6.notebook.measure`."""
        from lab6.notebook import measure

        return measure(*arguments, **named)

    @property
    def __signature__(self) -> inspect.Signature:
        """The signature of the call, for notebooks."""
        from lab6.notebook import measure

        return inspect.signature(measure)


sys.modules[__name__].__class__ = _Callable
