"""The history of one machine: its runs, the shifts of their level, and what changed then."""

import dataclasses
import itertools
import math
from typing import Any

import pandas as pd

from lab6.history import changes, runs, shifts
from lab6.history.runs import PANEL
from lab6.render.table import records
from lab6.store.summary import Summary

Panel = tuple[str, int]


@dataclasses.dataclass(frozen=True)
class History:
    """``machine``: its label. ``runs``: see :func:`lab6.history.runs.observations`.

    ``segments``: a row for each stretch of one level, in order of panels and time: PANEL; ``begins`` and ``ends``, when
    its first and last run ended; ``seconds``, the geometric mean of its days; ``days``, how many. ``shifts``: a row for
    each confirmed shift, the oldest first: PANEL; ``since``, when the first run after it ended; ``unsure``, whether it
    can have been at another place, and ``earliest`` and ``latest``, when the runs ended between which it happened;
    ``change`` with ``_low`` and ``_high``, its 95% interval, relative; ``what``, a list of what changed between these
    two runs. ``changes``: every change of versions, settings and code: ``methods``, ``measured_at``, ``what``, ``code``
    (whether it is the commit that changed).
    """

    machine: str
    runs: pd.DataFrame
    segments: pd.DataFrame
    shifts: pd.DataFrame
    changes: pd.DataFrame

    @property
    def panels(self) -> list[Panel]:
        """Methods and minibatch sizes, in the order of ``runs``."""
        return list(self.runs[PANEL].drop_duplicates().itertuples(index=False, name=None))

    def of(self, frame: pd.DataFrame, panel: Panel) -> pd.DataFrame:
        """The rows of a frame that belong to a panel."""
        return frame[(frame["method"] == panel[0]) & (frame["batch_size"] == panel[1])]


SEGMENTS = [*PANEL, "begins", "ends", "seconds", "days"]
SHIFTS = [*PANEL, "since", "unsure", "earliest", "latest", "change", "change_low", "change_high", "what"]


def history(summary: Summary, setup: str) -> History | None:
    """The history of the machine of ``setup``; None if it was measured on too few days (runs.LEAST_DAYS)."""
    observed = runs.observations(summary.rounds, setup)
    if observed.empty:
        return None
    panels = {panel: runs.days(own) for panel, own in observed.groupby(PANEL, sort=False)}
    tests = sum(shifts.places(len(days)) for days in panels.values())
    segments: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for (method, size), days in panels.items():
        own = shifts.shifts(days["level"].to_numpy(dtype=float), max(tests, 1))
        named = {"method": method, "batch_size": int(size)}
        segments += [named | segment for segment in _segments(days, own)]
        found += [named | _shift(days, shift) for shift in own]
    ordered = pd.DataFrame(found, columns=SHIFTS).sort_values("since", kind="stable", ignore_index=True)
    machine = str(summary.rounds.loc[summary.rounds["setup"] == setup, "machine"].iloc[0])
    return History(machine, observed, pd.DataFrame(segments, columns=SEGMENTS), ordered, _changes(observed))


def document(found: History) -> dict[str, Any]:
    """The history as values for JSON, None for unknown ones. Times of day in ISO 8601, UTC."""
    told = records(_dated(found.shifts), leave_out=["what"])
    return {
        "machine": found.machine,
        "runs": records(_dated(found.runs[[*PANEL, "run", "measured_at", "seconds", "processes", "disturbed"]])),
        "segments": records(_dated(found.segments)),
        "shifts": [row | {"what": what} for row, what in zip(told, found.shifts["what"], strict=True)],
        "changes": records(_dated(found.changes)),
    }


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with times as text."""
    times = frame.select_dtypes("datetimetz")
    return frame.assign(**{name: times[name].map(pd.Timestamp.isoformat).astype("object") for name in times})


def _segments(days: pd.DataFrame, own: list[shifts.Shift]) -> list[dict[str, Any]]:
    bounds = [0, *(shift.start for shift in own), len(days)]
    parts = [days.iloc[start:end] for start, end in itertools.pairwise(bounds)]
    return [
        {
            "begins": part["measured_at"].iloc[0],
            "ends": part["measured_at"].iloc[-1],
            "seconds": math.exp(part["level"].mean()),
            "days": len(part),
        }
        for part in parts
    ]


def _shift(days: pd.DataFrame, shift: shifts.Shift) -> dict[str, Any]:
    times = days["measured_at"]
    return {
        "since": times.iloc[shift.start],
        "unsure": shift.first < shift.last,
        "earliest": times.iloc[shift.first - 1],
        "latest": times.iloc[shift.last],
        "change": shift.change,
        "change_low": shift.low,
        "change_high": shift.high,
        "what": changes.between(*days.iloc[[shift.first - 1, shift.last]].to_dict("records")),
    }


def _changes(observed: pd.DataFrame) -> pd.DataFrame:
    """The changes along the runs of each method; one that several methods have on one day counts once."""
    whole = observed.drop_duplicates(["method", "run"])
    found = [
        changes.marks(own.sort_values("measured_at")).assign(methods=method)
        for method, own in whole.groupby("method", sort=False)
    ]
    every = pd.concat(found, ignore_index=True).sort_values("measured_at", kind="stable")
    grouped = every.groupby([every["measured_at"].dt.floor("D").rename("day"), "what"], sort=False)
    first = grouped[["measured_at", "code"]].first().reset_index(level="what")
    methods = grouped["methods"].agg(lambda own: ", ".join(dict.fromkeys(own)))
    return first.assign(methods=methods.to_numpy())[["methods", "measured_at", "what", "code"]].reset_index(drop=True)
