"""``lab6 report`` and ``lab6 combine``: options parsed once, then read, judge, write, print."""

import dataclasses
import webbrowser
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.text import Text

from lab6 import values
from lab6.analysis import findings, results, saved, sources, workload
from lab6.analysis.answer import ACCURACIES, Question
from lab6.check import command as check_command
from lab6.check.check import Terms, check
from lab6.errors import OptionError, ResultsError
from lab6.report import files, formats, terminal

OUTPUT = Path("build") / "report"
"""Where a report goes when nobody says where."""

TERMS = Terms()
"""Of a check, where no others are asked for."""


@dataclasses.dataclass(frozen=True)
class Request:
    """What is asked of ``lab6 report``. ``output``: where the page goes, None for nowhere; ``show``: whether to open
    it; ``against``: the place of a baseline that these runs are checked against, on ``terms``."""

    places: tuple[str, ...]
    conditions: tuple[str, ...]
    question: Question
    skip_bad: bool
    form: str
    output: Path | None
    show: bool
    against: str | None = None
    terms: Terms = TERMS

    @classmethod
    def parse(
        cls,
        places: Sequence[str] | None,
        conditions: Sequence[str] | None,
        tolerance: str,
        budget: str | None,
        accuracy: str,
        skip_bad: bool,
        form: str,
        output: str | None,
        show: bool,
        against: str | None = None,
        minimum_effect: str = "2%",
        allow_differing: str | None = None,
    ) -> "Request":
        """Options as they were typed. Raises OptionError."""
        question = Question(
            accuracy=values.one_of("--accuracy", accuracy, ACCURACIES),
            tolerance=values.fraction("--tolerance", tolerance),
            budget=None if budget is None else values.positive("--budget", budget),
        )
        values.one_of("--format", form, formats.FORMATS)
        if output == "":
            raise OptionError(f"--output: '' is not allowed; give the name of a folder, such as {OUTPUT}.")
        folder = Path(output) if output else OUTPUT if form == "table" or show else None
        terms = check_command.terms(minimum_effect, allow_differing)
        return cls(tuple(places or ()), tuple(conditions or ()), question, skip_bad, form, folder, show, against, terms)


def report(request: Request, console: Console, notes: Console) -> None:
    """Answer on ``console``; progress and where the page went go to ``notes``. Raises ResultsError and OptionError."""
    found = findings.find(request.places, request.conditions, request.question, request.skip_bad, _progress(notes))
    if request.against is not None:
        baseline = workload.where(results.load(*saved.places("--check-against", request.against)), request.conditions)
        rounds = found.answer.rounds
        candidate = rounds[~rounds["run"].isin(baseline["run"])]
        if candidate.empty:
            raise ResultsError(f"--check-against: {request.against} leaves no other run to check: name more results.")
        found = dataclasses.replace(found, check=check(baseline, candidate, request.terms))
    page = None
    if request.output:
        with notes.status("drawing") as status:
            page = files.write(found, request.output, lambda picture: status.update(f"drawing: {picture}"))
    if request.form == "table":
        terminal.show(console, found)
        if found.check:
            console.print()
            check_command.show(console, found.check)
    else:
        _write(console, formats.FORMATS[request.form](found))
    if page:
        _say(notes if request.form != "table" else console, f"\nThe page: {page}")
        if request.show and not webbrowser.open(page.resolve().as_uri()):
            _say(notes, "No browser could be started here: open the page yourself.")


def combine(places: Sequence[str], output: str, skip_bad: bool, console: Console, notes: Console) -> None:
    """Write one archive of all that ``places`` hold. Raises ResultsError."""
    bad: list[ResultsError] = []
    rounds = results.load(
        *(places or [findings.DEFAULT]), on_bad=bad.append if skip_bad else None, track=_progress(notes)
    )
    results.save(rounds, output)
    runs = rounds["run"].nunique()
    _say(console, f"{len(rounds):,} rounds of {runs:,} run{'' if runs == 1 else 's'} are in {output}")
    for error in bad:
        _say(notes, f"Left out: {error}")


def _progress(notes: Console) -> Callable[[Sequence[sources.File]], Iterable[sources.File]]:
    """Shows how far reading has got, on a terminal, and leaves nothing behind."""
    return lambda found: track(found, "reading", console=notes, transient=True, disable=not notes.is_terminal)


def _write(console: Console, text: str) -> None:
    try:
        console.file.write(text)
        console.file.flush()
    except OSError as error:
        raise ResultsError(f"the answer cannot be written ({error.strerror}): write it elsewhere.") from error


def _say(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
