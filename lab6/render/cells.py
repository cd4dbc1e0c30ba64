"""Columns that several tables have."""

from collections.abc import Callable

import pandas as pd

from lab6.render import numbers
from lab6.render.table import Column, Row, known

INTERVAL = "95%\ninterval"
"""The heading of an interval in a terminal, which can be left out if there is too little room."""


def series(frame: pd.DataFrame) -> tuple[Column, ...]:
    """The columns that name the series, as far as ``frame`` has several machines or methods."""
    method = Column("method", "method", lambda row: str(row["method"]), numeric=False, wraps=True)
    columns = {"setup": machine(), "method": method}
    return tuple(column for field, column in columns.items() if frame[field].nunique() > 1)


def machine() -> Column:
    """The machine."""
    return Column("machine", "setup", lambda row: str(row["setup"]), numeric=False, wraps=True)


def value(heading: str, name: str, show: Callable[[float], str]) -> Column:
    """A number."""
    return Column(heading, name, lambda row: show(row[name]))


def text(heading: str, name: str) -> Column:
    """A text."""
    return Column(heading, name, lambda row: str(row[name]), numeric=False)


def count(heading: str, name: str) -> Column:
    """An integer, with thousands separators."""
    return Column(heading, name, lambda row: f"{row[name]:,}")


def size(heading: str) -> Column:
    """The minibatch size."""
    return count(heading, "batch_size")


def seconds(heading: str, name: str = "seconds") -> Column:
    """A time in seconds."""
    return value(heading, name, numbers.plain_seconds)


def with_interval(heading: str, value: str, show: Callable[[float], str]) -> Column:
    """A value with its interval in one cell, such as ``0.378 (0.375 to 0.381)``."""

    def cell(row: Row) -> str:
        low, high = row[f"{value}_low"], row[f"{value}_high"]
        return f"{show(row[value])} ({show(low)} to {show(high)})" if known(low) else show(row[value])

    return Column(heading, value, cell)


def interval(value: str, show: Callable[[float], str], to: str = "-") -> Column:
    """An interval in a cell of its own, such as ``0.375-0.381``."""
    low, high = f"{value}_low", f"{value}_high"
    return Column(INTERVAL, low, lambda row: f"{show(row[low])}{to}{show(row[high])}")
