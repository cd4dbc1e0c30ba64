"""What a record's model refuses in JSON is refused in archives too: values that no run can have."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from lab6.analysis import lab_report
from lab6.analysis.columns import ALWAYS, COLUMNS, MEASURED, TEXT, TIME, WHOLE
from lab6.analysis.saved_run import LEAST, MOST, damaged
from lab6.record import LONGEST, printable

FRACTIONS = ("training_accuracy", "test_accuracy")
NOT_NEGATIVE = ("cpu_seconds", "compile_seconds", "other_cpu_seconds", "load_before")
POSITIVE = ("learning_rate", "peak_flops_per_second", "peak_bytes_per_second", "limit_seconds")
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def check(name: str, rounds: pd.DataFrame) -> None:
    """Raise ResultsError, which names the file called ``name``, where a value of its tidy frame cannot be."""
    measured = rounds["run"] != lab_report.NAME
    for column in rounds:
        values = rounds[column]
        wrong = _wrong(values) | values.isna() & (column in ALWAYS or measured & (column in MEASURED))
        if wrong.any():
            raise damaged(name, f"{column} is {str(values[wrong].iloc[0])[:60]} in one of its rounds")


def _wrong(values: pd.Series) -> pd.Series:
    column = str(values.name)
    if column in FRACTIONS:
        return (values < 0) | (values > 1)
    if column == "seconds":
        return (values < LEAST) | (values > MOST)
    if column in POSITIVE:
        return (values <= 0) | np.isinf(values)
    if column == "network":
        return ~values.str.fullmatch(r"[1-9]\d{0,8}(-[1-9]\d{0,8})+").fillna(False).astype(bool)
    if column in NOT_NEGATIVE:
        return (values < 0) | np.isinf(values)
    if COLUMNS[column].dtype == TEXT:
        return values.isin([text for text in values.dropna().unique() if not _is_printable(text)])
    if COLUMNS[column].dtype == WHOLE:
        return values.lt(0 if column in ("round", "seed") else 1).fillna(False).astype(bool)
    if COLUMNS[column].dtype == TIME:
        return (values < FIRST) | (values > LAST)
    return pd.Series(False, index=values.index)


def _is_printable(text: str) -> bool:
    try:
        printable(text)
    except ValueError:
        return False
    return len(text) <= LONGEST
