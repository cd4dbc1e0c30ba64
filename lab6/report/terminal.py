"""The answer in a terminal: the sentence, why, and a table for each series that fits into 80 columns."""

from collections.abc import Iterator

from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lab6.analysis.findings import Findings
from lab6.analysis.frontier import Start
from lab6.report import table, tables, wording

UNLIMITED = 1_000
"""Columns that any table fits into."""

WIDE = 84
"""Columns of a terminal in which the columns of a table can stand further apart."""


def show(console: Console, findings: Findings) -> None:
    """Print all of it."""
    answer = findings.answer
    console.print(Text(wording.headline(answer, answer.headline), style="bold"))
    for sentence in wording.reasons(answer, answer.headline):
        console.print(Padding(Text(sentence), (0, 0, 0, 2)))
    for start in answer.starts:
        console.print()
        console.print(Text(_title(findings, start), style="bold"))
        console.print(_table(console, findings, start))
    budgets = wording.budgets(answer)
    left_out = [f"Left out: {sentence}" for sentence in findings.left_out]
    for line in _paragraphs(budgets, [wording.work(answer), wording.caveat(answer)], left_out):
        console.print(Text(line))


def _paragraphs(*paragraphs: list[str]) -> Iterator[str]:
    for paragraph in filter(None, paragraphs):
        yield ""
        yield from paragraph


def _title(findings: Findings, start: Start) -> str:
    share = "" if start.share is None else f", in {start.share:.0%} of resamples"
    return f"{wording.series(start.setup, start.method)}: start with {start.batch_size:,}{share}"


def _table(console: Console, findings: Findings, start: Start) -> Table:
    """The table of a series; without its intervals where they would not fit."""
    compact = tables.compact(findings.answer, start)
    for shown in (compact, compact.without("95%\ninterval")):
        drawn = _drawn(shown, gap=2 if console.width > WIDE else 1)
        unlimited = console.options.update(max_width=UNLIMITED)
        if Measurement.get(console, unlimited, drawn).maximum <= console.width:
            return drawn
    return drawn


def _drawn(shown: table.Table, gap: int) -> Table:
    drawn = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="bold")
    for column in shown.columns:
        drawn.add_column(column.heading, justify="right" if column.numeric else "left", no_wrap=True)
    styles = {"start here": "bold", "dominated": "dim"}
    for cells in shown.rows():
        drawn.add_row(*(cell.text for cell in cells), style=styles.get(cells[-1].text, ""))
    return drawn
