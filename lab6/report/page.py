"""The report's page: one HTML file that loads nothing from anywhere else, and the files of its pictures."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from lab6 import __version__
from lab6.compare import comparison, figure
from lab6.compare import words as compare_words
from lab6.history import figure as history_figure
from lab6.render import picture as pictures
from lab6.render import style, svg
from lab6.render.csv import csv
from lab6.render.picture import Picture
from lab6.report import sections
from lab6.report.findings import Findings
from lab6.scaling import figure as scaling_figure
from lab6.start import background, tables, words
from lab6.start import pictures as start_pictures
from lab6.store import lab_report, workload
from lab6.store.notes import notes
from lab6.target import pictures as target_pictures

TEMPLATE = files("lab6.report") / "template"
ANSWER, TARGET, SCALING, HISTORY = "answer", "target", "scaling", "history"
"""The parts of the page that have pictures."""

MOST_ROWS = 1_000
"""Rows of a table on the page. Longer ones of a picture's data are in its CSV only, of others the rest is counted."""

MOST_IN_PAGE = 20_000
"""Rows of CSV that the page holds itself; it links to the files of longer ones, beside it."""


def write(findings: Findings, folder: Path, drawing: Callable[[str], None] = lambda title: None) -> Path:
    """Write ``report.html`` and ``figures/`` into ``folder``, and return the page's path. Raises ResultsError.

    ``drawing`` is called with the title of each picture before it is drawn.
    """
    with pictures.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        drawn: dict[str, dict[str, str]] = {}
        shown = pictures_of(findings)
        for picture in (own for part in shown.values() for own in part):
            drawing(picture.title)
            drawn[picture.name] = pictures.write(picture, folder / "figures")
        target = folder / "report.html"
        target.write_text(render(findings, shown, drawn), encoding="utf-8")
    return target


def render(findings: Findings, shown: Mapping[str, tuple[Picture, ...]], drawn: Mapping[str, Mapping[str, str]]) -> str:
    """The page as HTML. ``shown``: see :func:`pictures_of`; ``drawn``: their SVG documents, by layout."""
    views = {part: [_picture(own, drawn[own.name]) for own in shown[part]] for part in shown}
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    script = _asset("page.js")
    answer, summary = findings.answer, findings.answer.summary
    alone = len(summary.setups) == 1
    is_lab_report = bool((summary.rounds["run"] == lab_report.NAME).all())
    return environment.from_string(_asset("page.html")).render(
        answer=answer,
        budgets=words.budgets(answer),
        few_processes=compare_words.FEW_PROCESSES if alone and comparison.few_processes(summary) else None,
        card_explanation=compare_words.card_explanation(summary),
        cards=[compare_words.cards(summary), compare_words.residuals(summary)],
        caveat=words.caveat(answer),
        check=sections.check(findings.check) if findings.check else None,
        compared=None if alone else sections.compared(answer),
        crowd=start_pictures.crowd_sentence(answer),
        css=Markup(_asset("page.css")),
        dark=_variables(svg.DARK),
        notes=notes(summary.rounds),
        gradient=json.loads((files("lab6.report") / "gradient.json").read_text()),
        headline=words.headline(answer, answer.headline),
        history=sections.history(findings.history, views[HISTORY]),
        lab_report=None if is_lab_report else background.beside_the_lab_report(answer, answer.headline),
        left_out=findings.left_out,
        light=_variables(svg.LIGHT),
        most_rows=MOST_ROWS,
        parameters=background.network(answer),
        parameter_count=summary.rounds["parameter_count"].max(),
        pictures=views[ANSWER],
        reasons=findings.reasons,
        scaling=sections.scaling(findings, views[SCALING]),
        side_by_side=list(tables.side_by_side(answer)),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        target=sections.target(findings, views[TARGET]),
        tables=[tables.starts(answer), tables.sizes(answer), background.machines(answer)],
        version=__version__,
        without_target=findings.without_target,
        work=workload.known(summary.rounds),
    )


def pictures_of(findings: Findings) -> dict[str, tuple[Picture, ...]]:
    """The pictures of each part of the page: ANSWER, TARGET, SCALING and HISTORY."""
    answer = findings.answer
    own = start_pictures.of(answer)
    if len(answer.summary.setups) > 1:
        compared = comparison.compare(answer.summary)
        own = (*own, figure.picture(answer.summary, compared, start_pictures.coloured(answer)))
    found: dict[str, tuple[Picture, ...]] = {ANSWER: own, TARGET: (), SCALING: (), HISTORY: ()}
    if findings.target:
        found[TARGET] = target_pictures.of(findings.target, start_pictures.look_of(answer))
    if findings.scaling:
        found[SCALING] = (scaling_figure.picture(findings.scaling, start_pictures.coloured(answer)),)
    if findings.history:
        found[HISTORY] = (history_figure.picture(findings.history),)
    return found


def _asset(name: str) -> str:
    return (TEMPLATE / name).read_text(encoding="utf-8")


def _variables(scheme: int) -> Markup:
    """The colours as CSS variables."""
    return Markup("".join(f"--{name}: {colours[scheme]};" for name, colours in style.COLOURS.items()))


def _picture(picture: Picture, drawn: Mapping[str, str]) -> dict[str, Any]:
    """The template's view of a picture: the wide drawing and, for phones, the narrow one."""
    description = f"{picture.title}. {picture.explanation} The same data are in the table that belongs to it."
    return {
        "name": picture.name,
        "title": picture.title,
        "explanation": picture.explanation,
        "drawings": {
            layout: Markup(svg.inline(document, f"{picture.name}-{layout}", description))
            for layout, document in drawn.items()
        },
        "table": picture.table,
        "csv": _link(picture),
        "rows": len(picture.data),
    }


def _link(picture: Picture) -> str:
    """The address of a picture's data."""
    if len(picture.data) > MOST_IN_PAGE:
        return f"figures/{quote(picture.name)}.csv"
    return "data:text/csv;base64," + base64.b64encode(csv(picture.data).encode()).decode()
