"""The layout of a shared data set: ``PLACE/machine=<label>/month=2026-11/<digest>.parquet``, one or more files a month.

Names of folders only say where to look; what counts are the columns of the files. A file never changes: its name is the
digest of its content, so whoever writes the same rounds writes the same file.
"""

import hashlib
import urllib.parse
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

import pandas as pd
import pyarrow as pa
from pyarrow import compute

from lab6.store import lab_report, workload
from lab6.store.columns import COLUMNS, TEXT

MACHINE, MONTH = "machine=", "month="
"""How the names of folders begin."""

OF_FOLDERS = ("machine=", "measured_at=")
"""Conditions that names of folders can answer."""

MOST_NAMED = 8
"""Machines that a refusal names."""

LONGEST, CUT = 200, "%~"
"""Characters in the encoded name of a machine; a longer one is cut, and has CUT and a digest at its end."""


def partitions(rounds: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The folder of each machine and month in ``rounds``, relative to the place, with its rounds."""
    months = rounds["measured_at"].dt.strftime("%Y-%m").fillna("unknown")
    for (label, month), own in rounds.groupby([rounds["machine"].fillna("unknown"), months], sort=True):
        yield f"{MACHINE}{_encoded(label)}/{MONTH}{month}", own


def name(content: bytes) -> str:
    """The name of a file of this content."""
    return f"{hashlib.sha256(content).hexdigest()[:32]}.parquet"


def holds(path: str) -> bool:
    """Whether a file of this path is one of a shared data set."""
    parts = path.split("/")
    return len(parts) >= 3 and parts[-3].startswith(MACHINE) and parts[-2].startswith(MONTH)


class Wanted:
    """What a reader wants: rounds that can meet ``conditions`` (see :func:`lab6.store.workload.where`), and columns.

    It keeps more than the conditions do, never less; so ``where`` still has to pick.
    """

    def __init__(self, conditions: Sequence[str] = (), columns: Collection[str] = tuple(COLUMNS)) -> None:
        pairs = [condition.partition("=")[::2] for condition in conditions]
        texts = [(field, wanted) for field, wanted in pairs if field in COLUMNS and COLUMNS[field].dtype == TEXT]
        times = [wanted.replace("T", " ", 1) for field, wanted in pairs if field == "measured_at"]
        self.texts = texts
        self.conditions = conditions
        self.labels: set[str] = set()
        self.times = [[part.strip() for part in (wanted, *wanted.split(","))] for wanted in times]
        named = {*columns, *(field for field, _ in pairs)}
        self.columns = [column for column in COLUMNS if column in named]

    def folder(self, folder: str) -> bool:
        """Whether files in a folder of this name can hold such rounds."""
        if folder.startswith(MACHINE) and CUT not in folder:
            label = urllib.parse.unquote(folder.removeprefix(MACHINE))
            met = all(workload.is_one_of(label, wanted) for field, wanted in self.texts if field == "machine")
            self.labels.add(label)
            return met
        if folder.startswith(MONTH):
            month = folder.removeprefix(MONTH)
            return all(
                any(part.startswith(month) or month.startswith(part) for part in either) for either in self.times
            )
        return True

    def refusal(self) -> str:
        """What to say if no folder can hold such rounds."""
        *more, last = sorted(self.labels)[:MOST_NAMED] or ["unknown"]
        labels = f"{', '.join(more)} and {last}" if more else last
        many = len(self.labels) > MOST_NAMED
        of = f"{len(self.labels):,} machines, such as " if many else ""
        return f"no result has {' and '.join(self.conditions)}; the shared results are of {of}{labels}."

    def rows(self, table: pa.Table) -> pa.Table:
        """The rows of an archive's ``table`` whose texts meet the conditions, and the lab report's."""
        for field, wanted in self.texts:
            met = _met(table[field], partial(workload.is_one_of, wanted=wanted))
            table = table.filter(compute.or_(met, _met(table["run"], lab_report.NAME.__eq__)))
        return table


def _met(texts: pa.ChunkedArray, condition: Callable[[str], bool]) -> pa.ChunkedArray:
    """Whether each of ``texts``, which are codes, meets a condition; one that is missing does not."""
    met = []
    for chunk in texts.chunks:
        values = enumerate(chunk.dictionary.to_pylist())
        codes = [code for code, text in values if text is not None and condition(text)]
        met.append(compute.is_in(chunk.indices, pa.array(codes, pa.int32())))
    return pa.chunked_array(met, pa.bool_())


def _encoded(label: str) -> str:
    """A label as the name of a folder on any store; slashes, wildcards and other special characters are escaped."""
    text = urllib.parse.quote(label, safe="")
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 18]}{CUT}{hashlib.sha256(label.encode()).hexdigest()[:16]}"
