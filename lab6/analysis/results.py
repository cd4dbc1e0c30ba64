"""Stored runs as one tidy frame, a row a round."""

from collections.abc import Callable, Iterable, Sequence

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
    runs: dict[str, reading.Run] = {}
    first: ResultsError | None = None
    frames = []
    files = sources.find([place for place in places if place != lab_report.NAME])
    with ahead.others(files) as others:
        for file in track(files):
            try:
                if others.have_read(file):
                    continue
                if file.name.endswith(".parquet"):
                    frames.append(archive.read(file.name, file.read()))
                else:
                    run = reading.run(file.name, file.read())
                    runs.setdefault(run.name, run)
            except ResultsError as error:
                if on_bad is None:
                    raise
                on_bad(error)
                first = first or error
        frames = others.frames() + frames
    if runs:
        frames.insert(0, reading.frame(runs.values()))
    if lab_report.NAME in places:
        frames.append(lab_report.rounds())
    if not frames:
        raise ResultsError(f"no file of results is left to read: {first}") from first
    return _once(frames)


IDENTITY = ["run", *WORKLOAD, "engine", "backend", "device", "batch_size", "round"]
"""What a round is known by: where all of these agree, it is a copy."""


def _once(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """One frame of all rounds, less copies."""
    rounds = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    return rounds.drop_duplicates(IDENTITY, ignore_index=True)


def save(rounds: pd.DataFrame, place: str) -> None:
    """Write ``rounds`` as one Parquet archive. Raises ResultsError where ``place`` cannot be one."""
    if not place.endswith(".parquet"):
        raise ResultsError(f"{place}: an archive is a Parquet file; give a name that ends in .parquet.")
    sources.write(place, archive.content(rounds))
