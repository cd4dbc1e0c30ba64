"""Machine cards: two or three numbers that explain the epochs of a series.

An epoch takes steps x (time of a step, whatever its size) + images x (time of an image), the linear model of overhead
and work of R. Hockney, "The Science of Computer Benchmarking", SIAM 1996. If N workers train together, each trains on
its share of every minibatch, and they exchange their gradients at each step:

    seconds = steps x (step + exchange) + images / N x image

A step and an image cost what they cost one worker with as many threads, so all series of workers with as many threads
are fitted together. A process counts once, with the median of its rounds; intervals are Student's over the fits of
single processes (:mod:`lab6.store.student`).
"""

import functools
from typing import Any

import numpy as np
import pandas as pd

from lab6.store import student
from lab6.store.fit import Array, design, fit, is_determined, nonnegative
from lab6.store.series import SERIES
from lab6.store.speedup import levels
from lab6.store.summary import Summary
from lab6.store.teams import WAY, teams

MISFIT = 0.2
"""The relative distance of an epoch from the fitted line from which there is a warning."""

NUMBERS = ["seconds_per_step", "seconds_per_image", "seconds_per_exchange"]

Card = dict[str, Any]


@functools.lru_cache(maxsize=1)  # for sentences, tables and pictures
def cards(summary: Summary) -> pd.DataFrame:
    """Each series' machine card, a row for each series, in their order.

    SERIES; ``workers``, at least 1; NUMBERS, each with ``_low`` and ``_high``, the 95% interval; ``worst``: the largest
    relative distance of a measured size from the line, with its sign (measured / fitted - 1), and ``worst_size``, its
    minibatch size. NaN if fewer than two sizes were measured; the intervals if fewer than three processes have all
    sizes; ``worst`` if the line goes exactly through all sizes. ``seconds_per_exchange`` is NaN for one worker, and for
    several if one worker with as many threads was not measured: ``seconds_per_step`` then has both.
    """
    members = teams(summary.rounds)
    found: dict[tuple[str, str], Card] = {}
    if (members["workers"] > 1).any():
        for _, own in members.groupby([*WAY, "threads"], sort=False):
            found |= _together(summary, own.sort_values(["workers", "hosts"]))
    everyone = {(own.setup, own.method): own.workers for own in members.itertuples()}
    own = [found.get(series) or _alone(summary, series, workers) for series, workers in everyone.items()]
    return pd.DataFrame(own).astype({"worst_size": "Int64"})


def line(card: Any, steps: Any, images: int) -> Any:
    """The seconds of epochs of so many steps by ``card``, a row of :func:`cards` or several rows for as many epochs."""
    of_step = card["seconds_per_step"] + np.nan_to_num(card["seconds_per_exchange"])
    return steps * of_step + images / card["workers"] * card["seconds_per_image"]


def fitted(summary: Summary, cards: pd.DataFrame) -> pd.DataFrame:
    """Each measured size and its card's line: SERIES, ``batch_size``, ``steps_per_epoch``, ``seconds``,
    ``fitted_seconds`` and ``residual`` (seconds / fitted - 1)."""
    kept = [*SERIES, "batch_size", "steps_per_epoch", "seconds"]
    own = summary.sizes[kept].merge(cards, on=SERIES)
    by_card = line(own, own["steps_per_epoch"], images(summary))
    return own[kept].assign(fitted_seconds=by_card, residual=own["seconds"] / by_card - 1)


def images(summary: Summary) -> int:
    """The images of an epoch."""
    return int(summary.rounds["training_images"].iloc[0])


def is_misfit(card: Card) -> bool:
    """Whether a card does not explain its machine's epochs."""
    return bool(pd.notna(card["worst"]) and abs(card["worst"]) > MISFIT)


def _alone(summary: Summary, series: tuple[str, str], workers: int) -> Card:
    """The card of a series that is fitted for itself."""
    sizes = summary.of(*series)
    if sizes["steps_per_epoch"].nunique() < 2:  # no line through a single number of steps
        return _card(series, workers, np.full(3, np.nan), np.empty((0, 3))) | {"worst": np.nan, "worst_size": pd.NA}
    steps, count = sizes["steps_per_epoch"].to_numpy(dtype=float), images(summary) / workers
    point, of_processes = (
        np.column_stack([*fit(steps, count, seconds), np.full(len(seconds), np.nan)])
        for seconds in (sizes["seconds"].to_numpy()[None], _of_processes(summary, series, sizes))
    )
    exact = len(sizes) == 2 and bool((point[0, :2] > 0).all())
    return _judged(_card(series, workers, point[0], of_processes), sizes, images(summary), exact)


def _together(summary: Summary, own: pd.DataFrame) -> dict[tuple[str, str], Card]:
    """The cards of one worker and of several, by series; none if one worker was not measured, or with too few sizes.

    ``own``: rows of :func:`lab6.store.teams.teams` with as many threads, by the number of workers. The k-th processes
    of all series are fitted together for the intervals.
    """
    workers = own["workers"].to_list()
    if len(own) < 2 or workers[0] > 1:
        return {}
    every = list(own[SERIES].itertuples(index=False, name=None))
    sizes = [summary.of(*series) for series in every]
    columns = design([one["steps_per_epoch"].to_numpy(dtype=float) for one in sizes], images(summary), workers)
    if not is_determined(columns):
        return {}
    processes = [_of_processes(summary, *pair) for pair in zip(every, sizes, strict=True)]
    kth = zip(*processes, strict=False)  # as many as the series with the fewest has
    point, *fits = (
        np.append(nonnegative(columns, np.concatenate(seconds)), np.nan)  # the exchange of one worker
        for seconds in ([one["seconds"].to_numpy() for one in sizes], *kth)
    )
    exact = len(columns) == columns.shape[1] and bool((point[:-1] > 0).all())
    found = {}
    for place, (series, count) in enumerate(zip(every, workers, strict=True)):
        numbers = [0, 1, 1 + place if place else -1]
        of_processes = np.array(fits).reshape(-1, len(point))[:, numbers]
        card = _card(series, count, point[numbers], of_processes)
        found[series] = _judged(card, sizes[place], images(summary), exact)
    return found


def _of_processes(summary: Summary, series: tuple[str, str], sizes: pd.DataFrame) -> Array:
    """The seconds of each process (rows) that has all ``sizes`` (columns)."""
    found: Array = np.exp(levels(summary, series).at(list(sizes["batch_size"])))
    return found


def _card(series: tuple[str, str], workers: int, point: Array, of_processes: Array) -> Card:
    """A card without its judgement; ``point``: NUMBERS, ``of_processes`` (processes, 3): the same of each."""
    card: Card = dict(zip(SERIES, series, strict=True)) | {"workers": workers}
    for name, middle, fits in zip(NUMBERS, point, of_processes.T, strict=True):
        half = student.half_width(fits)
        card |= {name: float(middle), f"{name}_low": np.maximum(middle - half, 0), f"{name}_high": middle + half}
    return card


def _judged(card: Card, sizes: pd.DataFrame, count: int, exact: bool) -> Card:
    """``card`` with ``worst`` and ``worst_size``; ``exact``: whether its line goes through all ``sizes``."""
    steps, seconds = (sizes[name].to_numpy(dtype=float) for name in ("steps_per_epoch", "seconds"))
    residuals = seconds / line(card, steps, count) - 1
    worst = int(np.abs(residuals).argmax())
    judged = np.nan if exact else residuals[worst]
    return card | {"worst": judged, "worst_size": pd.NA if exact else int(sizes["batch_size"].iloc[worst])}
