"""Tables in a terminal of any width: what is too wide is shown in parts below each other, and no digit is cut off."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Literal

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Table

WIDE = 84
"""The width from which columns stand further apart."""

LONGEST_WORD = 10
"""Characters of a text that are kept on one line, if it may be wrapped."""


@dataclasses.dataclass(frozen=True)
class Column:
    """The ``heading`` of a column, whether it is aligned to the ``left``, and whether narrow terminals wrap it."""

    heading: str
    left: bool = False
    wraps: bool = False


class Columns:
    """A table for a console of rich: columns without lines, the first one repeated in each part."""

    def __init__(self, *columns: Column | str) -> None:
        """``columns``: a text is the heading of numbers."""
        self._columns = [Column(each) if isinstance(each, str) else each for each in columns]
        self._rows: list[tuple[Sequence[str], str]] = []

    def add_row(self, *cells: str, style: str = "") -> None:
        """Add a row, a text for each column; the last ones may be missing."""
        self._rows.append(((*cells, *[""] * (len(self._columns) - len(cells))), style))

    def fits(self, width: int) -> bool:
        """Whether nothing has to be wrapped or shown in parts."""
        widths = [self._width(number, whole=True) + _gap(width) for number in range(len(self._columns))]
        return sum(widths) - _gap(width) <= width

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """The parts, with an empty line between them."""
        gap = _gap(options.max_width)
        for number, part in enumerate(self._parts(options.max_width, gap)):
            tight = sum(map(self._width, part)) + gap * (len(part) - 1) > options.max_width
            table = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="bold")
            for each in (self._columns[place] for place in part):
                justify: Literal["left", "right"] = "left" if each.left else "right"
                table.add_column(each.heading, justify=justify, no_wrap=not (each.wraps or tight), overflow="fold")
            for cells, style in self._rows:
                table.add_row(*(cells[place] for place in part), style=style)
            yield from ("", table) if number else (table,)

    def _parts(self, width: int, gap: int) -> Iterator[list[int]]:
        """The numbers of the columns of each part."""
        first = used = self._width(0)
        part = [0]
        for number in range(1, len(self._columns)):
            own = gap + self._width(number)
            if used + own > width and len(part) > 1:
                yield part
                part, used = [0], first
            part.append(number)
            used += own
        yield part

    def _width(self, number: int, whole: bool = False) -> int:
        """The least width of a column; ``whole``: without wrapping."""
        column = self._columns[number]
        lines = "\n".join([column.heading, *(cells[number] for cells, _ in self._rows)]).split("\n")
        if column.wraps and not whole:
            return min(LONGEST_WORD, max(cell_len(word) for line in lines for word in line.split(" ")))
        return max(map(cell_len, lines))


def _gap(width: int) -> int:
    return 2 if width > WIDE else 1
