"""Keep different work apart, and pick rounds with ``--where``."""

import fnmatch
import re
from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from lab6.errors import OptionError, ResultsError
from lab6.store import lab_report
from lab6.store.columns import COLUMNS, TEXT, TIME, WHOLE

WORKLOAD = (
    "dataset",
    "dataset_digest",
    "training_images",
    "test_images",
    "network",
    "model_digest",
    "optimizer",
    "optimizer_digest",
    "learning_rate",
    "precision",
)
"""Fields that results must agree in to be shown together. An unknown value (of the lab report) agrees with any."""

TUNED = ("learning_rate",)
"""Fields of the work in which runs to an accuracy may differ, because each minibatch size has a setting that suits it.
"""

OWN = ("source", "run", "machine")
"""Fields of the lab report's own: a condition on them picks among measured machines, and keeps the report."""

USUAL = ("machine", "engine", "device", "backend", "batch_size", "dataset", "training_images", "optimizer", "versions")
"""Fields that people pick by; every column can be used."""


DIGESTS = ("model_digest", "optimizer_digest")
"""Fields in which the two sides of a duet may differ, because their code is what is compared."""


MOST_NAMED = 6
"""Different works that a refusal names."""


def check(rounds: pd.DataFrame, excluding: Collection[str] = ()) -> None:
    """Raise ResultsError, which names the field and both values, if ``rounds`` are of different work.

    ``excluding``: fields that may differ.
    """
    for field in [field for field in WORKLOAD if field not in excluding]:
        own = epochs(rounds) if field in TUNED else rounds
        values = own[field].dropna().drop_duplicates()
        if len(values) > 1:
            one, other = rounds.loc[values.index[0]], rounds.loc[values.index[1]]
            *more, last = [f"{field}={short(value)}" for value in values[:MOST_NAMED]]
            raise ResultsError(
                f"results of different work are not mixed: {field} is {one[field]} in {one['source']} and "
                f"{other[field]} in {other['source']}; pick one with --where {', '.join(more)} or {last}."
            )


def epochs(rounds: pd.DataFrame) -> pd.DataFrame:
    """The rounds that are epochs, and not runs to an accuracy."""
    return rounds[rounds["target"].isna()]


def goals(rounds: pd.DataFrame) -> pd.Series:
    """What each round trains for, such as `` to 97% at 0.004 decaying to 0 over 1,700 steps``; empty for an epoch."""
    settings = rounds[["target", "learning_rate", "decay_steps"]].drop_duplicates()
    names = {tuple(setting): goal(*setting) for setting in settings.fillna(0).itertuples(index=False, name=None)}
    keys = rounds[list(settings)].fillna(0).itertuples(index=False, name=None)
    return pd.Series([names[key] for key in keys], index=rounds.index, dtype="string")


def goal(target: float, rate: float, steps: int) -> str:
    """See :func:`goals`; 0 is unknown, or none."""
    falling = f" decaying to 0 over {steps:,} steps" if steps else ""
    return f" to {target * 100:.6g}%{f' at {rate:g}' if rate else ''}{falling}" if target else ""


def short(value: object) -> str:
    """A value as a condition can give it: of a digest, the beginning."""
    text = str(value)
    return f"{text[:15]}*" if text.startswith("sha256:") and len(text) > 15 else text


def known(rounds: pd.DataFrame) -> dict[str, Any]:
    """The fields of WORKLOAD, of ``rounds`` of the same work; None if unknown."""
    first = {field: rounds[field].dropna().head(1).to_list() for field in WORKLOAD}
    return {field: values[0] if values else None for field, values in first.items()}


def newest(rounds: pd.DataFrame) -> pd.DataFrame:
    """The rounds of the same work as the run that was measured last."""
    if rounds["measured_at"].isna().all():
        return rounds
    last = rounds.loc[rounds["measured_at"].idxmax()]
    same = pd.Series(True, index=rounds.index)
    for field in WORKLOAD:
        same &= (rounds[field] == last[field]).fillna(False).astype(bool) | rounds[field].isna()
    return rounds[same].reset_index(drop=True)


def where(rounds: pd.DataFrame, conditions: Sequence[str]) -> pd.DataFrame:
    """The rounds that meet every condition, such as ``engine=compiled``, ``batch_size=10,100`` or ``machine=AMD*``.

    A comma separates alternatives. Texts are compared without regard to case, with the wildcards ``*`` and ``?``; times
    by their beginning; integers may be written as tables show them (``1,000``). The lab report stays beside measured
    rounds unless it contradicts a condition. Raises OptionError for a condition that cannot be parsed, ResultsError if
    no round is left.
    """
    for condition in conditions:
        field, equals, wanted = condition.partition("=")
        if not equals or field not in COLUMNS:
            wrong = "names no column of the saved rounds" if equals and field else "is not understood"
            raise OptionError(
                f"--where: {condition!r} {wrong}; give FIELD=VALUE, such as engine=compiled, with a column such as one "
                f"of these: {', '.join(USUAL)}."
            )
        met = pd.Series(False, index=rounds.index)
        for value in _alternatives(rounds[field], wanted):
            met |= _equals(rounds[field], value.strip(), condition)
        if not met.any():
            there = ", ".join(str(value) for value in rounds[field].dropna().unique()[:8]) or "nothing"
            raise ResultsError(f"no result has {condition}; {field} is {there}.")
        reported = rounds["run"] == lab_report.NAME
        if (met & ~reported).any():
            met |= reported & (rounds[field].isna() | (field in OWN))
        rounds = rounds[met]
    return rounds.reset_index(drop=True)


def is_one_of(text: str, wanted: str) -> bool:
    """Whether a text is one of the alternatives of a condition: ``here`` is one of ``there,h*``."""
    return any(_matches(text, value.strip()) for value in (wanted, *wanted.split(",")))


def _matches(text: str, value: str) -> bool:
    return text == value or fnmatch.fnmatchcase(text.lower(), value.lower())


def _alternatives(column: pd.Series, wanted: str) -> list[str]:
    """The values that a condition allows: ``1,10`` is 1 or 10, ``1,000`` is 1000."""
    parts = wanted.split(",")
    if COLUMNS[str(column.name)].dtype != WHOLE:
        return [wanted, *parts]
    whole = wanted.replace(",", "")
    if re.fullmatch(r"\d{1,3}(,\d{3})+", wanted):
        no_list = any(part.startswith("0") for part in parts[1:])  # nobody writes 000 in a list
        if no_list or ((column == int(whole)).any() and not all((column == int(part)).any() for part in parts)):
            return [whole]
    return parts


def _equals(column: pd.Series, value: str, condition: str) -> pd.Series:
    if COLUMNS[str(column.name)].dtype == TEXT:
        return column.isin([text for text in column.dropna().unique() if _matches(text, value)])
    if COLUMNS[str(column.name)].dtype == TIME:
        return column.map(str).str.startswith(value.replace("T", " ", 1)).astype(bool) & column.notna()
    try:
        return (column == float(value)).fillna(False)
    except ValueError as error:
        if "," in value:  # a list, whose items have their turn
            return pd.Series(False, index=column.index)
        raise OptionError(
            f"--where: {condition!r} is not understood; {column.name} is compared with numbers."
        ) from error
