"""Test the promises of the history of a machine: ``python benchmarks/history.py`` prints the tables of
``docs/history.md``; exit code 1 if there are more false alarms than promised.

Histories are drawn from real runs of this repository, a run a day, with five minibatch sizes. *Quiet*: a run is three
of the 30 processes of one run under ``results/``. *Busy*: it is three processes of one of the 40 runs in ``docs/gate``,
which were measured on a shared virtual machine and differ from each other too. ``example`` writes the one that
``docs/history.md`` shows.
"""

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

import lab6
from lab6.history import shifts
from lab6.store.summary import marked

ROOT = Path(__file__).parent.parent
RUN = Path("results") / "amd-epyc-2-cores" / "0001_mnist-compiled.json"
EXAMPLE = ROOT / "docs" / "history" / "example.parquet"
SIZES = (1, 10, 100, 1_000, 60_000)
PROCESSES = 3
HISTORIES = 2_000
SHIFTED = 200
MOST_ALARMS = 0.01
DAYS = (30, 60, 100)
FOLLOWED = 40
"""Days after a shift."""
CHANGES = (0.02, 0.05, 0.10)

Levels = npt.NDArray[np.float64]
"""log(seconds): a row a day, a column a minibatch size."""

Draw = Callable[[int, np.random.Generator], Levels]
"""Draws the levels of so many days on which nothing changed."""


def processes(*places: str) -> list[dict[int, Levels]]:
    """The levels of the undisturbed processes of each run, by minibatch size, less the mean of all runs."""
    rounds = pd.concat([lab6.load(str(ROOT / place)) for place in places], ignore_index=True)
    own = marked(
        rounds[
            (rounds["engine"] == "compiled")
            & rounds["target"].isna()
            & (rounds["side"].fillna("baseline") == "baseline")
        ]
    )
    own = own[~own["disturbed"].fillna(False).astype(bool)]
    levels = np.log(own["seconds"]).groupby([own["source"], own["batch_size"], own["run"], own["process"]]).median()
    levels -= levels.groupby(level=["source", "batch_size"]).transform("mean")
    runs = [part.groupby(level="batch_size") for _, part in levels.groupby(level="run")]
    return [{int(size): values.to_numpy() for size, values in run} for run in runs]


def quiet() -> Draw:
    """See above."""
    (run,) = processes(str(RUN))
    return lambda days, random: np.column_stack([_means(run[size], days, random) for size in SIZES])


def busy() -> Draw:
    """See above."""
    runs = processes("docs/gate/same.parquet", "docs/gate/slower-5.parquet")

    def draw(days: int, random: np.random.Generator) -> Levels:
        drawn = random.integers(len(runs), size=days)
        return np.array([[_means(runs[run][size], 1, random)[0] for size in SIZES] for run in drawn])

    return draw


def _means(values: Levels, days: int, random: np.random.Generator) -> Levels:
    means: Levels = random.choice(values, (days, PROCESSES)).mean(axis=1)
    return means


def found(levels: Levels) -> list[list[shifts.Shift]]:
    """The shifts of each minibatch size."""
    tests = shifts.places(len(levels)) * len(SIZES)
    return [shifts.shifts(np.ascontiguousarray(own), tests) for own in levels.T]


def alarms(draw: Draw, days: int, histories: int = HISTORIES) -> float:
    """The share of histories without a change in which any size seems to have shifted."""
    random = np.random.default_rng(days)
    return sum(any(found(draw(days, random))) for _ in range(histories)) / histories


def delays(draw: Draw, days: int, change: float, histories: int = SHIFTED) -> Levels:
    """In each history, after how many days a shift of all sizes is first seen where it is, in any of them; infinite if
    it is not within FOLLOWED days."""
    random = np.random.default_rng(days)
    return np.array([_delay(draw(days + FOLLOWED, random), days, change) for _ in range(histories)])


def _delay(levels: Levels, days: int, change: float) -> float:
    levels[days:] += np.log1p(change)
    for after in range(shifts.SHORTEST, FOLLOWED + 1):
        if any(shift.first <= days <= shift.last for own in found(levels[: days + after]) for shift in own):
            return after
    return np.inf


def watched(draw: Draw, days: int = 60, histories: int = SHIFTED) -> float:
    """The share of histories without a change that show one on any day, if someone looks every day."""
    random = np.random.default_rng(0)
    drawn = (draw(days, random) for _ in range(histories))
    return sum(any(any(found(levels[:end])) for end in range(1, days + 1)) for levels in drawn) / histories


