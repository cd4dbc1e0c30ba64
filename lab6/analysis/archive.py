"""Many runs as one Parquet file, in the columns of the tidy frame."""

import io

import numpy as np
import pandas as pd

from lab6.analysis.columns import COLUMNS, WHOLE
from lab6.errors import ResultsError
from lab6.record import SCHEMA_VERSION

FRACTIONS = ("training_accuracy", "test_accuracy")


def content(rounds: pd.DataFrame) -> bytes:
    """The Parquet file of ``rounds``, a frame of :data:`lab6.analysis.columns.COLUMNS`."""
    buffer = io.BytesIO()
    rounds.to_parquet(buffer, index=False)
    return buffer.getvalue()


def read(name: str, content: bytes) -> pd.DataFrame:
    """The frame in the Parquet file called ``name``. Raises ResultsError, which names the file."""
    try:
        rounds = pd.read_parquet(io.BytesIO(content))
    except (ValueError, OSError, KeyError) as error:  # pyarrow's errors are ValueErrors and OSErrors
        why = " ".join(str(error).split())[:120]
        raise ResultsError(f"{name} is damaged (not a complete Parquet file: {why}): leave it out.") from error
    if "schema_version" in rounds and (rounds["schema_version"] > SCHEMA_VERSION).any():
        raise ResultsError(f"{name} was written by a newer lab6: upgrade lab6.")
    missing = [column for column in COLUMNS if column not in rounds]
    if missing:
        raise ResultsError(
            f"{name} is no archive of results (it has no column {missing[0]}): give files that lab6 combine wrote."
        )
    try:
        rounds = rounds[list(COLUMNS)].astype({column: COLUMNS[column].dtype for column in COLUMNS})
    except (ValueError, TypeError) as error:
        raise ResultsError(f"{name} is damaged (a column has another type: {error}): leave it out.") from error
    _refuse_impossible(name, rounds)
    return rounds


def _refuse_impossible(name: str, rounds: pd.DataFrame) -> None:
    """What a record's model refuses in JSON is refused here too."""
    seconds = rounds["seconds"]
    wrong = {"seconds": ~((seconds > 0) & np.isfinite(seconds))}
    wrong |= {column: (rounds[column] < 0) | (rounds[column] > 1) for column in FRACTIONS}
    wrong |= {
        column: rounds[column].lt(0 if column in ("round", "seed") else 1).fillna(False)
        for column, described in COLUMNS.items()
        if described.dtype == WHOLE
    }
    for column, impossible in wrong.items():
        if impossible.any():
            value = rounds.loc[impossible, column].iloc[0]
            raise ResultsError(f"{name} is damaged ({column} is {value} in one of its rounds): leave it out.")
