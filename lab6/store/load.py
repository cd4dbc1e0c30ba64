"""Load saved runs into one tidy frame, and save it as an archive."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pandas as pd
import pyarrow as pa

from lab6.errors import ResultsError, SharedFileError
from lab6.store import archive, files, lab_report, run, shared, sources
from lab6.store.columns import COLUMNS
from lab6.store.run import KEY

Track = Callable[[Sequence[sources.File]], Iterable[sources.File]]
"""Yields the given files one by one, and may show the progress."""

OnBad = Callable[[ResultsError], None]
"""Takes the error of a file that cannot be used, and returns if the file is to be left out."""

IDENTITY = ["run", *KEY, "round"]
"""Rounds that agree in all of these are copies."""

THREADS = 8
"""Files that are read at a time; on another store, most of the time is waiting."""


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
    places = places or (sources.DEFAULT,)
    wanted = shared.Wanted(conditions, [*columns, *IDENTITY])
    frames, bad = sources.again(partial(_frames, places, wanted, on_bad is None, track))
    for error in bad:
        assert on_bad is not None
        on_bad(error)
    if not frames:
        raise ResultsError(f"no file of results is left to read: {bad[0]}" if bad else wanted.refusal())
    rounds = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    if rounds.empty:
        fewer = [condition for condition in conditions if condition.startswith(shared.OF_FOLDERS)]
        if len(fewer) < len(conditions):
            return load(*places, on_bad=on_bad, track=track, conditions=fewer, columns=wanted.columns)
    return rounds[~rounds.duplicated(IDENTITY)].reset_index(drop=True)


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


def _frames(
    places: Sequence[str], wanted: shared.Wanted, strict: bool, track: Track
) -> tuple[list[pd.DataFrame], list[ResultsError]]:
    """The frames of the JSON files, of the archives and of the lab report, as far as there are any; and the errors of
    files that cannot be used, of which the first is raised if ``strict``."""
    found = sources.find([place for place in places if place != lab_report.NAME], wanted.folder)
    bad: list[ResultsError] = []
    runs: list[run.Run] = []
    tables: list[pa.Table] = []
    for file, content in _contents(found, wanted, track):
        if isinstance(content, run.Run):
            runs.append(content)
        elif isinstance(content, pa.Table):
            tables.append(content)
        else:
            bad.append(_error(file, content))
            if strict or isinstance(bad[-1], sources.GoneError):
                raise bad[-1]
    frames = [run.frame(runs)[wanted.columns]] if runs else []
    frames += [archive.frame(tables)] if tables else []
    frames += [lab_report.rounds()[wanted.columns]] if lab_report.NAME in places else []
    return frames, bad


def _error(file: sources.File, error: ResultsError) -> ResultsError:
    """The error of a file, as it concerns a reader: only in a shared data set do others delete or damage files."""
    gone, is_shared = isinstance(error, sources.GoneError), shared.holds(file.key)
    if gone == is_shared:
        return error
    return SharedFileError(str(error)) if is_shared else ResultsError(str(error))


def _contents(
    found: Sequence[sources.File], wanted: shared.Wanted, track: Track
) -> Iterator[tuple[sources.File, run.Run | pa.Table | ResultsError]]:
    """Each file with what it holds, or why that cannot be read."""
    pool = ThreadPoolExecutor(THREADS)
    try:
        yield from zip(track(found), pool.map(partial(_content, wanted=wanted), found), strict=False)
    finally:
        pool.shutdown(cancel_futures=True)


def _content(file: sources.File, wanted: shared.Wanted) -> run.Run | pa.Table | ResultsError:
    try:
        if file.name.endswith(".parquet"):
            return wanted.rows(archive.table(file.name, file.read(), wanted.columns))
        return run.read(file.name, file.read())
    except ResultsError as error:
        return error
