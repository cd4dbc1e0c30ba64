"""Read thousands of archives with a few queries of DuckDB: to open them one by one costs pyarrow a millisecond each.

Whoever calls has checked the seals. What is not as lab6 writes it is not read here: the places of such files are
returned, or an error is raised, and :func:`lab6.store.archive.table` says what is wrong with which file.
"""

import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from lab6.record import SCHEMA_VERSION
from lab6.store import archive, newest, plausible, shared
from lab6.store.columns import COLUMNS, REAL, TEXT, TIME, TRUTH, WHOLE

Error = duckdb.Error

TYPES = {TEXT: "VARCHAR", WHOLE: "BIGINT", REAL: "DOUBLE", TIME: "TIMESTAMP WITH TIME ZONE", TRUTH: "BOOLEAN"}
"""What DuckDB calls the types of columns."""

WILDCARDS = "*?["
"""Characters that DuckDB takes for a pattern."""

BATCH = 100_000
"""Rows that are in memory at a time with a string for each text."""

FILE, ROW = "file_index", "file_row_number"
"""Columns that DuckDB adds: the place of the file among those of a query, and of the row in its file."""

CONFIG = {"autoinstall_known_extensions": False, "autoload_known_extensions": False, "temp_directory": ""}

SETTINGS = "SET enable_progress_bar = false"
"""If Python is interactive, DuckDB would show progress on standard output."""

SCHEMAS = """
SELECT columns, list(file_name) FROM (
    SELECT file_name, list_sort(list([name, CASE WHEN num_children > 0 THEN 'GROUP' ELSE duckdb_type END])) AS columns
    FROM parquet_schema($paths) GROUP BY file_name
) GROUP BY columns
"""
"""The different sets of columns, as pairs of name and type, with the files that have them."""


@dataclasses.dataclass(frozen=True)
class Found:
    """``table``: of :data:`lab6.store.archive.ENCODED`, in the order of files and their rows. ``files``: the place of
    each row's file (rows,). ``unread``: the places of files that hold no round, or are not as this lab6 writes them."""

    table: pa.Table
    files: np.ndarray
    unread: list[int]


def takes(path: str) -> bool:
    """Whether DuckDB can be given this path."""
    return path.isprintable() and not any(character in path for character in WILDCARDS)


def read(paths: Sequence[str], wanted: shared.Wanted, keep: Callable[[pd.DataFrame], pd.Series] | None = None) -> Found:
    """What is ``wanted`` of the archives at ``paths``: of all rounds, or of those that ``keep`` keeps.

    Raises Error, and ResultsError if a value cannot be that of a run; neither names the file.
    """
    with duckdb.connect(config=CONFIG) as database:
        database.execute(SETTINGS)
        there = _readable(database, paths)
        seen = _known(there.query(["schema_version", *(newest.NEEDED if keep else ())], distinct=True).to_arrow_table())
        unread = {*range(len(paths))} - {*there.only(seen).places}
        kept = seen.filter(pa.array(keep(archive.frame(archive.typed(seen, newest.NEEDED))))) if keep else seen
        files = there.only(kept)
        batches = files.query(wanted.columns, kept if len(kept) < len(seen) else None).to_arrow_reader(BATCH)
        table = archive.joined([_encoded(batch, wanted) for batch in _large(batches)])
    places = np.asarray(files.places)[table[FILE].to_numpy()]
    order = np.lexsort([table[ROW].to_numpy(), places])
    return Found(table.select(wanted.columns).take(order), places[order], sorted(unread))


