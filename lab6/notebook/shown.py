"""The answer as a notebook's cell shows it: sentence, reasons, picture and table."""

import dataclasses
import hashlib
import io
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import pandas as pd
from markupsafe import Markup
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from lab6 import values
from lab6.errors import ResultsError
from lab6.notebook.arguments import spoken
from lab6.report import formats, terminal
from lab6.report.findings import Findings, find
from lab6.start.answer import ACCURACIES, Answer, Question
from lab6.store.columns import COLUMNS as ROUNDS
from lab6.store.notes import notes, work
from lab6.store.selection import Selection, select, selected
from lab6.target.answer import Question as Target

if TYPE_CHECKING:
    from lab6.render.picture import Picture
    from lab6.render.style import Layout

WIDTH = 80
"""Columns of the text."""

PICTURE = "throughput-accuracy"
"""The picture that is shown; its name in :mod:`lab6.start.pictures`."""


@dataclasses.dataclass(frozen=True, repr=False)
class Shown:
    """An answer that shows itself: HTML in a notebook, text of 80 columns elsewhere.

    ``findings``: all that is known, as ``lab6 report`` has it.
    """

    findings: Findings

    @property
    def answer(self) -> Answer:
        """The answer: ``headline.batch_size`` is the size to start with, ``summary.sizes`` the table."""
        return self.findings.answer

    def __repr__(self) -> str:
        return self._printed(Console(file=io.StringIO(), width=WIDTH, color_system=None, force_jupyter=False))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        own = Console(
            file=io.StringIO(), width=options.max_width, force_terminal=console.is_terminal, force_jupyter=False
        )
        yield Text.from_ansi(self._printed(own))

    def _printed(self, console: Console) -> str:
        """What ``lab6 report`` prints."""
        terminal.show(console, self.findings)
        assert isinstance(console.file, io.StringIO)
        return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())

    def _repr_markdown_(self) -> str:
        return formats.as_markdown(self.findings)

    def _repr_html_(self) -> str:
        from lab6.render import svg  # matplotlib and seaborn take seconds to import
        from lab6.start import pictures, tables, words
        from lab6.target import tables as target_tables
        from lab6.target import words as target_words

        own = self.answer
        rounds, left_out = own.summary.rounds, self.findings.left_out
        target = self.findings.target
        picture = next(picture for picture in pictures.of(own) if picture.name == PICTURE)
        several = len(own.starts) > 1
        template = (files("lab6.notebook") / "answer.html").read_text(encoding="utf-8")
        environment = jinja2.Environment(
            autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        return environment.from_string(template).render(
            drawings={layout.name: Markup(_drawn(picture, layout)) for layout in picture.layouts},
            explanation=picture.explanation,
            light=_variables(svg.LIGHT),
            dark=_variables(svg.DARK),
            headline=words.headline(own, own.headline),
            second=target_words.headline(target) if target else self.findings.without_target,
            second_reasons=[spoken(each) for each in self.findings.target_reasons],
            second_tables=target_tables.summaries(target) if target else [],
            sentences=[work(rounds), words.caveat(own), *notes(rounds), *map("Left out: {}".format, left_out)],
            reasons=[spoken(each) for each in (*self.findings.reasons, *words.budgets(own))],
            tables=[*([tables.starts(own)] if several else []), tables.sizes(own), *tables.side_by_side(own)],
        )


def answer(
    frame: pd.DataFrame | str | Path, *, accuracy: str = "auto", tolerance: float = 0.01, budget: float | None = None
) -> Shown:
    """Answer the lab's question: which minibatch size to start with, and why.

    ``frame``: what :func:`lab6.load` or :func:`lab6.measure` returns, or a place of results, such as ``results/mine``.
    ``accuracy``: the one that is judged, ``test``, ``training``, or ``auto``: the test accuracy if all have one.
    ``tolerance``: the accuracy, 0 to 1, that may be given up for speed. ``budget``: the seconds that one epoch may
    take, to be told the most accurate size within them.

    Raises OptionError for an argument that is not allowed, and ResultsError if the results are of different work.
    """
    question = Question(
        accuracy=values.one_of("accuracy", accuracy, ACCURACIES),
        tolerance=values.fraction("tolerance", str(tolerance)),
        budget=None if budget is None else values.positive("budget", str(budget)),
    )
    selection = _selected(frame) if isinstance(frame, pd.DataFrame) else select([str(frame)])
    return Shown(find(selection, question, Target()))


def _selected(frame: pd.DataFrame) -> Selection:
    """The epochs of ``frame``, if it has the columns of saved rounds, and they are of one work. Raises ResultsError."""
    if missing := [name for name in ROUNDS if name not in frame]:
        raise ResultsError(f"this frame has no column {missing[0]}: give one that lab6.load or lab6.measure returned.")
    if frame.empty:
        raise ResultsError("this frame has no rounds: give one with at least one.")
    return selected(frame)


def _variables(scheme: int) -> Markup:
    """The colours as CSS variables."""
    from lab6.render.style import COLOURS

    return Markup("".join(f"--{name}: {colours[scheme]};" for name, colours in COLOURS.items()))


def _drawn(picture: "Picture", layout: "Layout") -> str:
    """The picture as an ``<svg>`` element, whose ids are its own among all cells of a notebook."""
    from lab6.render import style, svg

    with style.style():
        document = svg.render(picture.draw(layout))
    name = f"lab6-{hashlib.sha256(document.encode()).hexdigest()[:8]}"
    return svg.inline(document, name, f"{picture.title}. {picture.explanation} The same data are in the table below.")
