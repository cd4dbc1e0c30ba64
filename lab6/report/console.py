"""Tables and sentences in a terminal, however wide it is."""

import contextlib
import os
from collections.abc import Iterator
from typing import Literal

from rich import table as rich_table
from rich.console import Console
from rich.measure import Measurement
from rich.text import Text

from lab6.errors import ResultsError
from lab6.report.table import Table

UNLIMITED = 1_000
"""Columns that any table fits into."""

WIDE = 84
"""Columns of a terminal in which the columns of a table can stand further apart."""

STYLES = {
    "start here": "bold",
    "dominated": "dim",
    "slower": "bold red",
    "less": "bold red",
    "diverged": "bold red",
    "faster": "bold green",
    "inconclusive": "yellow",
}
"""How a row looks, by what its last cell says."""


def show(console: Console, shown: Table, *spare: str) -> None:
    """Print a table; where it would not fit, without its columns of the first heading of ``spare``, then the next."""
    unlimited = console.options.update(max_width=UNLIMITED)
    for heading in spare:
        if Measurement.get(console, unlimited, _draw(console, shown)).maximum > console.width:
            shown = shown.without(heading)
    console.print(_draw(console, shown))


def say(console: Console, line: str, style: str = "") -> None:
    """Print a sentence as it is, broken only where the terminal breaks it."""
    console.print(Text(line, style=style), soft_wrap=True)


def _draw(console: Console, shown: Table) -> rich_table.Table:
    gap = 2 if console.width > WIDE else 1
    drawn = rich_table.Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="bold")
    for column in shown.columns:
        justify: Literal["left", "right"] = "right" if column.numeric else "left"
        overflow: Literal["fold", "ellipsis"] = "fold" if column.wraps else "ellipsis"
        drawn.add_column(column.heading, justify=justify, no_wrap=not column.wraps, overflow=overflow)
    for cells in shown.rows():
        drawn.add_row(*(cell.text for cell in cells), style=STYLES.get(cells[-1].text, ""))
    return drawn


@contextlib.contextmanager
def written(console: Console) -> Iterator[None]:
    """While an answer is printed. Raises ResultsError where it cannot be: a full disk."""
    try:
        yield
        console.file.flush()
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):  # nothing more of it is written when the program ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), console.file.fileno())
        raise ResultsError(f"the answer cannot be written ({error.strerror}): write it elsewhere.") from error
