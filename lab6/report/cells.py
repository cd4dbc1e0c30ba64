"""The columns of the answer's tables: how each kind of value is shown, and which are shown at all."""

import dataclasses
from collections.abc import Callable

import pandas as pd

from lab6.analysis.answer import Answer
from lab6.analysis.series import SERIES
from lab6.limit import percent
from lab6.report import wording
from lab6.report.table import Column, Row, known

MARK = "*"
"""Beside a time of which a round was disturbed."""


def series(answer: Answer) -> tuple[Column, ...]:
    """The columns that name the series, as far as there are several."""
    names = {"setup": "machine", "method": "method"}
    columns = {field: text(names[field], field) for field in SERIES if answer.summary[field].nunique() > 1}
    return tuple(dataclasses.replace(column, wraps=field == "setup") for field, column in columns.items())


def of_limit(frame: pd.DataFrame, heading: str) -> list[Column]:
    """A column for how much of the machine's limit was reached, if that is known of any row of ``frame``."""
    column = Column(heading, "of_limit", lambda row: percent(row["of_limit"]))
    return [column] if frame["of_limit"].notna().any() else []


def marks(frame: pd.DataFrame) -> list[Column]:
    """A column for the mark of disturbed rounds, if a row of ``frame`` has any."""
    return [Column("", "mark", lambda row: MARK if row["mark"] else "", numeric=False)] if frame["mark"].any() else []


def value(heading: str, name: str, show: Callable[[float], str]) -> Column:
    """A number on its own."""
    return Column(heading, name, lambda row: show(row[name]))


def text(heading: str, name: str) -> Column:
    """What is no number."""
    return Column(heading, name, lambda row: str(row[name]), numeric=False)


def size(heading: str) -> Column:
    """The minibatch size."""
    return Column(heading, "batch_size", lambda row: f"{row['batch_size']:,}")


def interval(heading: str, value: str, show: Callable[[float], str]) -> Column:
    """A value with its interval, if it has one: ``0.378 (0.375 to 0.381)``."""

    def cell(row: Row) -> str:
        low, high = row[f"{value}_low"], row[f"{value}_high"]
        return f"{show(row[value])} ({show(low)} to {show(high)})" if known(low) else show(row[value])

    return Column(heading, value, cell)


def bounds(heading: str, value: str, show: Callable[[float], str]) -> Column:
    """An interval on its own: ``0.375-0.381``."""
    return Column(heading, f"{value}_low", lambda row: f"{show(row[f'{value}_low'])}-{show(row[f'{value}_high'])}")


def rounds(row: Row) -> str:
    """How many rounds, and how many of them were disturbed: ``3``, or ``3 (1 disturbed)``."""
    some = known(row["disturbed"]) and row["disturbed"] > 0
    return f"{row['rounds']:,}" + (f" ({row['disturbed']:,} disturbed)" if some else "")


def others(row: Row) -> str:
    """What other programs took of a round; cores."""
    return f"{row['others']:.2f}" + (" (disturbed)" if row["disturbed"] else "")


def seconds(value: float) -> str:
    """Seconds, whose unit the heading says."""
    return wording.seconds(value).removesuffix(" s")
