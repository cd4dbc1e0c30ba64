"""``lab6 compare``: read, compare one machine with the others, print, draw."""

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from lab6.compare import comparison, words
from lab6.compare.comparison import Comparison
from lab6.render import console as terminal
from lab6.render import markdown
from lab6.render.cells import INTERVAL
from lab6.render.table import records
from lab6.store import cards as machine_cards
from lab6.store.notes import cut_off, disturbances, notes, work
from lab6.store.selection import Selection, select
from lab6.store.series import SERIES
from lab6.store.summary import Summary, summarise

OUTPUT = Path("build") / "compare"
"""The default folder of the picture."""

FEW_SENTENCES = 3
"""Of each kind, in a terminal, if there are many machines."""

REST = "The speed-ups of each minibatch size are in --format json."


@dataclasses.dataclass(frozen=True)
class Request:
    """The options of ``lab6 compare``. ``output``: the folder of the picture, None for no picture."""

    places: tuple[str, ...]
    conditions: tuple[str, ...]
    baseline: str | None
    form: str
    output: Path | None


@dataclasses.dataclass(frozen=True)
class Found:
    """What was selected, its summary, and the comparison."""

    selected: Selection
    summary: Summary
    compared: Comparison


def run(request: Request, console: Console, progress: Console) -> None:
    """Compare, print on ``console``, and draw. Raises ResultsError and OptionError."""
    selected = select(request.places, request.conditions)
    summary = summarise(selected.rounds)
    found = Found(selected, summary, comparison.compare(summary, request.baseline))
    if request.form == "table":
        show(console, found)
    else:
        console.file.write(FORMATS[request.form](found))
    if request.output:
        from lab6.compare import figure  # matplotlib and seaborn take seconds to import
        from lab6.render.picture import write, writing

        drawn = figure.picture(summary, found.compared)
        with progress.status("drawing"), writing(request.output):
            write(drawn, request.output)
        line = f"\nThe picture: {request.output / drawn.name}.svg"
        terminal.say(console if request.form == "table" else progress, line)


def show(console: Console, found: Found) -> None:
    """Print a comparison."""
    summary, compared = found.summary, found.compared
    many = len(summary.setups) > terminal.MOST_SHOWN
    most = FEW_SENTENCES if many else words.MOST_SENTENCES
    terminal.answer(console, words.headline(compared), words.sentences(summary, compared, most))
    means, speedups, cards, residuals = words.tables(summary, compared)
    for shown in (means, cards) if many else (means, speedups, cards, residuals):
        terminal.titled(console, shown, INTERVAL)
    left_out = [f"Left out: {sentence}" for sentence in found.selected.left_out]
    for line in ("", *([REST] if many else []), work(summary.rounds), *notes(summary.rounds), *left_out):
        console.print(Text(line))
    console.print(Text(words.explanation(summary), style="dim"))


def as_json(found: Found) -> str:
    """The comparison as one JSON object, null for unknown values. Times in seconds."""
    summary, compared = found.summary, found.compared
    cards = machine_cards.cards(summary)
    document = {
        "baseline": compared.baseline,
        "answer": words.headline(compared),
        "reasons": words.sentences(summary, compared, sys.maxsize),
        "on_average": records(compared.means),
        "speedups": records(compared.speedups),
        "overtakings": records(compared.overtakings),
        "unmatched": [dict(zip(SERIES, one, strict=True)) for one in compared.unmatched],
        "cards": records(cards),
        "fitted": records(machine_cards.fitted(summary, cards)),
        "disturbed": disturbances(summary.rounds),
        "cut_off": cut_off(summary.rounds),
        "left_out": list(found.selected.left_out),
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def as_markdown(found: Found) -> str:
    """The comparison for a comment or a CI summary."""
    summary, compared = found.summary, found.compared
    lines = [f"**{markdown.plain(words.headline(compared))}**", ""]
    left_out = [f"Left out: {why}" for why in found.selected.left_out]
    told = [*words.sentences(summary, compared), *notes(summary.rounds), *left_out]
    lines += [f"- {markdown.plain(sentence)}" for sentence in told]
    lines += [line for shown in words.tables(summary, compared) for line in markdown.table(shown)]
    return "\n".join([*lines, "", markdown.plain(work(summary.rounds)), "", words.explanation(summary)]) + "\n"


FORMATS: dict[str, Callable[[Found], str]] = {"table": lambda found: "", "json": as_json, "markdown": as_markdown}
"""By the values of ``--format``."""
