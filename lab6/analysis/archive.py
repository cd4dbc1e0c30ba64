"""Many runs as one sealed Parquet file, in the columns of the tidy frame."""

import io

import pandas as pd
import pyarrow as pa
import pyarrow.compute
from pyarrow import parquet

from lab6.analysis import possible, seal
from lab6.analysis.columns import ALWAYS, COLUMNS, MEASURED, REAL, TEXT, TIME, TRUTH, WHOLE
from lab6.analysis.saved_run import damaged
from lab6.errors import FileError, ResultsError
from lab6.record import SCHEMA_VERSION

TYPES = {TEXT: pa.string(), WHOLE: pa.int64(), REAL: pa.float64(), TIME: pa.timestamp("us", "UTC"), TRUTH: pa.bool_()}
"""How a column of each type is stored."""

TEXTS = [name for name, column in COLUMNS.items() if column.dtype == TEXT]

MOST_ROUNDS = 2_000_000
"""Rounds in one archive."""

MOST_BYTES = 2**29
"""What the columns of one archive can take when they are no longer compressed; bytes."""


EARLIER = {"unfinished": False, "process": 1}
"""What is said of rounds in archives from before these columns."""


def content(rounds: pd.DataFrame) -> bytes:
    """The Parquet file of ``rounds``, a frame of :data:`lab6.analysis.columns.COLUMNS`, sealed."""
    schema = pa.schema([(name, TYPES[column.dtype]) for name, column in COLUMNS.items()])
    table = pa.Table.from_pandas(rounds, schema, preserve_index=False)
    buffer = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({"lab6": seal.BLANK}), buffer)
    return seal.sealed(buffer.getvalue())


def read(name: str, content: bytes) -> pd.DataFrame:
    """The frame in the archive called ``name``. Columns that an older lab6 did not write are missing in all its rounds.

    Raises ResultsError, which names the file.
    """
    if not (content.startswith(b"PAR1") and content.endswith(b"PAR1")):
        raise damaged(name, "not a complete Parquet file")
    if not seal.is_sealed(content):
        raise ResultsError(f"{name} is no archive of results: give files that lab6 combine wrote.")
    if not seal.is_whole(content):
        raise damaged(name, "its bytes are not those that lab6 combine wrote")
    try:
        stored = set(parquet.ParquetFile(io.BytesIO(content)).schema_arrow.names)
        texts = [column for column in TEXTS if column in stored]
        rounds = _frame(name, parquet.ParquetFile(io.BytesIO(content), read_dictionary=texts))
    except (ValueError, OSError, KeyError, TypeError, NotImplementedError, OverflowError) as error:  # all of pyarrow's
        why = " ".join(str(error).split())[:120]
        raise damaged(name, f"not a complete Parquet file: {why}") from error
    possible.check(name, rounds)
    return rounds


def _frame(name: str, file: parquet.ParquetFile) -> pd.DataFrame:
    """All rounds of ``file``, once what it says of itself was found to be what can be read."""
    about = file.metadata
    size = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
    if about.num_rows > MOST_ROUNDS or size > MOST_BYTES:
        raise ResultsError(f"{name} holds too many rounds ({about.num_rows:,}): split it into several archives.")
    if not about.num_rows:
        raise FileError(f"{name} holds no round: leave it out.")
    known = [column for column in COLUMNS if column in file.schema_arrow.names]
    if "schema_version" in known:
        newest = pa.compute.max(file.read(["schema_version"])["schema_version"]).as_py()
        if isinstance(newest, int) and newest > SCHEMA_VERSION:
            raise ResultsError(f"{name} was written by a newer lab6 (schema_version {newest}): upgrade lab6.")
    missing = [column for column in (*ALWAYS, *MEASURED) if column not in known and column not in EARLIER]
    if missing:
        raise ResultsError(
            f"{name} is no archive of results (it has no column {missing[0]}): give files that lab6 combine wrote."
        )
    table = file.read(known)
    frame = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    frame = frame.assign(**{name: value for name, value in EARLIER.items() if name not in known})
    return frame.reindex(columns=list(COLUMNS)).astype({name: column.dtype for name, column in COLUMNS.items()})
