"""``lab6 check``: read both sides, judge, print."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from lab6.check import junit, words
from lab6.check.check import Check, Terms, check
from lab6.render import console as terminal
from lab6.render import markdown
from lab6.render.cells import INTERVAL
from lab6.render.table import records
from lab6.store import names, workload
from lab6.store.load import load


@dataclasses.dataclass(frozen=True)
class Request:
    """The options of ``lab6 check``: two places of results, conditions and terms."""

    baseline: str
    candidate: str
    conditions: tuple[str, ...]
    terms: Terms
    form: str


def run(request: Request, console: Console) -> bool:
    """Check and print; whether the check failed. Raises ResultsError and OptionError."""
    found = check(
        _load("baseline", request.baseline, request), _load("candidate", request.candidate, request), request.terms
    )
    if request.form == "table":
        show(console, found)
    else:
        console.file.write(FORMATS[request.form](found))
    return found.failed


def show(console: Console, found: Check) -> None:
    """Print a check."""
    style = "bold red" if found.failed else "bold green" if found.settled.any() else "bold yellow"
    terminal.answer(console, words.headline(found), words.reasons(found), style)
    for shown in words.tables(found):
        terminal.titled(console, shown, INTERVAL)
    console.print()
    for line in words.sides(found):
        terminal.say(console, line)
    console.print(Text(words.explanation(found), style="dim"))
    console.print(Text(f"\n{words.outlook(found)}"))


def document(found: Check) -> dict[str, Any]:
    """The check as values for JSON, None for unknown ones. Times in seconds, changes as fractions."""
    return {
        "failed": found.failed,
        "verdict": words.headline(found),
        "reasons": words.reasons(found),
        "outlook": words.outlook(found),
        "terms": dataclasses.asdict(found.terms),
        "rows": records(found.rows.assign(regressed=found.regressed, settled=found.settled)),
        "unmatched": records(found.unmatched),
        **{
            side: {"runs": int(rounds["run"].nunique()), "sources": list(rounds["source"].unique())}
            for side, rounds in (("baseline", found.baseline), ("candidate", found.candidate))
        },
    }


def as_json(found: Check) -> str:
    """The check as one JSON object; see :func:`document`."""
    return json.dumps(document(found), indent=1, allow_nan=False) + "\n"


def as_markdown(found: Check) -> str:
    """The check for a comment or a CI summary."""
    lines = [f"**{markdown.plain(words.headline(found))}**", ""]
    lines += [f"- {markdown.plain(sentence)}" for sentence in words.reasons(found)]
    lines += [line for shown in words.tables(found) for line in markdown.table(shown)]
    lines += ["", *(f"{markdown.plain(line)}  " for line in words.sides(found)), "", words.explanation(found)]
    return "\n".join([*lines, "", words.outlook(found)]) + "\n"


FORMATS: dict[str, Callable[[Check], str]] = {
    "table": lambda found: "",
    "json": as_json,
    "markdown": as_markdown,
    "junit": junit.render,
}
"""By the values of ``--format``."""


def _load(side: str, place: str, request: Request) -> pd.DataFrame:
    rounds = load(*names.places(side, place), conditions=request.conditions)
    return workload.where(rounds, request.conditions)
