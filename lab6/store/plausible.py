"""Whether the values of an archive can be those of a run. Whoever shares archives may have made them otherwise."""

from collections.abc import Iterable

import pyarrow as pa
from pyarrow import compute

from lab6.fields import LARGEST
from lab6.store.run import LEAST, MOST, damaged

NEEDED = ("run", "machine", "batch_size", "round", "seconds")
"""Columns in which no value is missing."""

RANGES = {
    ("seconds",): (LEAST, MOST),
    ("training_accuracy", "test_accuracy", "target"): (0, 1),
    ("round", "seed"): (0, LARGEST),
    ("batch_size", "steps_per_epoch", "training_images", "test_images", "usable_cores", "process"): (1, LARGEST),
}
"""The least and the most that known values can be, by columns of one type."""


def check(name: str, table: pa.Table) -> None:
    """Raise ResultsError if a value in ``table``, of the archive called ``name``, is none that a run can have.

    ``table``: columns of :data:`lab6.store.archive.ENCODED`.
    """
    columns = dict(zip(table.column_names, table.columns, strict=True))
    for column in NEEDED:
        if column in columns and columns[column].null_count:
            raise damaged(name, f"a round has no {column}")
    for own, (least, most) in RANGES.items():
        if not _within(_joined([columns[column] for column in own if column in columns]), least, most):
            raise damaged(name, f"a value of {', '.join(own)} is not from {least:g} to {most:g}")
    if not _printable(_texts(columns.values())):
        raise damaged(name, "a text has characters that cannot be printed")


def _joined(columns: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """All values of columns of one type."""
    chunks = [chunk for column in columns for chunk in column.chunks]
    return pa.chunked_array(chunks, columns[0].type if columns else pa.string())


def _within(values: pa.ChunkedArray, least: float, most: float) -> bool:
    if not len(values):
        return True
    met = compute.and_(compute.greater_equal(values, least), compute.less_equal(values, most))
    return compute.all(met).as_py() is not False


def _texts(columns: Iterable[pa.ChunkedArray]) -> pa.ChunkedArray:
    """The texts for which there are codes."""
    chunks = [chunk.dictionary for column in columns if pa.types.is_dictionary(column.type) for chunk in column.chunks]
    return pa.chunked_array(chunks, pa.string())


def _printable(texts: pa.ChunkedArray) -> bool:
    """Whether terminals and pages can show the texts, in the opinion of Arrow or of Python, if that is newer."""
    if compute.all(compute.utf8_is_printable(texts)).as_py() is not False:
        return True
    return all(text.isprintable() for text in compute.unique(texts).to_pylist() if text is not None)
