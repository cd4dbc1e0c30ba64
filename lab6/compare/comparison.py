"""The statistics of machines at the same work: speed-ups; :mod:`lab6.store.cards` explain them.

A process counts once, with the median of its rounds: speed-ups have Welch's 95% interval over the processes of both
machines (:mod:`lab6.store.student`).
"""

import dataclasses
import fnmatch
import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from lab6.errors import OptionError, ResultsError
from lab6.store import lab_report, student
from lab6.store.series import SERIES, UNSAID, series_of
from lab6.store.speedup import Levels, crossings, levels, with_interval
from lab6.store.summary import Summary


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Machines compared with one of them, ``baseline``, a setup.

    ``speedups``: a row for each other series and minibatch size that the baseline has too: SERIES, ``batch_size``,
    ``seconds``, ``baseline_seconds``, ``speedup`` (baseline / own; above 1 is faster) with ``_low`` and ``_high``, its
    95% interval, NaN if a side has fewer than three processes. ``means``: a row for each such series: ``speedup``,
    the geometric mean over ``sizes`` minibatch sizes, with its interval, NaN if fewer than three processes of a side
    have all sizes. ``overtakings``: a row wherever a series and the baseline change places: SERIES, ``smaller``,
    ``larger`` (the measured minibatch sizes on both sides), ``batch_size`` (interpolated), ``then_faster`` (the setup
    that is faster from there on). ``unmatched``: series without a method or size in common with the baseline.
    """

    baseline: str
    speedups: pd.DataFrame
    means: pd.DataFrame
    overtakings: pd.DataFrame
    unmatched: tuple[tuple[str, str], ...]


@functools.lru_cache(maxsize=1)  # for the picture and the page
def compare(summary: Summary, baseline: str | None = None) -> Comparison:
    """Compare all machines with the one that ``baseline`` names (see :func:`choose`), by default the first.

    Raises ResultsError if there is only one machine, OptionError if ``baseline`` names none.
    """
    setups = summary.setups
    if len(setups) < 2:
        raise ResultsError(
            f"{setups[0]} is the only machine in these results: give those of another one too, or lab-report, the "
            "numbers of the lab's own report."
        )
    chosen = choose(setups, baseline)
    each = {series: levels(summary, series) for series in series_of(summary.sizes)}
    pairs = {series: _opposite(series, chosen, each) for series in each if series[0] != chosen}
    compared = {series: other for series, other in pairs.items() if other}
    speedups, means = [], []
    for series, other in compared.items():
        rows, mean = _speedups(summary, series, other, each[series], each[other])
        speedups += rows
        means.append(mean)
    found = pd.DataFrame(speedups, columns=_SPEEDUPS)
    turns = [turn for _, own in found.groupby(SERIES, sort=False) for turn in _overtakings(own, chosen)]
    unmatched = tuple(series for series, other in pairs.items() if not other)
    return Comparison(
        chosen, found, pd.DataFrame(means, columns=_MEANS), pd.DataFrame(turns, columns=_OVERTAKINGS), unmatched
    )


_SPEEDUPS = [*SERIES, "batch_size", "seconds", "baseline_seconds", "speedup", "speedup_low", "speedup_high"]
_MEANS = [*SERIES, "sizes", "speedup", "speedup_low", "speedup_high"]
_OVERTAKINGS = [*SERIES, "smaller", "larger", "batch_size", "then_faster"]


def choose(setups: list[str], baseline: str | None) -> str:
    """The setup that ``baseline`` names: in full, with ``*`` and ``?``, or by a unique part. Raises OptionError."""
    if baseline is None:
        return setups[0]
    wanted = (lab_report.MACHINE if baseline == lab_report.NAME else baseline).lower()
    for pattern in (wanted, f"*{wanted}*"):
        found = [setup for setup in setups if setup.lower() == wanted or fnmatch.fnmatchcase(setup.lower(), pattern)]
        if len(found) == 1:
            return found[0]
    named = "; ".join((found or setups)[:8])
    problem = "names several machines" if found else "is not a machine in these results"
    raise OptionError(f"--baseline: {baseline!r} {problem}; give one of: {named}.")


def few_processes(summary: Summary) -> bool:
    """Whether a minibatch size of a series has too few processes for an interval."""
    return bool((summary.sizes["processes"] < student.LEAST_PROCESSES).any())


def _opposite(
    series: tuple[str, str], baseline: str, all_series: dict[tuple[str, str], Levels]
) -> tuple[str, str] | None:
    """The baseline's series to compare with: of the same method, or of an unknown one."""
    for method in (series[1], UNSAID):
        other = (baseline, method)
        if other in all_series and set(all_series[other].sizes) & set(all_series[series].sizes):
            return other
    return None


def _speedups(
    summary: Summary, series: tuple[str, str], other: tuple[str, str], own: Levels, others: Levels
) -> tuple[list[tuple[Any, ...]], tuple[Any, ...]]:
    """The rows of ``speedups`` and of ``means`` for one series."""
    seconds, baselines = (summary.of(*one)["seconds"].to_dict() for one in (series, other))
    sizes = [size for size in own.sizes if size in others.sizes]
    ratios = [baselines[size] / seconds[size] for size in sizes]
    rows: list[tuple[Any, ...]] = [
        (*series, size, seconds[size], baselines[size], *with_interval(ratio, others.at([size]), own.at([size])))
        for size, ratio in zip(sizes, ratios, strict=True)
    ]
    mean = float(np.exp(np.log(ratios).mean()))
    return rows, (*series, len(sizes), *with_interval(mean, others.at(sizes), own.at(sizes)))


def _overtakings(speedups: pd.DataFrame, baseline: str) -> Iterator[tuple[object, ...]]:
    """Where the faster of two becomes the slower, for the speed-ups of one series."""
    for smaller, larger, about, then_faster in crossings(speedups):
        (setup, method) = speedups[SERIES].iloc[0]
        yield setup, method, smaller, larger, about, setup if then_faster else baseline
