"""Load saved runs into one tidy frame, and save it as an archive."""

import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa

from lab6.errors import ResultsError
from lab6.store import archive, columns, lab_report, run, sources
from lab6.store.run import KEY

Track = Callable[[Sequence[sources.File]], Iterable[sources.File]]
"""Yields the given files one by one, and may show the progress."""

IDENTITY = ["run", *KEY, "round"]
"""Rounds that agree in all of these are copies."""


BATCH = 64
"""Files that are read and put together at a time."""


def load(
    *places: str,
    on_bad: Callable[[ResultsError], None] | None = None,
    track: Track = iter,
) -> pd.DataFrame:
    """All rounds in ``places``, by default ``results``: files, folders and globs of JSON files and Parquet archives.

    Returns a frame with the columns and types of :data:`lab6.store.columns.COLUMNS`, a row a round. A place can be on
    another store (``s3://...``, ``gs://...``, ``memory://...``), or ``lab-report``, the numbers of the lab's own
    report. A run that is found twice, as a copy or in an archive, counts once. Raises ResultsError if a place is
    missing or empty, and for a file that is damaged, foreign or too new; with ``on_bad``, such a file is passed to it
    as that error and left out.
    """
    return columns.plain(encoded(*places, on_bad=on_bad, track=track))


def encoded(
    *places: str,
    on_bad: Callable[[ResultsError], None] | None = None,
    track: Track = iter,
) -> pd.DataFrame:
    """The same with texts as categories, which take a tenth of the memory and of the time to compare."""
    places = places or (sources.DEFAULT,)
    files = sources.find([place for place in places if place != lab_report.NAME])
    parts = []
    for part in _parts(files, track):
        _hand_over(part.bad, on_bad)
        parts.append(part)
    runs = [own for part in parts for own in part.runs]
    tables = [table for part in parts for table in part.tables]
    sizes = [*(sum(own.counts) for own in runs), *(size for part in parts for size in part.sizes)]
    if runs:
        tables.insert(0, archive.encoded(run.frame(runs)))
    if lab_report.NAME in places:
        tables.append(archive.encoded(lab_report.rounds()))
        sizes.append(len(tables[-1]))
    if not tables:
        bad = next(error for part in parts for error in part.bad)
        raise ResultsError(f"no file of results is left to read: {bad}") from bad
    joined = archive.joined(tables)
    del parts, tables
    return _without_copies(archive.frame(joined), np.repeat(np.arange(len(sizes)), sizes))


def save(rounds: pd.DataFrame, place: str) -> None:
    """Write ``rounds`` as one Parquet archive. Raises ResultsError if that cannot be done."""
    if not place.endswith(".parquet"):
        raise ResultsError(f"{place}: an archive is a Parquet file; give a name that ends in .parquet.")
    sources.write(place, archive.content(rounds))


@dataclasses.dataclass(frozen=True)
class _Part:
    """What is in some files: runs of JSON files, archives as one table with the rounds of each, and what is bad."""

    runs: list[run.Run]
    tables: list[pa.Table]
    sizes: list[int]
    bad: list[ResultsError]


def _parts(files: Sequence[sources.File], track: Track) -> Iterator[_Part]:
    """The contents of all ``files`` in their order, read by as many threads as there are cores."""
    batches = [files[first : first + BATCH] for first in range(0, len(files), BATCH)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = pool.map(_part, batches)
        for place, _ in enumerate(track(files)):
            if place % BATCH == 0:
                yield next(parts)


def _part(files: Sequence[sources.File]) -> _Part:
    part = _Part([], [], [], [])
    for file in files:
        try:
            if file.name.endswith(".parquet"):
                part.tables.append(archive.table(file.name, file.read()))
            else:
                part.runs.append(run.read(file.name, file.read()))
        except ResultsError as error:
            part.bad.append(error)
    tables = [archive.joined(part.tables)] if part.tables else []
    return dataclasses.replace(part, tables=tables, sizes=[len(table) for table in part.tables])


def _hand_over(bad: Sequence[ResultsError], on_bad: Callable[[ResultsError], None] | None) -> None:
    for error in bad:
        if on_bad is None:
            raise error
        on_bad(error)


def _without_copies(rounds: pd.DataFrame, files: np.ndarray) -> pd.DataFrame:
    """``rounds`` without those that an earlier file has too; ``files``: the number of each round's file."""
    of_run = pd.Series(files).groupby(rounds["run"], observed=True, dropna=False)
    again = (of_run.transform("min") != of_run.transform("max")).to_numpy()
    if not again.any():
        return rounds
    copies = np.zeros(len(rounds), dtype=bool)
    copies[again] = rounds.loc[again, IDENTITY].duplicated()
    return rounds[~copies].reset_index(drop=True)
