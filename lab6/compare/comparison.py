"""The statistics of machines at the same work: speed-ups, and machine cards that explain them.

A machine's card explains its epochs by two numbers: the time of a step, whatever its size, and the time of an image. It
is fitted by least squares of relative errors, with neither number below 0 (C. Lawson and R. Hanson, "Solving Least
Squares Problems", Prentice-Hall 1974, chapter 23); it is the linear model of overhead and work of R. Hockney, "The
Science of Computer Benchmarking", SIAM 1996.

A process counts once, with the median of its rounds: speed-ups have Welch's 95% interval over the processes of both
machines, cards Student's over the fits of single processes (:mod:`lab6.store.student`).
"""

import dataclasses
import fnmatch
import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lab6.errors import OptionError, ResultsError
from lab6.store import lab_report, student
from lab6.store.samples import Sample
from lab6.store.series import SERIES, UNSAID, series_of
from lab6.store.summary import Summary

MISFIT = 0.2
"""The relative distance of an epoch from the fitted line from which there is a warning."""

Array = npt.NDArray[np.float64]


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
    levels = {series: _levels(summary.sampled(*series)) for series in series_of(summary.sizes)}
    pairs = {series: _opposite(series, chosen, levels) for series in levels if series[0] != chosen}
    compared = {series: other for series, other in pairs.items() if other}
    speedups, means = [], []
    for series, other in compared.items():
        rows, mean = _speedups(summary, series, other, levels[series], levels[other])
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


@functools.lru_cache(maxsize=1)  # for sentences, tables and the picture
def cards(summary: Summary) -> pd.DataFrame:
    """Each series' machine card: seconds = steps x ``seconds_per_step`` + images x ``seconds_per_image``.

    A row for each series: SERIES; the two numbers, each with ``_low`` and ``_high``, the 95% interval; ``worst``: the
    largest relative distance of a measured size from the line, with its sign (measured / fitted - 1), and
    ``worst_size``, its minibatch size. NaN if fewer than two sizes were measured; the intervals if fewer than three
    processes have all sizes; ``worst`` if the line goes exactly through two sizes.
    """
    return pd.DataFrame([_card(summary, series) for series in series_of(summary.sizes)])


def fitted(summary: Summary, cards: pd.DataFrame) -> pd.DataFrame:
    """Each measured size and its card's line: SERIES, ``batch_size``, ``steps_per_epoch``, ``seconds``,
    ``fitted_seconds`` and ``residual`` (seconds / fitted - 1)."""
    kept = [*SERIES, "batch_size", "steps_per_epoch", "seconds"]
    own = summary.sizes[kept].merge(cards, on=SERIES)
    line = own["steps_per_epoch"] * own["seconds_per_step"] + images(summary) * own["seconds_per_image"]
    return own[kept].assign(fitted_seconds=line, residual=own["seconds"] / line - 1)


def few_processes(summary: Summary) -> bool:
    """Whether a minibatch size of a series has too few processes for an interval."""
    return bool((summary.sizes["processes"] < student.LEAST_PROCESSES).any())


def images(summary: Summary) -> int:
    """The images of an epoch."""
    return int(summary.rounds["training_images"].iloc[0])


def fit(steps: Array, images: float, seconds: Array) -> tuple[Array, Array]:
    """Seconds per step and per image, neither negative, for each row of ``seconds`` (rows, sizes); ``steps`` (sizes,),
    of which at least two differ.

    The sums of Cramer's rule and their determinant are summed over pairs of sizes (Lagrange's identity), so that
    nothing cancels: the determinant, a sum of squares, is above 0 for any times.
    """
    x, y = steps / seconds, images / seconds
    step, image, determinant = (np.zeros(len(seconds)) for _ in range(3))
    for apart in range(1, len(steps)):  # the pairs (i, i + apart)
        one, other = np.s_[..., :-apart], np.s_[..., apart:]
        turn = images * (steps[other] - steps[one]) / seconds[one] / seconds[other]  # y_i x_j - x_i y_j
        determinant += (turn * turn).sum(-1)
        step += ((y[one] - y[other]) * turn).sum(-1)
        image += ((x[other] - x[one]) * turn).sum(-1)
    only_step, only_image = x.sum(-1) / (x * x).sum(-1), y.sum(-1) / (y * y).sum(-1)
    fitted_step = np.where(image < 0, only_step, step / determinant)
    fitted_image = np.where(step < 0, only_image, image / determinant)
    return np.maximum(fitted_step, 0), np.maximum(fitted_image, 0)


