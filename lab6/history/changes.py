"""Changes of versions, settings and code from one run to the next."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from lab6 import settings
from lab6.history.runs import CHANGING
from lab6.render.table import Row
from lab6.store.columns import TIME
from lab6.store.series import UNITS

COMMIT = 7
"""Characters of a commit that are shown."""


def between(earlier: Row, later: Row) -> list[str]:
    """What changed from a run to a later one, such as ``TensorFlow 2.20.0 became 2.21.0``, one text a change.

    What one of the two does not say did not change.
    """
    fields = ("lab6_version", "versions", "gpus", "settings", "inter_op_threads")
    found = [text for field in fields for text in _field(field, earlier[field], later[field])]
    return [*found, *_code(earlier, later)]


def marks(panel: pd.DataFrame) -> pd.DataFrame:
    """Every change along the runs of one panel: ``measured_at``, of the first run with it; ``what``; ``code``, whether
    only the commit changed."""
    rows = []
    same = panel.groupby(CHANGING, sort=False, dropna=False).ngroup()
    places = np.flatnonzero(same.diff().fillna(0).to_numpy())
    earlier_runs, later_runs = (panel.iloc[own].to_dict("records") for own in (places - 1, places))
    for earlier, later in zip(earlier_runs, later_runs, strict=True):
        code = _code(earlier, later)
        rows += [(later["measured_at"], what, what in code) for what in between(earlier, later)]
    found = pd.DataFrame(rows, columns=["measured_at", "what", "code"])
    return found.astype({"measured_at": TIME, "code": bool})


def _field(field: str, earlier: Any, later: Any) -> Iterator[str]:
    if pd.isna(earlier) or pd.isna(later) or earlier == later:
        return
    if field in UNITS:
        yield f"{UNITS[field].removeprefix('of ')} {earlier} became {later}"
        return
    old, new = (_named(text, field) for text in (earlier, later))
    for name in (*old, *(name for name in new if name not in old)):
        if old.get(name) != new.get(name):
            yield _became(name, old.get(name), new.get(name), "=" if field == "settings" else " ")


def _named(text: str, field: str) -> dict[str, str]:
    """The values of ``Python 3.11.7``, ``A GPU (driver 570.1)`` or ``OMP_NUM_THREADS=1`` by their names."""
    if field == "settings":
        return settings.split(text)
    if field == "gpus":
        parts = (part.partition(" (driver ") for part in filter(None, text.split("; ")))
        return {f"driver of {name}": driver.rstrip(")") for name, _, driver in parts}
    return {name: version for name, _, version in (part.rpartition(" ") for part in text.split(", "))}


def _became(name: str, old: str | None, new: str | None, joint: str) -> str:
    if old is None:
        return f"{name}{joint}{new} was added"
    return f"{name}{joint}{old} was removed" if new is None else f"{name}{joint}{old} became {new}"


def _code(earlier: Row, later: Row) -> list[str]:
    """The change of the commit, if both are known; a tree with changes of its own is another one than its commit."""
    states = [(run["commit"], bool(run["dirty"]) if pd.notna(run["dirty"]) else False) for run in (earlier, later)]
    if any(pd.isna(commit) for commit, _ in states) or states[0] == states[1]:
        return []
    old, new = (f"{commit[:COMMIT]}{' with changes' if dirty else ''}" for commit, dirty in states)
    return [f"commit {old} became {new}"]
