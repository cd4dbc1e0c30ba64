"""Files of results: each as the run that it holds, and many as one tidy frame."""

from collections import defaultdict
from collections.abc import Iterable

import pandas as pd

from lab6.analysis import columns
from lab6.analysis.saved_run import Run, Table, run

__all__ = ["Frames", "Run", "frame", "run"]


AT_ONCE = 500
"""Runs that are held as they were read; as a frame they take less memory."""


class Frames:
    """Runs that are read one by one, as frames of AT_ONCE of them."""

    def __init__(self) -> None:
        self._frames: list[pd.DataFrame] = []
        self._runs: list[Run] = []

    def add(self, run: Run) -> None:
        """One more."""
        self._runs.append(run)
        if len(self._runs) == AT_ONCE:
            self._pack()

    def finished(self) -> list[pd.DataFrame]:
        """All of them, in their order."""
        if self._runs:
            self._pack()
        return self._frames

    def _pack(self) -> None:
        self._frames.append(frame(self._runs))
        self._runs = []


def frame(runs: Iterable[Run]) -> pd.DataFrame:
    """The tidy frame of ``runs``, a row a round."""
    runs = list(runs)
    return columns.frame(
        _joined(own.rounds for own in runs),
        ([own.whole for own in runs], [sum(own.counts) for own in runs]),
        (_joined(own.benchmarks for own in runs), [count for own in runs for count in own.counts]),
    )


def _joined(tables: Iterable[Table]) -> Table:
    """One table of all rows of ``tables``."""
    joined: Table = defaultdict(list)
    for table in tables:
        for name, values in table.items():
            joined[name] += values
    return joined
