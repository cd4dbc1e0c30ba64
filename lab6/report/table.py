"""A table before anybody shows it: titled columns over the rows of a frame."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

Row = dict[str, Any]
UNKNOWN = "-"


@dataclasses.dataclass(frozen=True)
class Column:
    """One column: its heading, the row's value that it shows and is sorted by, and how the row shows it.

    ``wraps``: whether a terminal breaks its texts where there is no room, before any other column suffers.
    """

    heading: str
    value: str
    show: Callable[[Row], str]
    numeric: bool = True
    wraps: bool = False


@dataclasses.dataclass(frozen=True)
class Cell:
    """What a cell shows, and what it is sorted by: a number or a text."""

    text: str
    value: str
    numeric: bool


@dataclasses.dataclass(frozen=True)
class Table:
    """A title, columns, and a frame with a row for each of the table's."""

    title: str
    columns: tuple[Column, ...]
    frame: pd.DataFrame

    def without(self, heading: str) -> "Table":
        """The same table without the columns of that heading."""
        return dataclasses.replace(self, columns=tuple(column for column in self.columns if column.heading != heading))

    def rows(self) -> Iterator[list[Cell]]:
        """Each row's cells."""
        for row in self.frame.to_dict("records"):
            yield [
                Cell(
                    column.show(row) if known(row[column.value]) else UNKNOWN,
                    _plain(row[column.value]),
                    column.numeric,
                )
                for column in self.columns
            ]


def known(value: object) -> bool:
    """Whether there is a value: neither None, nor NaN, nor NaT, nor NA."""
    return value is not None and not pd.isna(value)


def _plain(value: object) -> str:
    """A value as a script would read it; empty where it is not known."""
    return str(value) if known(value) else ""
