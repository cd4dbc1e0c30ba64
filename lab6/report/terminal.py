"""The answer in a terminal: the sentence, why, and tables that fit into 80 columns: one a series, or one of all."""

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from lab6.analysis.findings import Findings
from lab6.analysis.frontier import Start
from lab6.report import tables, wording
from lab6.report.console import say
from lab6.report.console import show as show_table


def show(console: Console, findings: Findings) -> None:
    """Print all of it."""
    answer = findings.answer
    console.print(Text(wording.headline(answer, answer.headline), style="bold"))
    for sentence in wording.reasons(answer, answer.headline):
        console.print(Padding(Text(sentence), (0, 0, 0, 2)))
    many = len(answer.starts) > wording.MOST_TOLD
    for start in (answer.headline,) if many else answer.starts:
        console.print()
        console.print(Text(_title(start), style="bold"))
        show_table(console, tables.compact(answer, start), "images\n/s", "95%\ninterval")
    if many:
        ranked = tables.ranked(answer)
        console.print(Text(f"\n{ranked.title}", style="bold"))
        show_table(console, ranked)
        if answer.summary["setup"].nunique() > 1:
            say(console, f"\nOne machine in full, such as that of the answer:\n{wording.one_machine(answer)}")
    for shown in tables.side_by_side_turned(answer):
        console.print(Text(f"\n{shown.title}", style="bold"))
        show_table(console, shown)
    budgets = wording.budgets(answer)
    left_out = [f"Left out: {sentence}" for sentence in findings.left_out]
    said = [wording.work(answer), wording.caveat(answer)]
    for line in _paragraphs(budgets, said, wording.notes(answer), left_out):
        console.print(Text(line))


def _paragraphs(*paragraphs: list[str]) -> Iterator[str]:
    for paragraph in filter(None, paragraphs):
        yield ""
        yield from paragraph


def _title(start: Start) -> str:
    share = "" if start.share is None else f", in {start.share:.0%} of draws"
    name = wording.series(start.setup, start.method)
    return f"{name}: start with {start.batch_size:,}{share}" if start.choices > 1 else name
