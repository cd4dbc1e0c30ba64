"""The statistics of more threads and workers: speed-ups, efficiency, and the minibatch sizes at which they pay.

Efficiency is speed-up / (how many times as many threads or workers), as in D. Eager, J. Zahorjan and E. Lazowska,
"Speedup Versus Efficiency in Parallel Systems", IEEE Transactions on Computers 38, 1989. A process counts once;
intervals are Welch's (:mod:`lab6.store.student`).
"""

import dataclasses
import itertools
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from lab6.scaling.prediction import exchanges
from lab6.store.cards import images
from lab6.store.series import SERIES
from lab6.store.speedup import crossings, levels, with_interval
from lab6.store.summary import Summary
from lab6.store.teams import WAY, teams

THREADS, WORKERS, PROCESS = "threads", "workers", "one process"
"""What a series is compared with: fewer threads; fewer workers of as many threads; one process with as many cores."""

ALWAYS, NEVER, FROM, ONLY, UNKNOWN = "always", "never", "from", "only", "unknown"
"""At which measured minibatch sizes more pay: at all; at none; from one on; at some; unknown without intervals."""

PAIR = [*SERIES, "kind", "way", "threads", "workers", "hosts", "base_method", "base_threads", "base_workers", "factor"]


@dataclasses.dataclass(frozen=True)
class Scaling:
    """What more threads and workers bring.

    ``speedups``: a row for each pair of series and minibatch size that both have: PAIR; ``batch_size``; ``seconds``
    and ``base_seconds`` of an epoch; ``speedup`` (base / own) with ``_low`` and ``_high``, its 95% interval, NaN if a
    side has fewer than three processes; ``efficiency`` (speed-up / factor). ``gains``: a row for each pair: PAIR; the
    row of ``speedups`` with the largest one; ``pays``, of ALWAYS and so on; ``paying``, the minibatch sizes at which
    they certainly pay; with FROM, ``from_size``, from which on, interpolated if a smaller measured size,
    ``smaller``, is certainly slower, and otherwise the measured size itself.

    ``exchanges``: see :func:`lab6.scaling.prediction.exchanges`. ``images``: of an epoch.

    PAIR: SERIES; ``kind``, of THREADS and so on; ``way``, ``threads``, ``workers``, ``hosts``: see
    :func:`lab6.store.teams.teams`; ``base_``: the same of the series that it is compared with; ``factor``: how many
    times as many threads or workers, 1 for PROCESS.
    """

    speedups: pd.DataFrame
    gains: pd.DataFrame
    exchanges: pd.DataFrame
    images: int

    @property
    def setups(self) -> list[str]:
        """The machines."""
        return list(self.gains["setup"].drop_duplicates())

    def of(self, setup: str) -> "Scaling":
        """The same of one machine."""
        every = (self.speedups, self.gains, self.exchanges)
        speedups, gains, exchanges = (frame[frame["setup"] == setup] for frame in every)
        return Scaling(speedups, gains, exchanges, self.images)


def scale(summary: Summary) -> Scaling | None:
    """What more threads and workers bring; None if nothing was measured with several numbers of them."""
    found = [own for pair in _pairs(teams(summary.rounds)) if (own := list(_speedups(summary, pair)))]
    if not found:
        return None
    gains = pd.DataFrame([_gain(own) for own in found]).astype({"from_size": "Int64", "smaller": "Int64"})
    return Scaling(pd.DataFrame([row for own in found for row in own]), gains, exchanges(summary), images(summary))


def _pairs(members: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The series to compare, as PAIR. ``members``: see :func:`lab6.store.teams.teams`."""
    ways: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for own in members.to_dict("records"):
        ways.setdefault(tuple(own[name] for name in WAY), []).append(own)
    for alike in ways.values():
        alike.sort(key=operator.itemgetter("threads", "workers", "hosts"))
        alone = [own for own in alike if own["workers"] == 1]
        together = [own for own in alike if own["workers"] > 1]
        yield from _over_the_first(THREADS, alone, "threads")
        for _, same in itertools.groupby(alike, key=operator.itemgetter("threads")):
            yield from _over_the_first(WORKERS, list(same), "workers")
        for team, base in itertools.product(together, alone):
            if team["hosts"] == 1 and base["threads"] == team["threads"] * team["workers"] > 0:
                yield _pair(PROCESS, team, base, 1.0)


def _over_the_first(kind: str, own: list[dict[str, Any]], number: str) -> Iterator[dict[str, Any]]:
    """The pairs of the first of ``own`` and those that have more of what ``number`` counts."""
    for other in own[1:]:
        if other[number] > own[0][number] > 0:
            yield _pair(kind, other, own[0], other[number] / own[0][number])


def _pair(kind: str, own: dict[str, Any], base: dict[str, Any], factor: float) -> dict[str, Any]:
    compared = {f"base_{name}": base[name] for name in ("method", "threads", "workers")}
    return {name: (own | compared | {"kind": kind, "factor": factor})[name] for name in PAIR}


def _speedups(summary: Summary, pair: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of ``speedups`` of one pair."""
    series, base = ((str(pair["setup"]), str(pair[name])) for name in ("method", "base_method"))
    seconds, others = (summary.of(*one)["seconds"].to_dict() for one in (series, base))
    own, bases = (levels(summary, one) for one in (series, base))
    for size in sorted(seconds.keys() & others.keys()):
        ratio, low, high = with_interval(others[size] / seconds[size], bases.at([size]), own.at([size]))
        times = {"batch_size": size, "seconds": seconds[size], "base_seconds": others[size]}
        ratios = {"speedup": ratio, "speedup_low": low, "speedup_high": high, "efficiency": ratio / pair["factor"]}
        yield pair | times | ratios


def _gain(speedups: list[dict[str, Any]]) -> dict[str, Any]:
    """The row of ``gains`` of one pair, from its rows of ``speedups``."""
    sizes = [row["batch_size"] for row in speedups]
    paying = tuple(row["batch_size"] for row in speedups if row["speedup_low"] > 1)
    last = next((place for place in range(len(sizes), 0, -1) if sizes[place - 1] not in paying), 0)  # then all pay
    best = max(speedups, key=lambda row: row["speedup"])
    found = best | {"paying": paying, "pays": ONLY, "from_size": pd.NA, "smaller": pd.NA}
    if not np.isfinite([row["speedup_low"] for row in speedups]).any():
        return found | {"pays": UNKNOWN}
    if not paying or not last:
        return found | {"pays": ALWAYS if paying else NEVER}
    if last == len(sizes):
        return found
    turns = crossings(pd.DataFrame(speedups)) if any(row["speedup_high"] < 1 for row in speedups) else ()
    at = [(about, smaller) for smaller, larger, about, _ in turns if larger == sizes[last]]
    about, smaller = at[0] if at else (sizes[last], pd.NA)
    return found | {"pays": FROM, "from_size": about, "smaller": smaller}
