"""Runs of one machine, one a day at 3 o'clock from 2026-01-02 on, small enough to check by eye."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from lab6.history.history import History, history
from tests import saved
from tests.small import summarised

FIRST = pd.Timestamp("2026-01-02T03:00:00", tz="UTC")

WOBBLE = (1.0, 1.01, 0.99, 1.005, 0.995, 1.002, 0.998)
"""What each day's seconds are multiplied with, over and over."""


def steady(days: int, seconds: float = 1.0) -> list[float]:
    """Seconds of so many days on which nothing changed."""
    return [seconds * WOBBLE[day % len(WOBBLE)] for day in range(days)]


def shifted(days: int, change: float, more: int) -> list[float]:
    """The same, followed by ``more`` days with a relative ``change``."""
    return [own * (1 + change * (day >= days)) for day, own in enumerate(steady(days + more))]


def day(number: int, hours: float = 0.0) -> str:
    """When the run of a day ended."""
    return (FIRST + pd.Timedelta(days=number, hours=hours)).isoformat()


def run(
    number: int, seconds: float, sizes: Sequence[int] = (100,), hours: float = 0.0, **fields: Any
) -> dict[str, Any]:
    """A run of a day with three processes of the same ``seconds``; ``fields``: see :func:`saved.run`, and ``commit``,
    also one with ``dirty``."""
    commit, dirty = fields.pop("commit", None), fields.pop("dirty", False)
    own = saved.run(
        {size: ([seconds] * 3, [0.9, 0.91, 0.92]) for size in sizes},
        **{"processes": 3, "datetime": day(number, hours)} | fields,
    )
    return own | {"commit_info": {"id": commit * 40, "dirty": dirty}} if commit else own


def months(
    seconds: Sequence[float], of: Callable[[int], Mapping[str, Any]] = lambda day: {}, **fields: Any
) -> list[Any]:
    """A run a day; ``of``: fields of each day's."""
    return [run(number, own, **{**fields, **of(number)}) for number, own in enumerate(seconds)]


def versions(**changed: str) -> dict[str, Any]:
    """A machine with other versions of these packages."""
    return {"versions": saved.MACHINE["versions"] | changed}


def told(*runs: Mapping[str, Any]) -> History | None:
    """Their history, of the machine that was measured last."""
    summary = summarised(*runs)
    return history(summary, summary.rounds["setup"].iloc[-1])
