"""``lab6 compare``: read, compare one machine with the others, draw, print."""

import dataclasses
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from lab6 import values
from lab6.analysis import compare, findings
from lab6.analysis.compare import Comparison
from lab6.analysis.findings import Findings
from lab6.errors import OptionError
from lab6.report import comparison, markdown, wording
from lab6.report import console as terminal

OUTPUT = Path("build") / "compare"
"""Where the picture goes by default."""

FEW_SENTENCES = 3
"""Of each kind, in a terminal, if there are many machines."""

REST = "The speed-ups of each minibatch size are on the page of lab6 report, and in --format json."


@dataclasses.dataclass(frozen=True)
class Request:
    """What is asked of ``lab6 compare``. ``output``: the folder of the picture, None for no picture."""

    places: tuple[str, ...]
    conditions: tuple[str, ...]
    baseline: str | None
    form: str
    output: Path | None

    @classmethod
    def parse(
        cls,
        places: Sequence[str] | None,
        conditions: Sequence[str] | None,
        baseline: str | None,
        form: str,
        output: str | None,
    ) -> "Request":
        """Options as they were typed. Raises OptionError."""
        values.one_of("--format", form, FORMATS)
        if output == "":
            raise OptionError(f"--output: '' is not allowed; give the name of a folder, such as {OUTPUT}.")
        folder = Path(output) if output else OUTPUT if form == "table" else None
        return cls(tuple(places or ()), tuple(conditions or ()), baseline, form, folder)


def run(request: Request, console: Console, notes: Console) -> None:
    """Compare and print; where the picture went goes to ``notes``. Raises ResultsError and OptionError."""
    found = findings.find(request.places, request.conditions)
    compared = compare.compare(found.answer, request.baseline)
    with terminal.written(console):
        if request.form == "table":
            show(console, found, compared)
        else:
            console.file.write(FORMATS[request.form](found, compared))
    if request.output:
        from lab6.report import files, pictures  # matplotlib and seaborn take seconds to import

        with notes.status("drawing"):
            files.write_picture(picture := pictures.speed_up(compared.baseline), found.answer, request.output)
        where = request.output / f"{picture.name}.svg"
        terminal.say(console if request.form == "table" else notes, f"\nThe picture: {where}")


def show(console: Console, found: Findings, compared: Comparison) -> None:
    """Print a comparison for a terminal."""
    answer = found.answer
    many = answer.summary["setup"].nunique() > wording.MOST_TOLD
    console.print(Text(comparison.headline(answer, compared), style="bold"))
    for sentence in comparison.sentences(answer, compared, FEW_SENTENCES if many else comparison.MOST_SENTENCES):
        console.print(Padding(Text(sentence), (0, 0, 0, 2)))
    own = [] if many else [comparison.speedups(compared)]
    fitted = [] if many else [comparison.residuals(answer)]
    for shown in (comparison.means(compared), *own, comparison.cards(answer), *fitted):
        console.print(Text(f"\n{shown.title}", style="bold"))
        terminal.show(console, shown, comparison.INTERVAL)
    for line in (
        "",
        *([REST] if many else []),
        wording.work(answer),
        *wording.notes(answer),
        *(f"Left out: {sentence}" for sentence in found.left_out),
    ):
        console.print(Text(line))
    console.print(Text(comparison.EXPLANATION, style="dim"))


def as_json(found: Findings, compared: Comparison) -> str:
    """The comparison as one JSON object; what is not known is null. Times in seconds."""
    cards = compare.cards(found.answer)
    document = {
        "baseline": compared.baseline,
        "answer": comparison.headline(found.answer, compared),
        "reasons": comparison.sentences(found.answer, compared),
        "on_average": _known(compared.means),
        "speedups": _known(compared.speedups),
        "overtakings": _known(compared.overtakings),
        "cards": _known(cards),
        "fitted": _known(compare.fitted(found.answer, cards)),
        "disturbed": wording.disturbances(found.answer),
        "cut_off": wording.cut_off(found.answer),
        "left_out": list(found.left_out),
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def as_markdown(found: Findings, compared: Comparison) -> str:
    """The comparison for a comment or a summary."""
    answer = found.answer
    lines = [f"**{markdown.plain(comparison.headline(answer, compared))}**", ""]
    lines += [f"- {markdown.plain(sentence)}" for sentence in comparison.sentences(answer, compared)]
    lines += [f"- {markdown.plain(sentence)}" for sentence in wording.notes(answer)]
    tables = (
        comparison.means(compared),
        comparison.speedups(compared),
        comparison.cards(answer),
        comparison.residuals(answer),
    )
    lines += [line for shown in tables for line in markdown.table(shown)]
    return "\n".join([*lines, "", markdown.plain(wording.work(answer)), "", comparison.EXPLANATION]) + "\n"


FORMATS: dict[str, Callable[[Findings, Comparison], str]] = {
    "table": lambda found, compared: "",
    "json": as_json,
    "markdown": as_markdown,
}
"""By the names that ``--format`` takes."""


def _known(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {str(name): None if pd.isna(value) or _infinite(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def _infinite(value: object) -> bool:
    return isinstance(value, float) and math.isinf(value)
