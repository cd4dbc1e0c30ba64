"""Text and tables as Markdown."""

import re
from collections.abc import Iterator

from lab6.render.table import Table


def plain(text: str) -> str:
    """``text`` with everything escaped that Markdown or HTML would interpret."""
    escaped = re.sub(r"([\\`*_\[\]<>|#~$])", r"\\\1", text.replace("&", "&amp;"))
    return " ".join(escaped.split())


def table(shown: Table) -> Iterator[str]:
    """The lines of a table under its title."""
    yield from ("", f"### {plain(shown.title)}", "", _row([plain(column.heading) for column in shown.columns]))
    yield _row([" ---: " if column.numeric else " --- " for column in shown.columns], pad="")
    yield from (_row([plain(cell.text) for cell in cells]) for cells in shown.rows())


def _row(cells: list[str], pad: str = " ") -> str:
    return "|" + "|".join(f"{pad}{cell}{pad}" for cell in cells) + "|"
