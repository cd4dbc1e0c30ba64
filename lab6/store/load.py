"""Load saved runs into one tidy frame, and save it as an archive."""

import dataclasses
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from lab6 import paths
from lab6.errors import ResultsError, SharedFileError
from lab6.store import archive, files, lab_report, run, shared, sources
from lab6.store import columns as tidy
from lab6.store.columns import COLUMNS
from lab6.store.run import KEY

Track = Callable[[Sequence[sources.File]], Iterable[sources.File]]
"""Yields the given files one by one, and may show the progress."""

OnBad = Callable[[ResultsError], None]
"""Takes the error of a file that cannot be used, and returns if the file is to be left out."""

Keep = Callable[[pd.DataFrame], pd.Series]
"""Takes a frame of :data:`lab6.store.newest.NEEDED`, and says of each row whether such rounds are kept (rows,)."""

IDENTITY = ["run", *KEY, "round"]
"""Rounds that agree in all of these are copies."""

BATCH = 64
"""The most files that are read and put together at a time."""

MANY = 100
"""Archives; as many are read at once, which takes less time."""

WAITING = 16
"""Threads that read from another store, where most of the time is waiting; here there are as many as cores."""


def load(
    *places: str,
    on_bad: OnBad | None = None,
    track: Track = iter,
    conditions: Sequence[str] = (),
    columns: Collection[str] = tuple(COLUMNS),
) -> pd.DataFrame:
    """All rounds in ``places``, by default ``results``: files, folders and globs of JSON files and Parquet archives.

    Returns a frame with the columns and types of :data:`lab6.store.columns.COLUMNS`, a row a round. A place can be on
    another store (``s3://...``, ``gs://...``, ``memory://...``), or ``lab-report``, the numbers of the lab's own
    report. A run that is found twice, as a copy or in an archive, counts once. Raises ResultsError if a place is
    missing or empty, and for a file that is damaged, foreign or too new; with ``on_bad``, such a file is passed to it
    as that error (a SharedFileError if the file is in a shared data set) and left out.

    ``conditions``: what may be left out, since :func:`lab6.store.workload.where` will pick by these; if nothing can
    meet them, more is read, for its message. ``columns``: those that are needed; they come with IDENTITY.
    """
    found = encoded(*places, on_bad=on_bad, track=track, conditions=conditions, columns=columns)
    return tidy.plain(found, list(found))


def encoded(
    *places: str,
    on_bad: OnBad | None = None,
    track: Track = iter,
    conditions: Sequence[str] = (),
    columns: Collection[str] = tuple(COLUMNS),
    keep: Keep | None = None,
) -> pd.DataFrame:
    """The same with texts as categories, which take a tenth of the memory and of the time to compare.

    ``keep``: what it refuses may be left out; it is asked only if that saves time.
    """
    places = places or (sources.DEFAULT,)
    wanted = shared.Wanted(conditions, [*columns, *IDENTITY])
    part = sources.again(partial(_read, places, wanted, on_bad is None, track, keep))
    for error in part.bad:
        if on_bad is not None:  # otherwise the first was raised
            on_bad(error)
    if not part.tables:
        raise ResultsError(f"no file of results is left to read: {part.bad[0]}" if part.bad else wanted.refusal())
    joined, file = archive.joined(part.tables), np.repeat(np.arange(len(part.sizes)), part.sizes)
    del part
    fewer = [condition for condition in conditions if condition.startswith(shared.OF_FOLDERS)]
    if not len(joined) and len(fewer) < len(conditions):
        return encoded(*places, on_bad=on_bad, track=track, conditions=fewer, columns=wanted.columns)
    return _without_copies(archive.frame(joined), file)


def save(rounds: pd.DataFrame, place: str) -> None:
    """Write ``rounds`` as one Parquet archive. Raises ResultsError if that cannot be done."""
    if not place.endswith(".parquet"):
        raise ResultsError(f"{place}: an archive is a Parquet file; give a name that ends in .parquet.")
    files.write(place, archive.content(rounds))


def leaving_out(bad: list[ResultsError], skip_bad: bool) -> OnBad:
    """Collects in ``bad`` the errors of files of shared data sets, and with ``skip_bad`` of all; raises others."""

    def collect(error: ResultsError) -> None:
        if not skip_bad and not isinstance(error, SharedFileError):
            raise error
        bad.append(error)

    return collect


@dataclasses.dataclass(frozen=True)
class _Part:
    """What is in some files: ``runs`` of JSON files, ``tables`` of rounds with the ``sizes`` of each file, and ``bad``,
    the errors of others."""

    runs: list[run.Run] = dataclasses.field(default_factory=list)
    tables: list[pa.Table] = dataclasses.field(default_factory=list)
    sizes: list[int] = dataclasses.field(default_factory=list)
    bad: list[ResultsError] = dataclasses.field(default_factory=list)


