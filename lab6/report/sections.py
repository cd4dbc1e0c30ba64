"""The template's views of the parts of the page, each as far as it was measured or asked for."""

from typing import Any

from lab6.check import words as check_words
from lab6.check.check import Check
from lab6.compare import comparison
from lab6.compare import words as compare_words
from lab6.history import words as history_words
from lab6.history.history import History
from lab6.report.findings import Findings
from lab6.scaling import tables as scaling_tables
from lab6.scaling import words as scaling_words
from lab6.start.answer import Answer
from lab6.target import tables as target_tables
from lab6.target import words as target_words

View = dict[str, Any]
Pictures = list[View]


def target(findings: Findings, shown: Pictures) -> View | None:
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


def history(found: History | None, shown: Pictures) -> View | None:
    """The template's view of the machine over time; ``shown``: its picture."""
    if found is None:
        return None
    return {
        "headline": history_words.headline(found),
        "sentences": history_words.sentences(found),
        "explanation": history_words.EXPLANATION,
        "pictures": shown,
        "tables": history_words.tables(found),
    }


def scaling(findings: Findings, shown: Pictures) -> View | None:
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


def compared(answer: Answer) -> View:
    """The template's view of several machines."""
    found = comparison.compare(answer.summary)
    return {
        "headline": compare_words.headline(found),
        "sentences": compare_words.sentences(answer.summary, found),
        "means": compare_words.means(found),
    }


def check(found: Check) -> View:
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
