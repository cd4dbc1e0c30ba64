"""Add rounds to a shared data set, so that nothing is lost whoever else pushes, and whenever a push is killed.

A push only adds files, each whole or not at all. A merge writes the file that holds all rounds of others, and then
deletes those. Two at once may add or merge the same rounds, which readers count once.
"""

import dataclasses
from collections.abc import Callable, Mapping

import pandas as pd
import pyarrow as pa

from lab6.errors import ResultsError
from lab6.store import archive, columns, files, lab_report, shared, sources
from lab6.store.columns import COLUMNS
from lab6.store.load import IDENTITY

MOST_FILES = 16
"""Files in a folder; if a push adds another, it merges them."""


@dataclasses.dataclass(frozen=True)
class Pushed:
    """``runs`` and ``rounds``: how many were added. ``there``: runs that were there already, whole. ``left_out``: a
    sentence for each file of the data set that cannot be used."""

    runs: int
    rounds: int
    there: int
    left_out: tuple[str, ...]


def push(rounds: pd.DataFrame, place: str) -> Pushed:
    """Add ``rounds``, a tidy frame, to the data set at ``place``; it may be the first to do so. Raises ResultsError."""
    measured = rounds[rounds["run"] != lab_report.NAME]
    if measured.empty:
        raise ResultsError(f"{lab_report.NAME} comes with every lab6 and is not pushed: name results of measured runs.")
    added, left_out = [measured.iloc[:0]], list[str]()
    for folder, own in shared.partitions(measured):
        new, bad = _add(f"{place.rstrip('/')}/{folder}", own)
        added.append(new)
        left_out += bad
    new = pd.concat(added)
    runs = new["run"].nunique()
    return Pushed(runs, len(new), measured["run"].nunique() - runs, tuple(left_out))


def _add(folder: str, rounds: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Those of ``rounds`` that were not in ``folder`` before and are now, and what is wrong with files in it."""
    tables, bad = sources.again(lambda: _read(folder, _identities))
    stored = [columns.plain(_frame(tables), IDENTITY)] if tables else []
    identities = pd.concat([*stored, rounds[IDENTITY]], ignore_index=True)
    new = rounds[~identities.duplicated().tail(len(rounds)).to_numpy()]
    if len(new):
        content = archive.content(new)
        files.write(f"{folder}/{shared.name(content)}", content)
        if len(tables) >= MOST_FILES:
            merge(folder)
    return new, bad


def merge(folder: str) -> None:
    """Put the rounds of all files in ``folder`` into one, and delete the others. Raises ResultsError.

    Files that cannot be read stay, and so do those with columns that this lab6 does not know, which would be lost.
    """
    tables, _ = sources.again(lambda: _read(folder, _whole))
    if len(tables) < 2:
        return
    rounds = _frame(tables)
    content = archive.content(columns.plain(rounds[~rounds.duplicated(IDENTITY)]))
    name = shared.name(content)
    files.write(f"{folder}/{name}", content)
    for file in tables:
        if not file.key.endswith(f"/{name}"):
            files.delete(file.key)


def _frame(tables: Mapping[sources.File, pa.Table]) -> pd.DataFrame:
    return archive.frame(archive.joined(list(tables.values())))


def _identities(name: str, content: bytes) -> pa.Table:
    return archive.table(name, content, IDENTITY)


def _whole(name: str, content: bytes) -> pa.Table:
    """All columns of an archive. Raises ResultsError if there are more than this lab6 knows."""
    table = archive.table(name, content)
    if more := archive.names(content) - set(COLUMNS):
        raise ResultsError(f"{name} has columns that this lab6 does not know, such as {min(more)}: upgrade lab6.")
    return table


def _read(folder: str, parse: Callable[[str, bytes], pa.Table]) -> tuple[dict[sources.File, pa.Table], list[str]]:
    """What ``parse`` makes of each archive in ``folder``, in order of their names, and what is wrong with others."""
    tables, bad = dict[sources.File, pa.Table](), list[str]()
    for file in sources.inside(folder):
        try:
            tables[file] = parse(file.name, file.read())
        except sources.GoneError:
            raise
        except ResultsError as error:
            bad.append(str(error))
    return tables, bad
