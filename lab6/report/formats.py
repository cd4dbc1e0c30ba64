"""The answer for scripts and for CI summaries: JSON, Markdown and CSV."""

import json
import math
import re
from collections.abc import Callable
from typing import Any

from lab6.analysis import workload
from lab6.analysis.findings import Findings
from lab6.report import tables, wording
from lab6.report.files import csv


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
                "start_with": start.batch_size,
                "within_tolerance": list(start.within),
                "share_of_resamples": start.share,
                "not_told_apart_from": list(start.rivals),
                "best_within_budget": answer.best_within_budget(start),
                "sizes": [_known(row) for row in answer.sizes(start).to_dict("records")],
            }
            for start in answer.starts
        ],
        "left_out": list(findings.left_out),
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def as_markdown(findings: Findings) -> str:
    """The answer with its reasons and tables, for a comment or a summary."""
    answer = findings.answer
    lines = [f"**{_plain(wording.headline(answer, answer.headline))}**", ""]
    lines += [f"- {_plain(sentence)}" for sentence in wording.reasons(answer, answer.headline)]
    lines += [f"- {_plain(sentence)}" for sentence in wording.budgets(answer)]
    for table in (tables.starts(answer), tables.sizes(answer)):
        lines += ["", f"### {table.title}", "", _row([column.heading for column in table.columns])]
        lines.append(_row([" ---: " if column.numeric else " --- " for column in table.columns], pad=""))
        lines += [_row([_plain(cell.text) for cell in cells]) for cells in table.rows()]
    lines += ["", _plain(wording.work(answer)), "", wording.caveat(answer)]
    lines += [f"\nLeft out: {_plain(sentence)}" for sentence in findings.left_out]
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
        str(name): None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
        if name not in ("setup", "method")
    }


def _row(cells: list[str], pad: str = " ") -> str:
    return "|" + "|".join(f"{pad}{cell}{pad}" for cell in cells) + "|"


def _plain(text: str) -> str:
    """Text that Markdown and HTML leave as it is."""
    escaped = re.sub(r"([\\`*_\[\]<>|#~$])", r"\\\1", text.replace("&", "&amp;"))
    return " ".join(escaped.split())
