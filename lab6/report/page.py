"""The report's page: one HTML file with everything in it, which asks for nothing from anywhere."""

import base64
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from lab6 import __version__
from lab6.analysis import compare, workload
from lab6.analysis.answer import Answer
from lab6.analysis.findings import Findings
from lab6.analysis.lab_report import NAME as LAB_REPORT
from lab6.check import words
from lab6.check.check import Check
from lab6.report import comparison, crowd, style, svg, tables, wording
from lab6.report.files import csv
from lab6.report.look import layouts
from lab6.report.pictures import Picture, of

TEMPLATE = files("lab6.report") / "template"
MOST_ROWS = 1_000
"""A longer table would make the page heavy: its data are in the CSV only."""


def render(findings: Findings, drawn: Mapping[tuple[str, str], str]) -> str:
    """The page, as HTML. ``drawn``: each picture's SVG document by its name and its layout's."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    script = _asset("page.js")
    answer = findings.answer
    alone = answer.summary["setup"].nunique() == 1
    return environment.from_string(_asset("page.html")).render(
        answer=answer,
        budgets=wording.budgets(answer),
        few_processes=comparison.FEW_PROCESSES if alone and compare.few_processes(answer) else None,
        cards=[comparison.cards(answer), comparison.residuals(answer)],
        caveat=wording.caveat(answer),
        check=_check(findings.check) if findings.check else None,
        compared=None if alone else _compared(answer),
        crowd=crowd.sentence(answer),
        css=Markup(_asset("page.css")),
        dark=_variables(svg.DARK),
        notes=wording.notes(answer),
        gradient=json.loads((files("lab6.report") / "gradient.json").read_text()),
        headline=wording.headline(answer, answer.headline),
        lab_report=tables.beside_the_lab_report(answer, answer.headline) if not _is_lab_report(answer.rounds) else None,
        left_out=findings.left_out,
        light=_variables(svg.LIGHT),
        most_rows=MOST_ROWS,
        parameters=tables.parameters(answer),
        pictures=[_picture(findings, picture, drawn) for picture in of(answer)],
        reasons=wording.reasons(answer, answer.headline),
        side_by_side=list(tables.side_by_side(answer)),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        tables=[tables.starts(answer), tables.sizes(answer), tables.machines(answer)],
        version=__version__,
        work=workload.known(answer.rounds),
    )


def _asset(name: str) -> str:
    return (TEMPLATE / name).read_text(encoding="utf-8")


def _variables(scheme: int) -> Markup:
    """The colours as CSS variables."""
    return Markup("".join(f"--{name}: {colours[scheme]};" for name, colours in style.COLOURS.items()))


def _picture(findings: Findings, picture: Picture, drawn: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """What the template needs of a picture; the wide drawing and, for phones, the narrow one."""
    answer = findings.answer
    data = picture.data(answer)
    description = f"{picture.title}. {picture.explanation} The same data are in the table that belongs to it."
    return {
        "name": picture.name,
        "title": picture.title,
        "explanation": picture.explanation,
        "drawings": {
            layout.name: Markup(
                svg.inline(drawn[picture.name, layout.name], f"{picture.name}-{layout.name}", description)
            )
            for layout in layouts(answer)
        },
        "table": picture.table(answer, data) if picture.table else None,
        "csv": "data:text/csv;base64," + base64.b64encode(csv(data).encode()).decode(),
        "rows": len(data),
    }


def _compared(answer: Answer) -> dict[str, Any]:
    """What the template says of several machines."""
    found = compare.compare(answer)
    return {
        "headline": comparison.headline(answer, found),
        "sentences": comparison.sentences(answer, found),
        "means": comparison.means(found),
    }


def _check(found: Check) -> dict[str, Any]:
    """What the template says of a check."""
    return {
        "headline": words.headline(found),
        "reasons": words.reasons(found),
        "failed": found.failed,
        "tables": [
            dataclasses.replace(shown, title=f"{shown.title}, {method}")
            for method, *both in words.tables(found)
            for shown in both
        ],
        "sides": list(words.sides(found)),
        "explanation": words.explanation(found),
        "outlook": words.outlook(found),
    }


def _is_lab_report(rounds: pd.DataFrame) -> bool:
    return bool((rounds["run"] == LAB_REPORT).all())
