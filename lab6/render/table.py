"""Tables before they are shown: titled columns over the rows of a frame."""

import dataclasses
import math
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pandas as pd

Row = dict[str, Any]
UNKNOWN = "-"


@dataclasses.dataclass(frozen=True)
class Column:
    """One column: its heading, the value that it is sorted by, and how that is shown.

    ``wraps``: whether a terminal breaks its texts if there is too little room.
    """

    heading: str
    value: str
    show: Callable[[Row], str]
    numeric: bool = True
    wraps: bool = False


@dataclasses.dataclass(frozen=True)
class Cell:
    """The text of a cell, and the number or text that it is sorted by."""

    text: str
    value: str
    numeric: bool


@dataclasses.dataclass(frozen=True)
class Table:
    """A title, columns, and a frame with a row for each row of the table."""

    title: str
    columns: tuple[Column, ...]
    frame: pd.DataFrame

    def without(self, heading: str) -> "Table":
        """The same table without the columns of that heading."""
        return dataclasses.replace(self, columns=tuple(column for column in self.columns if column.heading != heading))

    def rows(self, most: int | None = None) -> Iterator[list[Cell]]:
        """The cells of each row, or of the first ``most`` rows."""
        for row in self.frame.head(len(self.frame) if most is None else most).to_dict("records"):
            yield [
                Cell(
                    column.show(row) if known(row[column.value]) else UNKNOWN,
                    str(row[column.value]) if known(row[column.value]) else "",
                    column.numeric,
                )
                for column in self.columns
            ]


def known(value: object) -> bool:
    """Whether ``value`` is neither None, nor NaN, nor NaT, nor NA."""
    return value is not None and not pd.isna(value)


def records(frame: pd.DataFrame, leave_out: Collection[str] = ()) -> list[dict[str, Any]]:
    """The rows of ``frame`` for JSON, None for unknown and infinite values."""
    return [
        {
            str(name): None if not known(value) or (isinstance(value, float) and math.isinf(value)) else value
            for name, value in row.items()
            if name not in leave_out
        }
        for row in frame.to_dict("records")
    ]
