"""``lab6 check``: options parsed once, then read, judge, print."""

import dataclasses
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from lab6 import values
from lab6.analysis import results, saved, workload
from lab6.check import junit, words
from lab6.check.check import Check, Terms, check
from lab6.errors import OptionError
from lab6.report import console as terminal
from lab6.report import markdown


@dataclasses.dataclass(frozen=True)
class Request:
    """What is asked of ``lab6 check``: two places of results, conditions and terms."""

    baseline: str
    candidate: str
    conditions: tuple[str, ...]
    terms: Terms
    form: str

    @classmethod
    def parse(
        cls,
        places: Sequence[str],
        where: Sequence[str] | None,
        minimum_effect: str,
        allow_differing: str | None,
        strict: bool,
        form: str,
    ) -> "Request":
        """Options as they were typed. Raises OptionError."""
        if len(places) != 2:
            raise OptionError(
                f"check takes two places, BASELINE and CANDIDATE, but {len(places)} were given: put a pattern into "
                "quotes, such as 'results/mine/*_old.json', so that the shell leaves it alone."
            )
        values.one_of("--format", form, FORMATS)
        found = terms(minimum_effect, allow_differing, strict)
        return cls(places[0], places[1], tuple(where or ()), found, form)


def terms(minimum_effect: str, allow_differing: str | None, strict: bool = False) -> Terms:
    """The terms of a check as they were typed. Raises OptionError."""
    effect = values.share("--minimum-effect", minimum_effect)
    allowed = values.listed(allow_differing, str) if allow_differing else ()
    return Terms(effect, allowed, strict)


def run(request: Request, console: Console) -> bool:
    """Check and print; whether it failed. Raises ResultsError and OptionError."""
    baseline, candidate = (
        _load(side, place, request)
        for side, place in (("baseline", request.baseline), ("candidate", request.candidate))
    )
    found = check(baseline, candidate, request.terms)
    with terminal.written(console):
        if request.form == "table":
            show(console, found)
        else:
            console.file.write(FORMATS[request.form](found))
    return found.failed


def show(console: Console, found: Check) -> None:
    """Print a check for a terminal."""
    style = "bold red" if found.failed else "bold green"
    console.print(Text(words.headline(found), style=style))
    for sentence in words.reasons(found):
        console.print(Padding(Text(sentence), (0, 0, 0, 2)))
    for method, speed, learned in words.tables(found):
        for shown in (speed, learned):
            console.print(Text(f"\n{shown.title}, {method}", style="bold"))
            terminal.show(console, shown, words.INTERVAL)
    console.print()
    for line in words.sides(found):
        terminal.say(console, line)
    console.print(Text(words.explanation(found), style="dim"))
    console.print(Text(f"\n{words.outlook(found)}"))


def document(found: Check) -> dict[str, Any]:
    """The check as values for JSON; None for what is not known. Times in seconds, changes as fractions."""
    return {
        "failed": found.failed,
        "verdict": words.headline(found),
        "reasons": words.reasons(found),
        "outlook": words.outlook(found),
        "terms": dataclasses.asdict(found.terms),
        "rows": _known(found.rows.assign(regressed=found.regressed, settled=found.settled)),
        "unmatched": _known(found.unmatched),
        **{
            side: {"runs": int(rounds["run"].nunique()), "sources": list(rounds["source"].unique())}
            for side, rounds in (("baseline", found.baseline), ("candidate", found.candidate))
        },
    }


def as_json(found: Check) -> str:
    """The check as one JSON object; what is not known is null. Times in seconds, changes as fractions."""
    return json.dumps(document(found), indent=1, allow_nan=False) + "\n"


def as_markdown(found: Check) -> str:
    """The check for a comment or a CI summary."""
    lines = [f"**{markdown.plain(words.headline(found))}**", ""]
    lines += [f"- {markdown.plain(sentence)}" for sentence in words.reasons(found)]
    for method, speed, learned in words.tables(found):
        for shown in (speed, learned):
            lines += markdown.table(dataclasses.replace(shown, title=f"{shown.title}, {method}"))
    lines += ["", *(f"{markdown.plain(line)}  " for line in words.sides(found)), "", words.explanation(found)]
    lines += ["", words.outlook(found)]
    return "\n".join(lines) + "\n"


FORMATS: dict[str, Callable[[Check], str]] = {
    "table": lambda found: "",
    "json": as_json,
    "markdown": as_markdown,
    "junit": junit.render,
}
"""By the names that ``--format`` takes."""


def _load(side: str, place: str, request: Request) -> pd.DataFrame:
    return workload.where(results.load(*saved.places(side, place)), request.conditions)


def _known(frame: pd.DataFrame) -> list[dict[str, object]]:
    """A frame's rows, with None for what is not known."""
    rows = frame.to_dict("records")
    return [{str(name): None if _unknown(value) else value for name, value in row.items()} for row in rows]


def _unknown(value: object) -> bool:
    return value is pd.NA or (isinstance(value, float) and not math.isfinite(value))
