"""Many runs as one Parquet file, in the columns of the tidy frame, sealed with a digest of all its bytes.

Parquet has checksums of its own for the data only. Its footer, which says where each column lies and of which type it
is, has none, and pyarrow does not promise to survive a damaged footer; so nothing is parsed before the seal is checked.
``lab6 combine`` and ``lab6 push`` write archives of rounds that were checked when they were read. Whoever else seals
one can put other values into it, which ``plausible`` refuses. Nothing in a file is executed, no path in it is opened.
"""

import hashlib
import io
from collections.abc import Collection, Iterable, Sequence

import pandas as pd
import pyarrow as pa
from pyarrow import compute, parquet

from lab6.errors import FileError, ResultsError
from lab6.record import SCHEMA_VERSION
from lab6.store import columns, plausible
from lab6.store.columns import COLUMNS, REAL, TEXT, TIME, TRUTH, WHOLE
from lab6.store.run import damaged

TYPES = {TEXT: pa.string(), WHOLE: pa.int64(), REAL: pa.float64(), TIME: pa.timestamp("us", "UTC"), TRUTH: pa.bool_()}
"""How a column of each type is stored."""

TEXTS = [name for name, column in COLUMNS.items() if column.dtype == TEXT]

STORED = pa.schema([(name, TYPES[column.dtype]) for name, column in COLUMNS.items()])
"""The columns of an archive."""

ENCODED = pa.schema(
    [(one.name, pa.dictionary(pa.int32(), one.type) if one.name in TEXTS else one.type) for one in STORED]
)
"""The same in memory, each text once and a number for each row."""

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
    table = pa.Table.from_pandas(rounds, STORED, preserve_index=False)
    buffer = io.BytesIO()
    table = table.replace_schema_metadata({"lab6": SEAL + BLANK})
    parquet.write_table(table, buffer, use_dictionary=TEXTS, write_statistics=False)  # read faster
    return sealed(buffer.getvalue())


def read(name: str, content: bytes) -> pd.DataFrame:
    """The tidy frame in the archive called ``name``. Raises ResultsError, which names the file."""
    return columns.plain(frame(joined([table(name, content)])))


def table(name: str, content: bytes, wanted: Collection[str] = tuple(COLUMNS)) -> pa.Table:
    """The same as an Arrow table of ENCODED, or only the ``wanted`` columns; others are not decoded.

    Raises ResultsError, which names the file.
    """
    try:
        return _parsed(name, whole(name, content), wanted)
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:  # pyarrow raises them all
        raise damaged(name, f"pyarrow says: {' '.join(str(error).split())[:120]}") from error


def names(content: bytes) -> set[str]:
    """The columns of an archive that :func:`table` can read, also those that this lab6 does not know."""
    return set(parquet.read_schema(pa.BufferReader(content)).names)


def encoded(rounds: pd.DataFrame) -> pa.Table:
    """``rounds``, a tidy frame, as an Arrow table of ENCODED."""
    return typed(pa.Table.from_pandas(rounds, STORED, preserve_index=False), ENCODED.names)


def whole(name: str, content: bytes) -> bytes:
    """``content``, if its seal is whole. Raises ResultsError, which names the file."""
    if not (content.startswith(b"PAR1") and content.endswith(b"PAR1")):
        raise damaged(name, "not a complete Parquet file")
    before, seal, after = content.rpartition(SEAL)
    if not seal:
        raise ResultsError(f"{name} is not an archive of results: give files that lab6 combine or lab6 push wrote.")
    if after[:64] != _digest(before, after[64:]):
        raise damaged(name, "its bytes are not those that lab6 wrote")
    return content


def typed(stored: pa.Table, names: Iterable[str]) -> pa.Table:
    """The columns ``names`` of ENCODED, in their order; nothing is known in those that ``stored`` lacks."""
    fields = [ENCODED.field(each) for each in names]
    there = dict(zip(stored.column_names, stored.columns, strict=True))

    def column(field: pa.Field) -> pa.ChunkedArray | pa.Array:
        found = there.get(field.name)
        if found is None:
            return pa.nulls(len(stored), field.type)
        if found.type == field.type:
            return found
        plain = found.cast(STORED.field(field.name).type)
        return plain.dictionary_encode() if field.name in TEXTS else plain

    return pa.table([column(field) for field in fields], pa.schema(fields))


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """One table of ``tables``, of ENCODED, in one piece: thousands of small pieces would take long to convert."""
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def frame(table: pa.Table) -> pd.DataFrame:
    """A tidy frame of ``table``, of columns of ENCODED; texts are categories: a number a row, and each text once."""
    found = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return found.astype({name: COLUMNS[name].dtype for name in found if name not in TEXTS})


def _parsed(name: str, content: bytes, wanted: Collection[str]) -> pa.Table:
    """The ``wanted`` columns of an archive whose seal is whole."""
    try:
        file = parquet.ParquetFile(pa.BufferReader(content), read_dictionary=[each for each in wanted if each in TEXTS])
    except KeyError:  # it lacks one of these
        file = parquet.ParquetFile(pa.BufferReader(content))
    there = file.schema_arrow.names
    few = [each for each in {"schema_version", *wanted} if each in there]
    stored = file.read(few if len(few) < len(there) else None, use_threads=False)  # to look up names takes long
    _check(name, file.metadata.num_rows, there, stored)
    found = typed(stored, wanted)
    plausible.check(name, found)
    return found


def _check(name: str, rows: int, there: Sequence[str], stored: pa.Table) -> None:
    """Raise ResultsError if an archive with the columns ``there`` is empty, too new, or none of rounds."""
    if not rows:
        raise FileError(f"{name} holds no round: leave it out.")
    if "schema_version" in there:
        newest = compute.max(stored["schema_version"]).as_py()
        if newest is not None and newest > SCHEMA_VERSION:
            raise ResultsError(
                f"{name} was written by a newer lab6 (schema_version {newest}; this one reads up to {SCHEMA_VERSION}): "
                "upgrade lab6."
            )
    known = {*there, *LATER}
    missing = [column for column in COLUMNS if column not in known]
    if missing:
        raise ResultsError(
            f"{name} is not an archive of results (it has no column {missing[0]}): give files that lab6 combine or "
            "lab6 push wrote."
        )


def sealed(content: bytes) -> bytes:
    """``content``, which holds SEAL and BLANK once, with its digest in the place of BLANK."""
    before, _, after = content.partition(SEAL + BLANK)
    return before + SEAL + _digest(before, after) + after


def _digest(before: bytes, after: bytes) -> bytes:
    return hashlib.sha256(before + SEAL + BLANK + after).hexdigest().encode()
