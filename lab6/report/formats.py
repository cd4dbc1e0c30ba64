"""The answer for scripts and for CI summaries: JSON, Markdown and CSV."""

import json
from collections.abc import Callable

from lab6.check import command as check_command
from lab6.history import history
from lab6.history import words as history_words
from lab6.render import markdown
from lab6.render.csv import csv
from lab6.render.markdown import plain
from lab6.render.table import records
from lab6.report.findings import Findings
from lab6.scaling import tables as scaling_tables
from lab6.scaling import words as scaling_words
from lab6.start import tables, words
from lab6.store import workload
from lab6.store.notes import cut_off, disturbances, notes, work
from lab6.store.series import SERIES
from lab6.target import tables as target_tables
from lab6.target import words as target_words
from lab6.target.document import document


def as_json(findings: Findings) -> str:
    """The answer as one JSON object, null for unknown values. Seconds, images per second, accuracies from 0 to 1."""
    answer = findings.answer
    rounds = answer.summary.rounds
    found = {
        "work": workload.known(rounds),
        "answer": words.headline(answer, answer.headline),
        "reasons": findings.reasons,
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
                "sizes": records(answer.sizes(start), leave_out=SERIES),
            }
            for start in answer.starts
        ],
        "disturbed": disturbances(rounds),
        "cut_off": cut_off(rounds),
        "left_out": list(findings.left_out),
        "to_target": document(findings.target, findings.target_reasons) if findings.target else None,
        "scaling": scaling_tables.document(findings.scaling) if findings.scaling else None,
        "history": history.document(findings.history) if findings.history else None,
        "check": check_command.document(findings.check) if findings.check else None,
    }
    return json.dumps(found, indent=1, allow_nan=False) + "\n"


def as_markdown(findings: Findings) -> str:
    """The answer with its reasons and tables, for a comment or a summary."""
    answer = findings.answer
    rounds = answer.summary.rounds
    lines = [f"**{plain(words.headline(answer, answer.headline))}**", ""]
    lines += [f"- {plain(text)}" for text in (*findings.reasons, *words.budgets(answer))]
    for shown in (tables.starts(answer), tables.sizes(answer), *tables.side_by_side(answer)):
        lines += markdown.table(shown)
    lines += [*_target(findings), *_scaling(findings), *_history(findings)]
    lines += ["", plain(work(rounds)), "", words.caveat(answer)]
    lines += [f"\n{plain(text)}" for text in (*notes(rounds), *(f"Left out: {why}" for why in findings.left_out))]
    if findings.check:
        lines += ["", check_command.as_markdown(findings.check).rstrip()]
    return "\n".join(lines) + "\n"


def _target(findings: Findings) -> list[str]:
    """The fastest way to an accuracy in Markdown, or why there is none."""
    found = findings.target
    if found is None:
        return ["", plain(findings.without_target)] if findings.without_target else []
    lines = ["", f"**{plain(target_words.headline(found))}**", ""]
    lines += [f"- {plain(text)}" for text in findings.target_reasons]
    for shown in (*target_tables.summaries(found), *([target_tables.sizes(found)] if found.fastest else [])):
        lines += markdown.table(shown)
    return [*lines, "", plain(target_words.caveat(found))]


def _history(findings: Findings) -> list[str]:
    """The history of the machine in Markdown, if there is one."""
    found = findings.history
    if found is None:
        return []
    told = [f"- {plain(text)}" for text in history_words.sentences(found)]
    return ["", f"**{plain(history_words.headline(found))}**", "", *told]


def _scaling(findings: Findings) -> list[str]:
    """What more threads and workers bring, in Markdown."""
    found = findings.scaling_shown
    if found is None:
        return []
    lines = ["", f"**{scaling_words.HEADING}**", ""]
    lines += [f"- {plain(text)}" for text in findings.scaling_reasons]
    for shown in (scaling_tables.speedups(found), *scaling_tables.exchanges(found)):
        lines += markdown.table(shown)
    return [*lines, "", plain(scaling_words.explanation(found))]


def as_csv(findings: Findings) -> str:
    """A row for each series and minibatch size, with the columns of :func:`lab6.store.summary.summarise`."""
    return csv(findings.answer.summary.sizes)


FORMATS: dict[str, Callable[[Findings], str]] = {
    "table": lambda findings: "",
    "json": as_json,
    "markdown": as_markdown,
    "csv": as_csv,
}
"""By the values of ``--format``; a table is printed by :mod:`lab6.report.terminal`."""