@dataclasses.dataclass(frozen=True)
class _Levels:
    """The median of log(seconds) of each process of a series (rows) with each minibatch size (columns), or NaN."""

    sizes: list[int]
    values: Array

    def at(self, sizes: Sequence[int]) -> Array:
        """Those of the processes (rows) that have all of ``sizes`` (columns)."""
        own = self.values[:, [self.sizes.index(size) for size in sizes]]
        return own[np.isfinite(own).all(axis=1)]


def _levels(samples: Mapping[int, Sample]) -> _Levels:
    processes = np.unique(np.concatenate([own.processes for own in samples.values()]))
    values = np.full((len(processes), len(samples)), np.nan)
    for place, own in enumerate(samples.values()):
        values[np.searchsorted(processes, own.processes), place] = own.levels
    return _Levels(list(samples), values)


def _opposite(
    series: tuple[str, str], baseline: str, all_series: dict[tuple[str, str], _Levels]
) -> tuple[str, str] | None:
    """The baseline's series to compare with: of the same method, or of an unknown one."""
    for method in (series[1], UNSAID):
        other = (baseline, method)
        if other in all_series and set(all_series[other].sizes) & set(all_series[series].sizes):
            return other
    return None


def _speedups(
    summary: Summary, series: tuple[str, str], other: tuple[str, str], own: _Levels, others: _Levels
) -> tuple[list[tuple[Any, ...]], tuple[Any, ...]]:
    """The rows of ``speedups`` and of ``means`` for one series."""
    seconds, baselines = (summary.of(*one)["seconds"].to_dict() for one in (series, other))
    sizes = [size for size in own.sizes if size in others.sizes]
    ratios = [baselines[size] / seconds[size] for size in sizes]
    rows: list[tuple[Any, ...]] = [
        (*series, size, seconds[size], baselines[size], *_with_interval(ratio, others.at([size]), own.at([size])))
        for size, ratio in zip(sizes, ratios, strict=True)
    ]
    mean = float(np.exp(np.log(ratios).mean()))
    return rows, (*series, len(sizes), *_with_interval(mean, others.at(sizes), own.at(sizes)))


def _with_interval(speedup: float, baseline: Array, own: Array) -> tuple[float, float, float]:
    """A speed-up and its 95% interval, from the levels of both sides' processes (rows) at each size (columns)."""
    factor = float(np.exp(student.half_width_of_difference(baseline.mean(axis=1), own.mean(axis=1))))
    return speedup, speedup / factor, speedup * factor


def _card(summary: Summary, series: tuple[str, str]) -> dict[str, object]:
    sizes = summary.of(*series)
    card: dict[str, object] = dict(zip(SERIES, series, strict=True))
    names = ("seconds_per_step", "seconds_per_image")
    if sizes["steps_per_epoch"].nunique() < 2:  # no line through a single number of steps
        nothing = {f"{name}{part}": np.nan for name in names for part in ("", "_low", "_high")}
        return card | nothing | {"worst": np.nan, "worst_size": pd.NA}
    steps, count = sizes["steps_per_epoch"].to_numpy(dtype=float), float(images(summary))
    seconds = sizes["seconds"].to_numpy()
    point = fit(steps, count, seconds[None])
    whole = _levels(summary.sampled(*series)).at(list(sizes["batch_size"]))
    of_processes = fit(steps, count, np.exp(whole))
    for name, value, fits in zip(names, point, of_processes, strict=True):
        middle, half = float(value[0]), student.half_width(fits)
        card |= {name: middle, f"{name}_low": np.maximum(middle - half, 0), f"{name}_high": middle + half}
    residuals = seconds / (steps * point[0] + count * point[1]) - 1
    worst = int(np.abs(residuals).argmax())
    known = len(sizes) > 2 or not all(point)  # otherwise the line goes through both
    size = int(sizes["batch_size"].iloc[worst])
    return card | {"worst": residuals[worst] if known else np.nan, "worst_size": size if known else pd.NA}


def _overtakings(speedups: pd.DataFrame, baseline: str) -> Iterator[tuple[object, ...]]:
    """Where the faster of two becomes the slower, among sizes at which the difference is certain."""
    faster, slower = speedups["speedup_low"] > 1, speedups["speedup_high"] < 1
    if not (faster.any() and slower.any()):
        return
    clear = speedups[faster | slower].sort_values("batch_size")
    for smaller, larger in itertools.pairwise(clear.to_dict("records")):
        before, after = np.log(smaller["speedup"]), np.log(larger["speedup"])
        if before * after < 0:
            sizes = np.log([smaller["batch_size"], larger["batch_size"]])
            about = np.exp(sizes[0] + (sizes[1] - sizes[0]) * before / (before - after))
            winner = larger["setup"] if after > 0 else baseline
            series = (larger["setup"], larger["method"])
            yield (*series, smaller["batch_size"], larger["batch_size"], round(float(about)), winner)
