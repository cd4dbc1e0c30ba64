"""What was trained, on what: never mixed, and picked with ``--where``."""

import fnmatch
from collections.abc import Sequence

import pandas as pd

from lab6.analysis import lab_report
from lab6.analysis.columns import COLUMNS, TEXT
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
    "schema_version",
)
"""Results that differ in one of these do not belong together. What is not known (in the lab report) differs from
nothing."""


def check(rounds: pd.DataFrame) -> None:
    """Raise ResultsError, which names the field and both values, where ``rounds`` do not belong together."""
    for field in WORKLOAD:
        known = rounds.dropna(subset=field).drop_duplicates(field)
        if len(known) > 1:
            one, other = known.iloc[0], known.iloc[1]
            raise ResultsError(
                f"results of different work are not mixed: {field} is {one[field]} in {one['source']} and "
                f"{other[field]} in {other['source']}; pick one with --where {field}={one[field]}."
            )


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

    A comma separates alternatives; in texts, ``*`` and ``?`` stand for any characters. The lab report meets a condition
    on what it does not say. Raises OptionError for what is no condition or no column, ResultsError where nothing is
    left.
    """
    for condition in conditions:
        field, equals, wanted = condition.partition("=")
        if not equals or field not in COLUMNS:
            raise OptionError(
                f"--where: {condition!r} is not understood; give FIELD=VALUE, with one of these fields: "
                f"{', '.join(COLUMNS)}."
            )
        met = (rounds["run"] == lab_report.NAME) & rounds[field].isna()
        for value in wanted.split(","):
            met |= _equals(rounds[field], value.strip(), condition)
        if not met.any():
            there = ", ".join(str(value) for value in rounds[field].dropna().unique()[:8]) or "nothing"
            raise ResultsError(f"no result has {condition}; {field} is {there}.")
        rounds = rounds[met]
    return rounds.reset_index(drop=True)


def _equals(column: pd.Series, value: str, condition: str) -> pd.Series:
    if COLUMNS[str(column.name)].dtype == TEXT:
        values = column.dropna().unique()
        return column.isin([text for text in values if text == value or fnmatch.fnmatchcase(text, value)])
    try:
        return (column == (pd.Timestamp(value) if "time" in str(column.dtype) else float(value))).fillna(False)
    except (ValueError, TypeError) as error:
        raise OptionError(
            f"--where: {condition!r} is not understood; {column.name} is compared with numbers."
        ) from error
