"""Find saved runs by name or number."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from lab6.errors import ResultsError
from lab6.store.sources import DEFAULT

NAME = re.compile(r"(\d{4,})_(.*)\.json", re.DOTALL)
"""A saved run: its number, and the name given to ``--benchmark-save``."""

CHECK_OUT_SECONDS = 60.0


def runs(name: str, folder: Path) -> list[Path]:
    """The files in ``folder`` itself that were saved as ``name``, or under that number; runs can share a name."""
    paths = sorted(folder.glob("*.json"), key=lambda path: (len(path.name.partition("_")[0]), path.name))
    found = [(path, NAME.fullmatch(path.name)) for path in paths]
    return [path for path, parts in found if parts and (name in (parts[1], parts[2]) or _is_number(name, parts[1]))]


def places(side: str, place: str) -> Sequence[str]:
    """``place`` itself, or the runs in ``results/`` that were saved under that name. Raises ResultsError.

    If several machines have such a run, the one counts whose folder was written to last: in a clone with committed
    results, that is this machine.

    ``side``: what messages call the place.
    """
    there = os.path.exists(place)  # noqa: PTH110  # Path's raises for a long name
    if there or any(mark in place for mark in "*?/\\") or place.endswith((".json", ".parquet")):
        return [place]
    root = Path(DEFAULT)
    folders = {folder: runs(place, folder) for folder in sorted(root.glob("*/"))}
    having = _last_written([folder for folder, paths in folders.items() if paths])
    if len(having) > 1:
        raise ResultsError(
            f"{side}: several machines have a run {place!r} ({', '.join(map(str, having[:4]))}): give its file, "
            f"such as {folders[having[0]][0]}."
        )
    found = [str(path) for path in folders[having[0]]] if having else []
    if not found:
        raise ResultsError(
            f"{side}: there is no file or folder {place!r}, and no run of that name or number in {root}; measure one "
            f"with pytest benchmarks --benchmark-save={place}, or give a place of results."
        )
    return found


def _is_number(name: str, number: str) -> bool:
    return name.isdecimal() and int(name) == int(number)


def _last_written(folders: list[Path]) -> list[Path]:
    """The folder with the newest file, if it is newer than those of the others by more than a check-out takes."""
    newest = {folder: max(path.stat().st_mtime for path in folder.glob("*.json")) for folder in folders}
    latest = max(newest.values(), default=0.0)
    return [folder for folder in folders if newest[folder] >= latest - CHECK_OUT_SECONDS]