def kept(draw: Draw, change: float, days: int = 60, histories: int = SHIFTED) -> tuple[float, float, int]:
    """Of the shifts that are found of one in the middle of twice so many days: the share whose days hold the right one,
    the share whose interval holds the change, and how many there are."""
    random = np.random.default_rng(1)
    shifted = np.arange(2 * days)[:, None] >= days
    drawn = (found(draw(2 * days, random) + np.log1p(change) * shifted) for _ in range(histories))
    own = [shift for sizes in drawn for size in sizes for shift in size]
    right = sum(shift.first <= days <= shift.last for shift in own)
    inside = sum(shift.low <= change <= shift.high for shift in own)
    return right / len(own), inside / len(own), len(own)


def of_alarms(draws: dict[str, Draw]) -> Iterator[tuple[str, bool]]:
    """The rows of the first table, and whether each keeps the promise."""
    for name, draw in draws.items():
        shares = [alarms(draw, days) for days in DAYS]
        cells = [f"{share:.1%}" for share in (*shares, watched(draw))]
        yield f"| {name} | {' | '.join(cells)} |", max(shares) <= MOST_ALARMS


def of_shifts(draws: dict[str, Draw]) -> Iterator[str]:
    """The rows of the second table."""
    for name, draw in draws.items():
        for change in CHANGES:
            cells = [_cell(delays(draw, days, change)) for days in DAYS]
            right, inside, count = kept(draw, change)
            cells += [f"{right:.0%}", f"{inside:.0%}", f"{count:,}"]
            yield f"| {name}, {change:.0%} | {' | '.join(cells)} |"


def _cell(after: Levels) -> str:
    seen = np.isfinite(after)
    return f"{seen.mean():.0%}, {np.median(after[seen]):.0f} days" if seen.any() else "0%"


def example(days: int = 90) -> pd.DataFrame:
    """The rounds of a machine that is made up: each day has three real processes of one run. After two thirds, a newer
    TensorFlow makes sizes from 100 on 4% slower; ten days before the end, other code makes size 1 8% faster."""
    random = np.random.default_rng(0)
    real = lab6.load(str(ROOT / RUN))
    names = [hashlib.sha1(f"example {number}".encode()).hexdigest() for number in range(days)]
    return pd.concat([_of_a_day(real, day, days, names, random) for day in range(days)], ignore_index=True)


def _of_a_day(real: pd.DataFrame, day: int, days: int, names: list[str], random: np.random.Generator) -> pd.DataFrame:
    newer, faster = day >= 2 * days // 3, day >= days - 10
    chosen = random.choice(real["process"].unique(), PROCESSES, replace=False)
    own = real[real["process"].isin(chosen)]
    factor = 1 + 0.04 * (newer & (own["batch_size"] >= 100)) - 0.08 * (faster & (own["batch_size"] == 1))
    versions = own["versions"].str.replace(
        "TensorFlow 2.21.0", "TensorFlow 2.20.0" if not newer else "TensorFlow 2.21.0"
    )
    if day < days // 3:
        versions = versions.str.replace("Keras 3.15.1", "Keras 3.14.0")
    disturbed = day in (20, 21, 50)
    return own.assign(
        source="example",
        run=names[day],
        machine="Example 2 cores",
        measured_at=pd.Timestamp("2026-01-02T03:00", tz="UTC") + pd.Timedelta(days=day),
        versions=versions,
        commit=names[days - 10 if faster else day // 20],
        dirty=False,
        seconds=own["seconds"] * factor * (1.15 if disturbed else 1),
        other_cpu_seconds=own["seconds"] if disturbed else own["other_cpu_seconds"],
    )


def main() -> None:
    """Write the example if asked to; otherwise evaluate and print."""
    if sys.argv[1:2] == ["example"]:
        EXAMPLE.parent.mkdir(exist_ok=True)
        lab6.save(example(), str(EXAMPLE))
        return
    draws = {"quiet": quiet(), "busy": busy()}
    promised = True
    for row, true in of_alarms(draws):
        promised &= true
        print(row, flush=True)
    for line in of_shifts(draws):
        print(line, flush=True)
    sys.exit(0 if promised else 1)


if __name__ == "__main__":
    main()
