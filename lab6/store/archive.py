"""Many runs as one Parquet file, in the columns of the tidy frame, sealed with a digest of all its bytes.

Parquet has checksums of its own for the data only. Its footer, which says where each column lies and of which type it
is, has none, and pyarrow does not promise to survive a damaged footer; so nothing is parsed before the seal is checked.
``lab6 combine`` and ``lab6 push`` write archives of rounds that were checked when they were read. Whoever else seals
one can put other values into it, which ``plausible`` refuses. Nothing in a file is executed, no path in it is opened.
"""

import hashlib
import io
from collections.abc import Collection, Sequence

import pandas as pd
import pyarrow as pa
from pyarrow import compute, parquet

from lab6.errors import FileError, ResultsError
from lab6.record import SCHEMA_VERSION
from lab6.store import plausible
from lab6.store.columns import COLUMNS, REAL, TEXT, TIME, TRUTH, WHOLE
from lab6.store.run import damaged

TYPES = {TEXT: pa.string(), WHOLE: pa.int64(), REAL: pa.float64(), TIME: pa.timestamp("us", "UTC"), TRUTH: pa.bool_()}
"""How a column of each type is stored."""

DTYPES = {TYPES[TEXT]: pd.StringDtype(), TYPES[WHOLE]: pd.Int64Dtype(), TYPES[TRUTH]: pd.BooleanDtype()}
"""pandas types with a missing value of their own, by how they are stored."""

LATER = (
    *("image_shape", "optimizer_digest", "model_digest"),
    *("target", "decay_steps", "evaluated_every", "steps"),
    *("workers", "hosts"),
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
    return frame([table(name, content)])


def table(name: str, content: bytes, wanted: Collection[str] = tuple(COLUMNS)) -> pa.Table:
    """The ``wanted`` columns of the archive called ``name``, in their order and types; a column that it lacks is null.

    No other column is decoded. Raises ResultsError, which names the file.
    """
    try:
        stored = _opened(name, content)
        there = stored.schema_arrow.names
        found = stored.read([column for column in {"schema_version", *wanted} if column in there], use_threads=False)
        _refuse_others(name, there, found)
        columns = dict(zip(found.column_names, found.columns, strict=True))
        made = pa.table({column: _typed(columns.get(column), column, len(found)) for column in wanted})
        plausible.check(name, made)
        return made
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:  # pyarrow raises them all
        raise damaged(name, f"pyarrow says: {' '.join(str(error).split())[:120]}") from error


def columns(content: bytes) -> set[str]:
    """The names of all columns of an archive that :func:`table` can read, also of those that lab6 does not know."""
    return set(parquet.read_schema(pa.BufferReader(content)).names)


def frame(tables: Sequence[pa.Table]) -> pd.DataFrame:
    """The tidy frame of what :func:`table` read, all with the same columns."""
    made = pa.concat_tables(tables).to_pandas(types_mapper=DTYPES.get)
    return made.astype({name: COLUMNS[name].dtype for name in made})


def _opened(name: str, content: bytes) -> parquet.ParquetFile:
    """The archive, of which nothing but the seal and the footer is read so far."""
    if not (content.startswith(b"PAR1") and content.endswith(b"PAR1")):
        raise damaged(name, "not a complete Parquet file")
    before, seal, after = content.rpartition(SEAL)
    if not seal:
        raise ResultsError(f"{name} is not an archive of results: give files that lab6 combine or lab6 push wrote.")
    if after[:64] != _digest(before, after[64:]):
        raise damaged(name, "its bytes are not those that lab6 wrote")
    stored = parquet.ParquetFile(pa.BufferReader(content))
    if not stored.metadata.num_rows:
        raise FileError(f"{name} holds no round: leave it out.")
    return stored


def _refuse_others(name: str, there: Sequence[str], found: pa.Table) -> None:
    """Raise ResultsError if the archive, with columns ``there``, is of a newer lab6 or none of lab6."""
    if "schema_version" in there:
        newest = compute.max(found["schema_version"]).as_py()
        if newest is not None and newest > SCHEMA_VERSION:
            raise ResultsError(
                f"{name} was written by a newer lab6 (schema_version {newest}; this one reads up to {SCHEMA_VERSION}): "
                "upgrade lab6."
            )
    missing = [column for column in COLUMNS if column not in (*there, *LATER)]
    if missing:
        raise ResultsError(
            f"{name} is not an archive of results (it has no column {missing[0]}): give files that lab6 combine or "
            "lab6 push wrote."
        )


def _typed(found: pa.ChunkedArray | None, column: str, rows: int) -> pa.ChunkedArray | pa.Array:
    own = TYPES[COLUMNS[column].dtype]
    if found is None:
        return pa.nulls(rows, own)
    return found if found.type == own else found.cast(own)


def sealed(content: bytes) -> bytes:
    """``content``, which holds SEAL and BLANK once, with its digest in the place of BLANK."""
    before, _, after = content.partition(SEAL + BLANK)
    return before + SEAL + _digest(before, after) + after


def _digest(before: bytes, after: bytes) -> bytes:
    return hashlib.sha256(before + SEAL + BLANK + after).hexdigest().encode()
