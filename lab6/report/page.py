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
from lab6.check import words as check_words
from lab6.check.check import Check
from lab6.compare import comparison, figure
from lab6.compare import words as compare_words
from lab6.render import picture as pictures
from lab6.render import style, svg
from lab6.render.csv import csv
from lab6.render.picture import Picture
from lab6.report.findings import Findings
from lab6.scaling import figure as scaling_figure
from lab6.scaling import tables as scaling_tables
from lab6.scaling import words as scaling_words
from lab6.start import background, tables, words
from lab6.start import pictures as start_pictures
from lab6.start.answer import Answer
from lab6.store import lab_report, workload
from lab6.store.notes import notes
from lab6.target import pictures as target_pictures
from lab6.target import tables as target_tables
from lab6.target import words as target_words

TEMPLATE = files("lab6.report") / "template"
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
        shown, second, third = pictures_of(findings.answer), target_of(findings), scaling_of(findings)
        for picture in (*shown, *second, *third):
            drawing(picture.title)
            drawn[picture.name] = pictures.write(picture, folder / "figures")
        target = folder / "report.html"
        target.write_text(render(findings, shown, drawn, second, third), encoding="utf-8")
    return target


def render(
    findings: Findings,
    shown: tuple[Picture, ...],
    drawn: Mapping[str, Mapping[str, str]],
    second: tuple[Picture, ...] = (),
    third: tuple[Picture, ...] = (),
) -> str:
    """The page as HTML. ``drawn``: the SVG documents of each picture, by layout; ``shown``: the pictures of the answer,
    ``second``: those of the fastest way to an accuracy, ``third``: that of threads and workers."""
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
        check=_check(findings.check) if findings.check else None,
        compared=None if alone else _compared(answer),
        crowd=start_pictures.crowd_sentence(answer),
        css=Markup(_asset("page.css")),
        dark=_variables(svg.DARK),
        notes=notes(summary.rounds),
        gradient=json.loads((files("lab6.report") / "gradient.json").read_text()),
        headline=words.headline(answer, answer.headline),
        lab_report=None if is_lab_report else background.beside_the_lab_report(answer, answer.headline),
        left_out=findings.left_out,
        light=_variables(svg.LIGHT),
        most_rows=MOST_ROWS,
        parameters=background.network(answer),
        parameter_count=summary.rounds["parameter_count"].max(),
        pictures=[_picture(picture, drawn[picture.name]) for picture in shown],
        reasons=findings.reasons,
        scaling=_scaling(findings, [_picture(picture, drawn[picture.name]) for picture in third]),
        side_by_side=list(tables.side_by_side(answer)),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        target=_target(findings, [_picture(picture, drawn[picture.name]) for picture in second]),
        tables=[tables.starts(answer), tables.sizes(answer), background.machines(answer)],
        version=__version__,
        without_target=findings.without_target,
        work=workload.known(summary.rounds),
    )


def pictures_of(answer: Answer) -> tuple[Picture, ...]:
    """The pictures of the answer, and of the comparison if there are several machines."""
    own = start_pictures.of(answer)
    if len(answer.summary.setups) < 2:
        return own
    compared = comparison.compare(answer.summary)
    return (*own, figure.picture(answer.summary, compared, start_pictures.coloured(answer)))


def target_of(findings: Findings) -> tuple[Picture, ...]:
    """The pictures of the fastest way to an accuracy, if there is one."""
    if findings.target is None:
        return ()
    return target_pictures.of(findings.target, start_pictures.look_of(findings.answer))


def scaling_of(findings: Findings) -> tuple[Picture, ...]:
    """The picture of threads and workers, if several numbers of them were measured."""
    if findings.scaling is None:
        return ()
    return (scaling_figure.picture(findings.scaling, start_pictures.coloured(findings.answer)),)


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


def _target(findings: Findings, shown: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The template's view of the fastest way to an accuracy; ``shown``: its pictures."""
    if findings.target is None:
        return None
    return {
        "headings": target_words.headings(findings.target),
        "reasons": findings.target_reasons,
        "caveat": target_words.caveat(findings.target),
        "pictures": shown,
        "tables": target_tables.summaries(findings.target),
    }


def _scaling(findings: Findings, shown: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The template's view of threads and workers; ``shown``: its picture."""
    found = findings.scaling_shown
    if found is None:
        return None
    return {
        "heading": scaling_words.HEADING,
        "sentences": findings.scaling_reasons,
        "pictures": shown,
        "tables": list(scaling_tables.exchanges(found)),
        "explanation": scaling_words.explanation(found),
    }


def _compared(answer: Answer) -> dict[str, Any]:
    """The template's view of several machines."""
    found = comparison.compare(answer.summary)
    return {
        "headline": compare_words.headline(found),
        "sentences": compare_words.sentences(answer.summary, found),
        "means": compare_words.means(found),
    }


def _check(found: Check) -> dict[str, Any]:
    """The template's view of a check."""
    return {
        "headline": check_words.headline(found),
        "reasons": check_words.reasons(found),
        "failed": found.failed,
        "tables": list(check_words.tables(found)),
        "sides": list(check_words.sides(found)),
        "explanation": check_words.explanation(found),
        "outlook": check_words.outlook(found),
    }
