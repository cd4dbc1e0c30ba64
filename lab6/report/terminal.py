"""The answer in a terminal of 80 columns: the headline, the reasons, and a table for each series or one for all."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from lab6.history import words as history_words
from lab6.render import console as terminal
from lab6.render.cells import INTERVAL
from lab6.report.findings import Findings
from lab6.scaling import tables as scaling_tables
from lab6.scaling import words as scaling_words
from lab6.scaling.scaling import Scaling
from lab6.start import tables, words
from lab6.start.frontier import Start
from lab6.store.notes import notes, work
from lab6.store.series import title
from lab6.target import tables as target_tables
from lab6.target import words as target_words
from lab6.target.answer import Answer

FEW = 6
"""Changes of speed that a terminal tells of."""


def show(console: Console, findings: Findings) -> None:
    """Print the answer."""
    answer = findings.answer
    terminal.answer(console, words.headline(answer, answer.headline), findings.reasons)
    many = len(answer.starts) > terminal.MOST_SHOWN
    for start in (answer.headline,) if many else answer.starts:
        console.print(Text(f"\n{_title(start)}", style="bold"))
        terminal.show(console, tables.compact(answer, start), "images\n/s", INTERVAL)
    if many:
        terminal.titled(console, tables.ranked(answer))
        if len(answer.summary.setups) > 1:
            terminal.say(console, f"\nOne machine in full, such as that of the answer:\n{words.one_machine(answer)}")
    for shown in tables.side_by_side_turned(answer):
        terminal.titled(console, shown)
    caveats = [work(answer.summary.rounds), words.caveat(answer)]
    if findings.target:
        _target(console, findings, findings.target)
        caveats.append(target_words.caveat(findings.target))
    if findings.history:
        console.print()
        headline, told = history_words.headline(findings.history), history_words.sentences(findings.history, FEW)
        terminal.answer(console, headline, told)
    missing = list(filter(None, [findings.without_target]))
    left_out = [f"Left out: {sentence}" for sentence in findings.left_out]
    if findings.scaling_shown:
        _scaling(console, findings, findings.scaling_shown)
        caveats.append(scaling_words.explanation(findings.scaling_shown))
    for line in _paragraphs(words.budgets(answer), missing, caveats, notes(answer.summary.rounds), left_out):
        console.print(Text(line))


def _target(console: Console, findings: Findings, found: Answer) -> None:
    """Print the fastest way to an accuracy."""
    console.print()
    terminal.answer(console, target_words.headline(found), findings.target_reasons)
    if found.headline:
        terminal.titled(console, target_tables.compact(found, found.headline), INTERVAL)
    if len(found.fastest) > 1:
        terminal.titled(console, target_tables.ranked(found))
    if measured := target_tables.runs(found):
        terminal.titled(console, measured, target_tables.SPREAD)


def _scaling(console: Console, findings: Findings, found: Scaling) -> None:
    """Print what more threads and workers bring."""
    console.print()
    terminal.answer(console, scaling_words.HEADING, findings.scaling_reasons)
    for shown in (*scaling_tables.compact(found), *scaling_tables.exchanges(found)):
        terminal.titled(console, shown)


def _paragraphs(*paragraphs: list[str]) -> Iterator[str]:
    for paragraph in filter(None, paragraphs):
        yield ""
        yield from paragraph


def _title(start: Start) -> str:
    share = "" if start.share is None else f", in {start.share:.0%} of draws"
    name = title(start.setup, start.method)
    return f"{name}: start with {start.batch_size:,}{share}" if start.choices > 1 else name