@dataclasses.dataclass(frozen=True)
class _Files:
    """Files that one query can read. ``places``: of each among all; ``columns``: that any of them has; ``differ``:
    whether some lack one of these."""

    database: duckdb.DuckDBPyConnection
    paths: list[str]
    places: list[int]
    columns: set[str]
    differ: bool

    def query(self, columns: Iterable[str], kept: pa.Table | None = None, distinct: bool = False) -> Any:
        """A relation of these ``columns`` as far as there are any, FILE and ROW: a row a round, or ``distinct`` ones
        without ROW. ``kept``: the rounds that agree with one of its rows in :data:`lab6.store.newest.DECIDING`."""
        names = [*(name for name in columns if name in self.columns), FILE, *([] if distinct else [ROW])]
        listed = ", ".join(f'rounds."{name}"' for name in names)
        join = ""
        if kept is not None:
            self.database.register("kept", kept)
            same = [f'rounds."{name}" IS NOT DISTINCT FROM kept."{name}"' for name in newest.DECIDING]
            join = f"SEMI JOIN kept ON {' AND '.join(same)}"
        files = f"read_parquet($paths, hive_partitioning = false, union_by_name = {str(self.differ).lower()})"
        query = f"SELECT {'DISTINCT ' if distinct else ''}{listed} FROM {files} AS rounds {join}"
        return self.database.sql(query, params={"paths": self.paths})

    def only(self, rows: pa.Table) -> "_Files":
        """Those that the FILE of one of ``rows`` names."""
        own = sorted(compute.unique(rows[FILE]).to_pylist())
        return dataclasses.replace(
            self, paths=[self.paths[place] for place in own], places=[self.places[place] for place in own]
        )


def _readable(database: duckdb.DuckDBPyConnection, paths: Sequence[str]) -> _Files:
    """The files whose columns are those of lab6, in their order."""
    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:  # DuckDB would take one
        parts = [list(paths[first::threads]) for first in range(min(threads, len(paths)))]
        found = pool.map(lambda part: _schemas(database.cursor(), part), parts)
        schemas = [(columns, files) for part in found for columns, files in part if _is_ours(columns)]
    place = {path: number for number, path in enumerate(paths)}
    places = sorted(place[path] for _, files in schemas for path in files)
    different = {tuple(sorted(name for name, _ in columns)) for columns, _ in schemas}
    names = {name for columns in different for name in columns}
    return _Files(database, [paths[place] for place in places], places, names, len(different) > 1)


def _schemas(cursor: duckdb.DuckDBPyConnection, paths: list[str]) -> list[Any]:
    """The rows of SCHEMAS; a cursor has settings of its own."""
    cursor.execute(SETTINGS)
    return list(cursor.sql(SCHEMAS, params={"paths": paths}).fetchall())


def _is_ours(columns: list[tuple[str, str]]) -> bool:
    """Whether these are a table with the columns of lab6 in their types; it may have others, and lack LATER ones."""
    groups = [name for name, kind in columns if kind == "GROUP"]
    types = {name: kind for name, kind in columns if kind != "GROUP"}
    same = all(types.get(name, TYPES[own.dtype]) == TYPES[own.dtype] for name, own in COLUMNS.items())
    missing = {*COLUMNS} - {*types} - {*archive.LATER}
    twice = len({name.lower() for name, _ in columns}) < len(columns)  # to DuckDB, Seconds is seconds
    return len(groups) == 1 and same and not missing and not twice


def _known(seen: pa.Table) -> pa.Table:
    """The rows of ``seen`` whose files have no row of a schema that is newer than this lab6."""
    newer = seen.filter(compute.greater(seen["schema_version"], SCHEMA_VERSION))[FILE]
    return seen.filter(compute.invert(compute.is_in(seen[FILE], compute.unique(newer))))


def _large(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows in tables of about BATCH; DuckDB gives a batch a file."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += len(batch)
        if rows >= BATCH:
            yield pa.Table.from_batches(held).combine_chunks()
            held, rows = [], 0
    if held:
        yield pa.Table.from_batches(held).combine_chunks()


def _encoded(batch: pa.Table, wanted: shared.Wanted) -> pa.Table:
    """The rounds of a batch that are ``wanted``, of ENCODED, with FILE and ROW. Raises ResultsError."""
    table = archive.typed(batch, wanted.columns)
    plausible.check("an archive", table)
    for name in (FILE, ROW):
        table = table.append_column(name, batch[name])
    return wanted.rows(table)
