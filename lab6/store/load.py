"""Load saved runs into one tidy frame, and save it as an archive."""

from collections.abc import Callable, Iterable, Sequence

import pandas as pd

from lab6.errors import ResultsError
from lab6.store import archive, lab_report, run, sources
from lab6.store.run import KEY

Track = Callable[[Sequence[sources.File]], Iterable[sources.File]]
"""Yields the given files one by one, and may show the progress."""

IDENTITY = ["run", *KEY, "round"]
"""Rounds that agree in all of these are copies."""


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
    places = places or (sources.DEFAULT,)
    bad: list[ResultsError] = []
    runs: list[run.Run] = []
    frames: list[pd.DataFrame] = []
    for file in track(sources.find([place for place in places if place != lab_report.NAME])):
        try:
            if file.name.endswith(".parquet"):
                frames.append(archive.read(file.name, file.read()))
            else:
                runs.append(run.read(file.name, file.read()))
        except ResultsError as error:
            if on_bad is None:
                raise
            on_bad(error)
            bad.append(error)
    if runs:
        frames.insert(0, run.frame(runs))
    if lab_report.NAME in places:
        frames.append(lab_report.rounds())
    if not frames:
        raise ResultsError(f"no file of results is left to read: {bad[0]}") from bad[0]
    rounds = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    return rounds[~rounds.duplicated(IDENTITY)].reset_index(drop=True)


def save(rounds: pd.DataFrame, place: str) -> None:
    """Write ``rounds`` as one Parquet archive. Raises ResultsError if that cannot be done."""
    if not place.endswith(".parquet"):
        raise ResultsError(f"{place}: an archive is a Parquet file; give a name that ends in .parquet.")
    sources.write(place, archive.content(rounds))
