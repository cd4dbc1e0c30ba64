"""The answer for scripts and for CI summaries: JSON, Markdown and CSV."""

import json
import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from lab6.analysis import workload
from lab6.analysis.findings import Findings
from lab6.check import command as check_command
from lab6.report import markdown, tables, wording
from lab6.report.files import csv
from lab6.report.markdown import plain


def as_json(findings: Findings) -> str:
    """The answer as one JSON object; what is not known is null. Seconds, images per second, accuracies from 0 to 1."""
    answer = findings.answer
    document = {
        "work": workload.known(answer.rounds),
        "answer": wording.headline(answer, answer.headline),
        "reasons": wording.reasons(answer, answer.headline),
        "accuracy": answer.accuracy,
        "tolerance": answer.question.tolerance,
        "budget": answer.question.budget,
        "series": [
            {
                "setup": start.setup,
                "method": start.method,
                "start_with": start.batch_size if start.choices > 1 else None,
                "within_tolerance": list(start.within),
                "share_of_draws": start.share,
                "not_distinguished_from": list(start.rivals),
                "best_within_budget": answer.best_within_budget(start),
                "sizes": [_known(row) for row in answer.sizes(start).to_dict("records")],
            }
            for start in answer.starts
        ],
        "disturbed": wording.disturbances(answer),
        "cut_off": wording.cut_off(answer),
        "left_out": list(findings.left_out),
        "check": check_command.document(findings.check) if findings.check else None,
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def as_markdown(findings: Findings) -> str:
    """The answer with its reasons and tables, for a comment or a summary."""
    answer = findings.answer
    lines = [f"**{plain(wording.headline(answer, answer.headline))}**", ""]
    lines += [f"- {plain(sentence)}" for sentence in wording.reasons(answer, answer.headline)]
    lines += [f"- {plain(sentence)}" for sentence in wording.budgets(answer)]
    for shown in (tables.starts(answer), tables.sizes(answer), *tables.side_by_side(answer)):
        lines += markdown.table(shown)
    lines += ["", plain(wording.work(answer)), "", wording.caveat(answer)]
    lines += [f"\n{plain(sentence)}" for sentence in wording.notes(answer)]
    lines += [f"\nLeft out: {plain(sentence)}" for sentence in findings.left_out]
    if findings.check:
        lines += ["", check_command.as_markdown(findings.check).rstrip()]
    return "\n".join(lines) + "\n"


def as_csv(findings: Findings) -> str:
    """The summary: a row for each series and minibatch size (:func:`lab6.analysis.summary.summarise`)."""
    return csv(findings.answer.summary)


FORMATS: dict[str, Callable[[Findings], str]] = {
    "table": lambda findings: "",
    "json": as_json,
    "markdown": as_markdown,
    "csv": as_csv,
}
"""By the names that ``--format`` takes; a table goes to a terminal (:mod:`lab6.report.terminal`)."""


def _known(row: dict[Any, Any]) -> dict[str, Any]:
    return {
        str(name): None if value is pd.NA or (isinstance(value, float) and not math.isfinite(value)) else value
        for name, value in row.items()
        if name not in ("setup", "method")
    }
