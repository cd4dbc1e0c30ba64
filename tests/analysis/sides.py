"""Sides of a check, small enough to check by eye: runs made of seconds."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tests import saved
from tests.analysis.small import rounds

ACCURACIES = (0.90, 0.91, 0.92)


def runs(
    *levels: float,
    sizes: Mapping[int, float] | None = None,
    accuracies: Sequence[float] = ACCURACIES,
    machine: Mapping[str, Any] | None = None,
    year: int = 2026,
    **record: Any,
) -> pd.DataFrame:
    """A run of three rounds for each of ``levels``; ``sizes``: seconds of each minibatch size at a level of 1.

    Rounds are 1% faster than, equal to and 1% slower than their run's level; ``name`` makes the runs of two sides
    differ.
    """
    contents = [
        saved.run(
            {
                size: ([level * seconds * factor for factor in (0.99, 1, 1.01)], list(accuracies))
                for size, seconds in (sizes or {100: 1.0}).items()
            },
            machine,
            datetime=f"{year}-01-02T03:04:05.{place:06}+00:00",
            **record,
        )
        for place, level in enumerate(levels)
    ]
    return rounds(*contents)
