"""Stored runs as one tidy frame, a row a round."""

import contextlib
import gc
from collections.abc import Callable, Iterable, Iterator, Sequence

import pandas as pd

from lab6.analysis import ahead, archive, lab_report, reading, sources
from lab6.analysis.workload import WORKLOAD
from lab6.errors import ResultsError

Track = Callable[[Sequence[sources.File]], Iterable[sources.File]]
"""Passes files on, one by one, and may show how far it got."""


def load(
    *places: str,
    on_bad: Callable[[ResultsError], None] | None = None,
    track: Track = iter,
) -> pd.DataFrame:
    """All rounds in ``places``: files, folders and globs of pytest-benchmark JSON and of Parquet archives.

    Returns a frame with the columns and types of :data:`lab6.analysis.columns.COLUMNS`, a row a round. A place can be
    on another store (``s3://...``, ``gs://...``, ``memory://...``), or ``lab-report``, the numbers that the lab's own
    report gave. A run that is found twice, in a copy or in an archive, counts once. Raises ResultsError where a place
    is missing or empty, and for a file that is damaged, foreign or too new; with ``on_bad``, such a file is handed to
    it instead and left out.
    """
    first: ResultsError | None = None
    own, frames = reading.Frames(), []
    files = sources.find([place for place in places if place != lab_report.NAME])
    with ahead.others(files) as others, _no_collecting():
        for file in track(files):
            try:
                if others.have_read(file):
                    continue
                if file.name.endswith(".parquet"):
                    frames.append(archive.read(file.name, file.read()))
                else:
                    own.add(reading.run(file.name, file.read()))
            except ResultsError as error:
                if on_bad is None:
                    raise
                on_bad(error)
                first = first or error
        frames = own.finished() + others.frames() + frames
    if lab_report.NAME in places:
        frames.append(lab_report.rounds())
    if not frames:
        raise ResultsError(f"no file of results is left to read: {first}") from first
    return _once(frames)


IDENTITY = ["run", *WORKLOAD, "engine", "backend", "device", "batch_size", "round"]
"""What a round is known by: where all of these agree, it is a copy."""


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    """Keep the garbage collector from walking, again and again, through all that was read and stays."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _once(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """One frame of all rounds, less copies."""
    rounds = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0].reset_index(drop=True)
    frames.clear()  # of thousands of runs, each copy takes hundreds of megabytes
    copies = rounds.duplicated(IDENTITY)
    return rounds[~copies].reset_index(drop=True) if copies.any() else rounds


def save(rounds: pd.DataFrame, place: str) -> None:
    """Write ``rounds`` as one Parquet archive. Raises ResultsError where ``place`` cannot be one."""
    if not place.endswith(".parquet"):
        raise ResultsError(f"{place}: an archive is a Parquet file; give a name that ends in .parquet.")
    sources.write(place, archive.content(rounds))
