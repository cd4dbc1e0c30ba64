"""What was trained, on what: never mixed, and picked with ``--where``."""

import fnmatch
from collections.abc import Sequence
from typing import Any

import pandas as pd

from lab6.analysis import lab_report
from lab6.analysis.columns import COLUMNS, TEXT, TIME
from lab6.errors import OptionError, ResultsError

WORKLOAD = (
    "dataset",
    "dataset_digest",
    "training_images",
    "test_images",
    "network",
    "optimizer",
    "learning_rate",
    "precision",
)
"""Results that differ in one of these do not belong together. What is not known (in the lab report) differs from
nothing."""

OWN = ("source", "run", "machine")
"""What the lab report says of itself only, so that a condition on it picks among machines, not against the report."""

USUAL = ("machine", "engine", "device", "backend", "batch_size", "dataset", "training_images", "optimizer", "versions")
"""Fields that people pick by; any column will do."""


def check(rounds: pd.DataFrame) -> None:
    """Raise ResultsError, which names the field and both values, where ``rounds`` do not belong together."""
    for field in WORKLOAD:
        values = rounds[field].dropna().drop_duplicates()
        if len(values) > 1:
            one, other = rounds.loc[values.index[0]], rounds.loc[values.index[1]]
            raise ResultsError(
                f"results of different work are not mixed: {field} is {one[field]} in {one['source']} and "
                f"{other[field]} in {other['source']}; pick one with --where {field}={one[field]} or "
                f"{field}={other[field]}."
            )


def known(rounds: pd.DataFrame) -> dict[str, Any]:
    """The fields of WORKLOAD, of ``rounds`` that belong together; None for what no round says."""
    first = {field: rounds[field].dropna().head(1).to_list() for field in WORKLOAD}
    return {field: values[0] if values else None for field, values in first.items()}


def newest(rounds: pd.DataFrame) -> pd.DataFrame:
    """Those of ``rounds`` that belong together with the run that was measured last."""
    if rounds["measured_at"].isna().all():
        return rounds
    last = rounds.loc[rounds["measured_at"].idxmax()]
    same = pd.Series(True, index=rounds.index)
    for field in WORKLOAD:
        same &= (rounds[field] == last[field]).fillna(False).astype(bool) | rounds[field].isna()
    return rounds[same].reset_index(drop=True)


def where(rounds: pd.DataFrame, conditions: Sequence[str]) -> pd.DataFrame:
    """Those of ``rounds`` that meet each condition: ``engine=compiled``, ``batch_size=10,100``, ``machine=AMD*``.

    A comma separates alternatives; in texts, ``*`` and ``?`` stand for any characters, and
    capitals count as small letters; a time is met by its beginning.
    Where measured rounds are left, the lab report stays beside them as far as it says nothing else. Raises OptionError
    for what is no condition or no column, ResultsError where nothing is left.
    """
    for condition in conditions:
        field, equals, wanted = condition.partition("=")
        if not equals or field not in COLUMNS:
            raise OptionError(
                f"--where: {condition!r} is not understood; give FIELD=VALUE, such as engine=compiled, with a field "
                f"of what is saved: {', '.join(USUAL)} and so on."
            )
        met = pd.Series(False, index=rounds.index)
        for value in (wanted, *wanted.split(",")):
            met |= _equals(rounds[field], value.strip(), condition)
        if not met.any():
            there = ", ".join(str(value) for value in rounds[field].dropna().unique()[:8]) or "nothing"
            raise ResultsError(f"no result has {condition}; {field} is {there}.")
        reported = rounds["run"] == lab_report.NAME
        if (met & ~reported).any():
            met |= reported & (rounds[field].isna() | (field in OWN))
        rounds = rounds[met]
    return rounds.reset_index(drop=True)


def _equals(column: pd.Series, value: str, condition: str) -> pd.Series:
    if COLUMNS[str(column.name)].dtype == TEXT:
        values = column.dropna().unique()
        return column.isin(
            [text for text in values if text == value or fnmatch.fnmatchcase(text.lower(), value.lower())]
        )
    if COLUMNS[str(column.name)].dtype == TIME:
        return column.map(str).str.startswith(value.replace("T", " ", 1)).astype(bool) & column.notna()
    try:
        return (column == float(value)).fillna(False)
    except ValueError as error:
        if "," in value:
            return pd.Series(False, index=column.index)  # several numbers, each of which has its turn
        raise OptionError(
            f"--where: {condition!r} is not understood; {column.name} is compared with numbers."
        ) from error
