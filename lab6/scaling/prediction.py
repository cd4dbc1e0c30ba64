"""From which minibatch size on N workers pay, by the machine card: measured numbers of workers, and predicted ones.

With minibatch size b, one worker takes images x (step / b + image) and N take images x ((step + exchange) / b +
image / N), so N pay from b = N / (N - 1) x exchange / image on.

An exchange among N sums the gradients by an all-reduce. A ring sends 2 (N - 1) messages of 1 / N of the gradients: its
time is 2 (N - 1) x latency + 2 (N - 1) / N x (the time of all gradients) (R. Thakur, R. Rabenseifner and W. Gropp,
"Optimization of Collective Communication Operations in MPICH", International Journal of High Performance Computing
Applications 19, 2005). One measured number of workers cannot separate the two parts, so a prediction is a range:
between all latency and all bandwidth. Several are fitted by both parts.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from lab6.store.cards import cards
from lab6.store.fit import Array, nonnegative
from lab6.store.series import SERIES
from lab6.store.summary import Summary
from lab6.store.teams import WAY, teams

PREDICTED = (8, 64)
"""Numbers of workers that are predicted if they were not measured."""

_COLUMNS = ["setup", "way", "threads", "workers", "spread", "measured", "worst", "worst_size"]
_RANGES = [f"{name}{end}" for name in ("seconds_per_exchange", "from_size") for end in ("", "_low", "_high")]


def exchanges(summary: Summary) -> pd.DataFrame:
    """What an exchange takes among so many workers, and from which minibatch size on they pay.

    A row for each measured number of workers whose card has an exchange, and for each of PREDICTED: ``setup``,
    ``way``, ``threads``, ``workers``; ``spread``: whether over several machines; ``measured``; ``worst`` and
    ``worst_size`` of the card, missing for a predicted one; ``seconds_per_exchange`` and ``from_size``, images, each
    with ``_low`` and ``_high``. Of a measured one these are the 95% interval of the exchange; of a predicted one the
    range between all bandwidth and all latency, without a value between. Infinite if an image takes no time.
    """
    members = teams(summary.rounds)
    if not (members["workers"] > 1).any():
        return pd.DataFrame(columns=[*_COLUMNS, *_RANGES])
    known = members.merge(cards(summary).drop(columns="workers"), on=SERIES).dropna(subset="seconds_per_exchange")
    known = known.assign(spread=known["hosts"] > 1)
    groups = known.groupby([*WAY, "threads", "spread"], sort=False)
    rows = [row for _, own in groups for row in _rows(own.sort_values("workers"))]
    return pd.DataFrame(rows, columns=[*_COLUMNS, *_RANGES])


def _rows(own: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows of workers that differ in their number only."""
    image = float(own["seconds_per_image"].iloc[0])
    for card in own.to_dict("records"):
        ends = {end: card[f"seconds_per_exchange{end}"] for end in ("", "_low", "_high")}
        yield _row(card, card["workers"], True, ends, image)
    measured = own.drop_duplicates("workers")
    for workers in PREDICTED:
        if workers not in own["workers"].to_list():
            ends = predicted(measured["workers"].to_numpy(), measured["seconds_per_exchange"].to_numpy(), workers)
            yield _row(own.iloc[0].to_dict(), workers, False, ends, image)


def predicted(measured: Array, seconds: Array, workers: int) -> dict[str, float]:
    """The seconds of an exchange among ``workers``, from ``seconds`` (n,) among ``measured`` (n,) workers.

    A value (key ``""``) if two or more were measured, otherwise a range (``_low``, ``_high``).
    """
    if len(measured) > 1 and (seconds > 0).all():
        parts = nonnegative(_ring(measured), seconds)
        return {"": float(_ring(np.array([workers]))[0] @ parts), "_low": np.nan, "_high": np.nan}
    low, high = sorted(seconds[0] * _ring(np.array([workers]))[0] / _ring(measured[:1])[0])
    return {"": np.nan, "_low": float(low), "_high": float(high)}


def _ring(workers: Array) -> Array:
    """How often a ring all-reduce pays a latency, and the time of all gradients: (n, 2)."""
    return np.column_stack([2 * (workers - 1), 2 * (workers - 1) / workers]).astype(float)


def _row(card: dict[str, Any], workers: int, measured: bool, ends: dict[str, float], image: float) -> dict[str, Any]:
    row = (
        card | {"workers": workers, "measured": measured} | ({} if measured else {"worst": np.nan, "worst_size": pd.NA})
    )
    for end, seconds in ends.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            size = workers / (workers - 1) * np.float64(seconds) / image
        row |= {f"seconds_per_exchange{end}": seconds, f"from_size{end}": float(size)}
    return {name: row[name] for name in (*_COLUMNS, *_RANGES)}
