"""``lab6 report`` and ``lab6 combine``: read, judge, write, print."""

import dataclasses
import webbrowser
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console

from lab6.check import command as check_command
from lab6.check import machines
from lab6.check.check import Check, Terms, check
from lab6.errors import ResultsError
from lab6.render.console import reading, say
from lab6.render.numbers import count
from lab6.report import formats, terminal
from lab6.report.findings import find
from lab6.start.answer import ACCURACIES as ACCURACIES
from lab6.start.answer import Question as Question
from lab6.store import names, workload
from lab6.store.load import leaving_out, load, save
from lab6.store.public import public
from lab6.store.selection import Selection, select
from lab6.target import answer as targets

OUTPUT = Path("build") / "report"
"""The default folder of a report."""


@dataclasses.dataclass(frozen=True)
class Request:
    """The options of ``lab6 report``.

    ``output``: the folder of the page, None for no page. ``show``: whether to open the page. ``against``: the place of
    a baseline that these runs are checked against, on ``terms``; None for no check. ``target``: which accuracy to reach
    the fastest. ``is_public``: whether to leave out what can name a person, a host or a folder.
    """

    places: tuple[str, ...]
    conditions: tuple[str, ...]
    question: Question
    skip_bad: bool
    form: str
    output: Path | None
    show: bool
    against: str | None
    terms: Terms
    target: targets.Question
    is_public: bool = False


def report(request: Request, console: Console, progress: Console) -> None:
    """Print the answer on ``console``, and write the page. Raises ResultsError and OptionError."""
    selected = select(request.places, request.conditions, request.skip_bad, reading(progress), request.is_public)
    checked = _check(selected, request) if request.against is not None else None
    found = find(selected, request.question, request.target, checked)
    page = None
    if request.output:
        from lab6.report import page as pages  # matplotlib and seaborn take seconds to import

        with progress.status("drawing") as status:
            page = pages.write(found, request.output, lambda picture: status.update(f"drawing: {picture}"))
    if request.form == "table":
        terminal.show(console, found)
        if checked:
            console.print()
            check_command.show(console, checked)
    else:
        console.file.write(formats.FORMATS[request.form](found))
    if page:
        say(progress if request.form != "table" else console, f"\nThe page: {page}")
        if request.show and not webbrowser.open(page.resolve().as_uri()):
            say(progress, "No browser could be started here: open the page yourself.")


def combine(
    places: Sequence[str], output: str, skip_bad: bool, is_public: bool, console: Console, progress: Console
) -> None:
    """Write one archive of all results in ``places``; see :class:`Request` for ``is_public``. Raises ResultsError."""
    bad: list[ResultsError] = []
    rounds = load(*places, on_bad=leaving_out(bad, skip_bad), track=reading(progress))
    save(public(rounds) if is_public else rounds, output)
    counts = count(len(rounds), "round"), count(rounds["run"].nunique(), "run")
    say(console, f"{output} holds {counts[0]} of {counts[1]}")
    for error in bad:
        say(progress, f"Left out: {error}")


def _check(selected: Selection, request: Request) -> Check:
    """Check the selected runs of the baseline's machine."""
    assert request.against is not None
    baseline = workload.where(load(*names.places("--check-against", request.against)), request.conditions)
    rounds = pd.concat([selected.rounds, selected.runs], ignore_index=True)
    candidate = machines.of_the_same(rounds[~rounds["run"].isin(baseline["run"])], baseline)
    if candidate.empty:
        raise ResultsError(
            f"--check-against: these results hold no other run of the machine of {request.against}, which is called "
            f"{baseline['machine'].iloc[0]!r}: name more results, or measure some with pytest benchmarks --machine."
        )
    return check(baseline, candidate, request.terms)
