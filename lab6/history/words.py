"""A history in sentences and tables, for terminal, Markdown and page."""

import pandas as pd

from lab6.history import shifts
from lab6.history.history import History
from lab6.render import cells, numbers
from lab6.render.table import Column, Row, Table

MOST_SENTENCES = 12
"""Shifts that are told; the rest is in --format json."""

EXPLANATION = (
    "A day counts once, with the mean of its undisturbed runs. Levels are geometric means between shifts that Welch's "
    f"test confirms, so that at most about {shifts.ALARMS:.0%} of histories without a change show any; changes "
    "have 95% intervals."
)


def headline(found: History) -> str:
    """How much history there is, and how many shifts it has."""
    first, last = (day(found.runs["measured_at"].agg(which)) for which in ("min", "max"))
    counted = f"{numbers.count(found.runs['run'].nunique(), 'run')} from {first} to {last}"
    if found.shifts.empty:
        return f"History: no minibatch size has become slower or faster in {counted}."
    return f"History: {numbers.count(len(found.shifts), 'change')} of speed in {counted}."


def sentences(found: History, most: int = MOST_SENTENCES) -> list[str]:
    """Since when each minibatch size is slower or faster, the newest change last, at most ``most``."""
    rows = found.shifts.to_dict("records")
    told = [_sentence(row) for row in rows[-most:]]
    more = len(rows) - len(told)
    return [
        *([f"{numbers.count(more, 'earlier one')} {'is' if more == 1 else 'are'} in --format json."] if more else []),
        *told,
        *_disturbed(found),
    ]


def tables(found: History) -> tuple[Table, ...]:
    """The levels, and what changed on the machine."""
    return (levels(found), changed(found)) if len(found.changes) else (levels(found),)


def levels(found: History) -> Table:
    """Each stretch of one level."""
    columns = (
        *_method(found.segments),
        cells.size("minibatch\nsize"),
        Column("from", "begins", lambda row: day(row["begins"]), numeric=False),
        Column("to", "ends", lambda row: day(row["ends"]), numeric=False),
        cells.count("days", "days"),
        cells.seconds("epoch\n(s)"),
    )
    return Table("Levels over time", columns, found.segments)


def changed(found: History) -> Table:
    """Every change of versions, settings and code."""
    columns = (
        Column("since", "measured_at", lambda row: day(row["measured_at"]), numeric=False),
        cells.text("what changed", "what"),
        cells.text("runs of", "methods"),
    )
    return Table("Versions, settings and code over time", columns, found.changes)


def _sentence(row: Row) -> str:
    at = "about " if row["unsure"] else ""
    faster = row["change"] < 0
    sizes = [abs(row[name]) for name in ("change", "change_low", "change_high")]
    by, low, high = (_share(size) for size in (sizes[0], *sorted(sizes[1:])))
    since = (
        f"{row['method']} with {row['batch_size']:,}: {'faster' if faster else 'slower'} since {at}{day(row['since'])}"
    )
    return f"{since} by {by}% ({low} to {high}%); {_what(row['what'])}."


def _share(size: float) -> str:
    return f"{size:.1%}".removesuffix("%")


def _what(what: list[str]) -> str:
    if not what:
        return "no change of versions, settings or code is recorded then"
    return f"{', '.join(what[:-1])}{' and ' if len(what) > 1 else ''}{what[-1]} then"


def _disturbed(found: History) -> list[str]:
    count = int(found.runs.loc[found.runs["disturbed"], "run"].nunique())
    return [f"{numbers.count(count, 'run')} disturbed by other programs did not count in it."] if count else []


def _method(frame: pd.DataFrame) -> tuple[Column, ...]:
    return (cells.text("method", "method"),) if frame["method"].nunique() > 1 else ()


def day(time: pd.Timestamp) -> str:
    """A time as a day of UTC."""
    return f"{time:%Y-%m-%d}"
