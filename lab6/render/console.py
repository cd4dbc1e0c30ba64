"""Tables and sentences in a terminal of any width."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import Literal

from rich import table as rich_table
from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.text import Text

from lab6.errors import ResultsError
from lab6.render.table import Table

UNLIMITED = 1_000
"""A width that any table fits into."""

WIDE = 84
"""The width from which the columns of a table stand further apart."""

MOST_SHOWN = 6
"""Machines or series that are each shown in full in a terminal."""

STYLES = {
    "start here": "bold",
    "dominated": "dim",
    "slower": "bold red",
    "less": "bold red",
    "diverged": "bold red",
    "faster": "bold green",
    "inconclusive": "yellow",
}
"""Styles of rows, by the text of the last cell."""


def show(console: Console, shown: Table, *spare: str) -> None:
    """Print a table; if it is too wide, without the columns of the first heading of ``spare``, then of the next."""
    unlimited = console.options.update(max_width=UNLIMITED)
    for heading in spare:
        if Measurement.get(console, unlimited, _draw(console, shown)).maximum > console.width:
            shown = shown.without(heading)
    console.print(_draw(console, shown))


def titled(console: Console, shown: Table, *spare: str) -> None:
    """Print a table below its title; see :func:`show`."""
    console.print(Text(f"\n{shown.title}", style="bold"))
    show(console, shown, *spare)


def say(console: Console, line: str) -> None:
    """Print a line that only the terminal itself breaks."""
    console.print(Text(line), soft_wrap=True)


def answer(console: Console, headline: str, reasons: Iterable[str], style: str = "bold") -> None:
    """Print a headline, and below it the reasons."""
    console.print(Text(headline, style=style))
    for sentence in reasons:
        console.print(Padding(Text(sentence), (0, 0, 0, 2)))


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
    """While output is printed. Raises ResultsError if it cannot be written, as on a full disk."""
    try:
        yield
        console.file.flush()
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):  # nothing more of it is written when the program ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), console.file.fileno())
        raise ResultsError(f"the answer cannot be written ({error.strerror}): write it elsewhere.") from error