def _read(places: Sequence[str], wanted: shared.Wanted, strict: bool, track: Track, keep: Keep | None) -> _Part:
    """The rounds of all JSON files, archives and the lab report, as far as there are any, and the errors of files that
    cannot be used, of which the first is raised if ``strict``."""
    found = sources.find([place for place in places if place != lab_report.NAME], wanted.folder)
    read = _Part()
    for part in _contents(found, wanted, track, None if lab_report.NAME in places else keep):
        if raised := [error for error in part.bad if strict or isinstance(error, sources.GoneError)]:
            raise raised[0]
        for field in dataclasses.fields(_Part):
            getattr(read, field.name).extend(getattr(part, field.name))
    if read.runs:
        read.tables.insert(0, archive.encoded(run.frame(read.runs)).select(wanted.columns))
        read.sizes[:0] = [sum(own.counts) for own in read.runs]
    if lab_report.NAME in places:
        read.tables.append(archive.encoded(lab_report.rounds()).select(wanted.columns))
        read.sizes.append(len(read.tables[-1]))
    return read


def _contents(found: Sequence[sources.File], wanted: shared.Wanted, track: Track, keep: Keep | None) -> Iterator[_Part]:
    """The contents of all files: of many archives at once, if that can be, and of others in their order."""
    archives = [file for file in found if file.name.endswith(".parquet")]
    if len(archives) >= MANY and (part := _at_once(archives, wanted, track, keep if archives == found else None)):
        yield part
        found = [file for file in found if not file.name.endswith(".parquet")]
    if found:
        yield from _parts(found, wanted, track)


def _at_once(archives: Sequence[sources.File], wanted: shared.Wanted, track: Track, keep: Keep | None) -> _Part | None:
    """The contents of many archives on this machine, in their order; None if they have to be read one by one."""
    from lab6.store import engine  # to import DuckDB takes 0.1 s

    if not all(engine.takes(file.key) for file in archives):
        return None
    bad: dict[str, ResultsError] = {}
    for file in track(archives):
        try:
            archive.whole(file.name, file.read())
        except ResultsError as error:
            bad[file.key] = _error(file, error)
    whole = [file for file in archives if file.key not in bad]
    try:
        found = engine.read([file.key for file in whole], wanted, keep)
    except (engine.Error, ResultsError):  # they do not say which file it is
        return None
    others = [whole[place] for place in found.unread]
    unread = _part(others, wanted)
    if unread.tables:
        return None
    bad |= zip((file.key for file in others), unread.bad, strict=True)
    sizes = np.bincount(found.files, minlength=len(whole)).tolist()
    return _Part(tables=[found.table], sizes=sizes, bad=[bad[file.key] for file in archives if file.key in bad])


def _parts(found: Sequence[sources.File], wanted: shared.Wanted, track: Track) -> Iterator[_Part]:
    """The contents of all files in their order, read by several threads."""
    threads = WAITING if found and paths.is_address(found[0].key) else os.cpu_count() or 1
    batch = min(BATCH, -(-len(found) // threads)) or 1
    batches = [found[first : first + batch] for first in range(0, len(found), batch)]
    pool = ThreadPoolExecutor(threads)
    try:
        tracked = track(found)
        parts = pool.map(partial(_part, wanted=wanted), batches)
        for place, _ in enumerate(tracked):
            if place % batch == 0:
                yield next(parts)
    finally:
        pool.shutdown(cancel_futures=True)


def _part(found: Sequence[sources.File], wanted: shared.Wanted) -> _Part:
    part = _Part()
    for file in found:
        try:
            if file.name.endswith(".parquet"):
                part.tables.append(wanted.rows(archive.table(file.name, file.read(), wanted.columns)))
            else:
                part.runs.append(run.read(file.name, file.read()))
        except ResultsError as error:
            part.bad.append(_error(file, error))
    tables = [archive.joined(part.tables)] if part.tables else []
    return dataclasses.replace(part, tables=tables, sizes=[len(table) for table in part.tables])


def _error(file: sources.File, error: ResultsError) -> ResultsError:
    """The error of a file, as it concerns a reader: only in a shared data set do others delete or damage files."""
    gone, is_shared = isinstance(error, sources.GoneError), shared.holds(file.key)
    if gone == is_shared:
        return error
    return SharedFileError(str(error)) if is_shared else ResultsError(str(error))


def _without_copies(rounds: pd.DataFrame, files: np.ndarray) -> pd.DataFrame:
    """``rounds`` without those that an earlier file has too; ``files``: the number of each round's file."""
    of_run = pd.Series(files).groupby(rounds["run"], observed=True, dropna=False)
    again = (of_run.transform("min") != of_run.transform("max")).to_numpy()
    if not again.any():
        return rounds
    copies = np.zeros(len(rounds), dtype=bool)
    copies[again] = rounds.loc[again, IDENTITY].duplicated()
    return rounds[~copies].reset_index(drop=True)
