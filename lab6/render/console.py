"""Tables and sentences in a terminal of any width."""

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from lab6.render.table import Table
from lab6.terminal_table import Column, Columns

MOST_SHOWN = 6
"""Machines or series that are each shown in full in a terminal."""

MOST_ROWS = 60
"""Rows of a table in a terminal; the rest is counted."""

STYLES = {
    "start here": "bold",
    "fastest": "bold",
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
    for heading in spare:
        if not _draw(shown).fits(console.width):
            shown = shown.without(heading)
    console.print(_draw(shown))
    more = len(shown.frame) - MOST_ROWS
    if more > 0:
        console.print(Text(f"And {more:,} more rows: --format json lists all."))


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


def _draw(shown: Table) -> Columns:
    drawn = Columns(*(Column(each.heading, not each.numeric, each.wraps) for each in shown.columns))
    for cells in shown.rows(MOST_ROWS):
        drawn.add_row(*(cell.text for cell in cells), style=STYLES.get(cells[-1].text, ""))
    return drawn
