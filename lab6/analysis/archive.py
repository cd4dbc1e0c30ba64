"""Many runs as one Parquet file, in the columns of the tidy frame."""

import io

import numpy as np
import pandas as pd

from lab6.analysis import lab_report
from lab6.analysis.columns import ALWAYS, COLUMNS, MEASURED, TEXT, WHOLE
from lab6.analysis.reading import LEAST, MOST, damaged
from lab6.errors import ResultsError
from lab6.record import SCHEMA_VERSION, printable

FRACTIONS = ("training_accuracy", "test_accuracy")
NOT_NEGATIVE = ("cpu_seconds", "compile_seconds")


def content(rounds: pd.DataFrame) -> bytes:
    """The Parquet file of ``rounds``, a frame of :data:`lab6.analysis.columns.COLUMNS`."""
    buffer = io.BytesIO()
    rounds.to_parquet(buffer, index=False)
    return buffer.getvalue()


def read(name: str, content: bytes) -> pd.DataFrame:
    """The frame in the Parquet file called ``name``. Raises ResultsError, which names the file."""
    try:
        found = pd.read_parquet(io.BytesIO(content))
    except (ValueError, OSError, KeyError, TypeError, NotImplementedError) as error:  # pyarrow raises all of them
        why = " ".join(str(error).split())[:120]
        raise damaged(name, f"not a complete Parquet file: {why}") from error
    if "schema_version" in found and (pd.to_numeric(found["schema_version"], errors="coerce") > SCHEMA_VERSION).any():
        raise ResultsError(f"{name} was written by a newer lab6: upgrade lab6.")
    missing = [column for column in COLUMNS if column not in found]
    if missing:
        raise ResultsError(
            f"{name} is no archive of results (it has no column {missing[0]}): give files that lab6 combine wrote."
        )
    rounds = pd.DataFrame({column: _typed(name, found[column]) for column in COLUMNS})
    if rounds.empty:
        raise ResultsError(f"{name} holds no round: leave it out, or give --skip-bad.")
    for column in rounds:
        _refuse_impossible(name, rounds[column], measured=rounds["run"] != lab_report.NAME)
    return rounds


def _typed(name: str, values: pd.Series) -> pd.Series:
    try:
        return values.astype(COLUMNS[str(values.name)].dtype)
    except (ValueError, TypeError, OverflowError, NotImplementedError) as error:
        why = " ".join(str(error).split())[:120]
        raise damaged(name, f"the column {values.name}: {why}") from error


def _refuse_impossible(name: str, values: pd.Series, measured: pd.Series) -> None:
    """What a record's model refuses in JSON is refused here too."""
    column = str(values.name)
    wrong = values.isna() & (column in ALWAYS or measured & (column in MEASURED))
    if column in FRACTIONS:
        wrong |= (values < 0) | (values > 1)
    elif column == "seconds":
        wrong |= (values < LEAST) | (values > MOST)
    elif column == "learning_rate":
        wrong |= (values <= 0) | np.isinf(values)
    elif column == "network":
        wrong |= ~values.str.fullmatch(r"[1-9]\d{0,8}(-[1-9]\d{0,8})+").fillna(False)
    elif COLUMNS[column].dtype == TEXT:
        wrong |= values.isin([text for text in values.dropna().unique() if not _is_printable(text)])
    elif column in NOT_NEGATIVE:
        wrong |= (values < 0) | np.isinf(values)
    elif COLUMNS[column].dtype == WHOLE:
        wrong |= values.lt(0 if column in ("round", "seed") else 1).fillna(False)
    if wrong.any():
        value = values[wrong].iloc[0]
        raise damaged(name, f"{column} is {value} in one of its rounds")


def _is_printable(text: str) -> bool:
    try:
        printable(text)
    except ValueError:
        return False
    return True
