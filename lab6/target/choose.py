"""Find the table of trials that belongs to measured epochs."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import pandas as pd

from lab6 import trials
from lab6.errors import OptionError
from lab6.store.workload import short
from lab6.trials import FOLDER, WORK, Table, Tried

OPTION = "--steps"
"""The option that names a table."""


def choose(work: Mapping[str, object], named: Path | None = None, own: Path = FOLDER) -> Table | None:
    """The table of trials of ``work``: the one ``named``; else that in the folder ``own``, or one that ships with lab6,
    of several the one with the most trials that reached its lowest target; None if there is none.

    ``work``: of :func:`work_of`. Raises OptionError if the one named is of other work or empty, and ResultsError if a
    table cannot be read.
    """
    if named is not None:
        table = trials.read(named)
        _check(named, table, work)
        return table
    for folder in (own, Path(str(files("lab6.target"))) / "tables"):
        fitting = [table for table in _tables(folder) if table.trials and described(table.tried) == dict(work)]
        if fitting:
            return max(fitting, key=_useful)
    return None


def _useful(table: Table) -> int:
    """How many trials reached the lowest target."""
    return sum(trial.steps_to(table.tried.targets[0]) is not None for trial in table.trials)


def work_of(rounds: pd.DataFrame) -> dict[str, object]:
    """The fields WORK of ``rounds``, a tidy frame of one work; None if unknown or missing."""
    known = {field: rounds[field].dropna() for field in WORK}
    return {field: None if values.empty else values.iloc[0] for field, values in known.items()}


def described(tried: Tried) -> dict[str, object]:
    """The fields WORK of a table, as the tidy frame writes them."""
    texts = {
        "network": tried.model or "-".join(map(str, tried.network or ())),
        "image_shape": " x ".join(map(str, tried.image_shape)) if tried.image_shape else None,
    }
    return {field: texts.get(field, getattr(tried, field)) for field in WORK}


def _tables(folder: Path) -> Iterator[Table]:
    yield from map(trials.read, sorted(folder.glob(f"*{trials.ENDING}")))


def _check(named: Path, table: Table, work: Mapping[str, object]) -> None:
    if not table.trials:
        raise OptionError(f"{OPTION}: {named} holds no trial yet: let lab6 steps finish some, or name another table.")
    theirs = described(table.tried)
    for field in WORK:
        if theirs[field] != work[field]:
            values = ["unknown" if each[field] is None else short(each[field]) for each in (theirs, work)]
            raise OptionError(
                f"{OPTION}: {named} is of other work: {field} is {values[0]} there and {values[1]} in these results; "
                "name a table of the same work, or make one with lab6 steps."
            )
