"""Many runs as one Parquet file, in the columns of the tidy frame, sealed with a digest of all its bytes.

Parquet has checksums of its own for the data only. Its footer, which says where each column lies and of which type it
is, has none, and pyarrow does not promise to survive a damaged footer; so nothing is parsed before the seal is checked.
A sealed archive was written by ``lab6 combine`` from rounds that were checked when they were read.
"""

import hashlib
import io

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from lab6.errors import FileError, ResultsError
from lab6.record import SCHEMA_VERSION
from lab6.store.columns import COLUMNS, REAL, TEXT, TIME, TRUTH, WHOLE
from lab6.store.run import damaged

TYPES = {TEXT: pa.string(), WHOLE: pa.int64(), REAL: pa.float64(), TIME: pa.timestamp("us", "UTC"), TRUTH: pa.bool_()}
"""How a column of each type is stored."""

TEXTS = [name for name, column in COLUMNS.items() if column.dtype == TEXT]

LATER = (
    *("image_shape", "optimizer_digest", "model_digest"),
    *("target", "decay_steps", "evaluated_every", "steps"),
    *("workers", "hosts"),
    *("commit", "dirty"),
)
"""Columns that an archive may lack, because they are younger than the first archives."""

SEAL = b"lab6 archive, sha256 of all with this digest as zeros: "
BLANK = b"0" * 64


def content(rounds: pd.DataFrame) -> bytes:
    """The Parquet file of ``rounds``, a tidy frame, with its seal."""
    schema = pa.schema([(name, TYPES[column.dtype]) for name, column in COLUMNS.items()])
    table = pa.Table.from_pandas(rounds, schema, preserve_index=False)
    buffer = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({"lab6": SEAL + BLANK}), buffer)
    return sealed(buffer.getvalue())


def read(name: str, content: bytes) -> pd.DataFrame:
    """The tidy frame in the archive called ``name``. Raises ResultsError, which names the file."""
    if not (content.startswith(b"PAR1") and content.endswith(b"PAR1")):
        raise damaged(name, "not a complete Parquet file")
    before, seal, after = content.rpartition(SEAL)
    if not seal:
        raise ResultsError(f"{name} is not an archive of results: give files that lab6 combine wrote.")
    if after[:64] != _digest(before, after[64:]):
        raise damaged(name, "its bytes are not those that lab6 combine wrote")
    stored = parquet.read_table(io.BytesIO(content), read_dictionary=TEXTS)
    if not len(stored):
        raise FileError(f"{name} holds no round: leave it out.")
    if "schema_version" in stored.column_names:
        newest = stored["schema_version"].to_pandas().max()
        if newest > SCHEMA_VERSION:
            raise ResultsError(
                f"{name} was written by a newer lab6 (schema_version {newest}; this one reads up to {SCHEMA_VERSION}): "
                "upgrade lab6."
            )
    missing = [column for column in COLUMNS if column not in (*stored.column_names, *LATER)]
    if missing:
        raise ResultsError(
            f"{name} is not an archive of results (it has no column {missing[0]}): give files that lab6 combine wrote."
        )
    there = [column for column in COLUMNS if column in stored.column_names]
    frame = stored.select(there).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return frame.reindex(columns=list(COLUMNS)).astype({name: column.dtype for name, column in COLUMNS.items()})


def sealed(content: bytes) -> bytes:
    """``content``, which holds SEAL and BLANK once, with its digest in the place of BLANK."""
    before, _, after = content.partition(SEAL + BLANK)
    return before + SEAL + _digest(before, after) + after


def _digest(before: bytes, after: bytes) -> bytes:
    return hashlib.sha256(before + SEAL + BLANK + after).hexdigest().encode()
