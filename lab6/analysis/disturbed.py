"""Which rounds other programs disturbed, by the rule of :mod:`lab6.disturbance`. They stay in everything else."""

import pandas as pd

from lab6.analysis.series import SERIES
from lab6.disturbance import is_busy, is_disturbed


def mark(rounds: pd.DataFrame) -> pd.DataFrame:
    """``rounds`` with two more columns: ``others``, how many cores other programs used; and ``disturbed``.

    Both are missing if it was not measured what others used.
    """
    taken, seconds, cores = rounds["other_cpu_seconds"], rounds["seconds"], rounds["usable_cores"].astype("float64")
    found = is_disturbed(taken, seconds, cores)
    return rounds.assign(others=taken / seconds, disturbed=found.astype("boolean").mask(taken.isna()))


def count(summary: pd.DataFrame, rounds: pd.DataFrame) -> pd.DataFrame:
    """``summary`` with how many rounds of each row were ``disturbed``; missing if none is known to be or not."""
    keys = [*SERIES, "batch_size"]
    counts = mark(rounds).groupby(keys)["disturbed"].sum(min_count=1).astype("Int64")
    return summary.join(counts, on=keys)


def by_run(rounds: pd.DataFrame) -> pd.DataFrame:
    """A row for each series, minibatch size and run with disturbed rounds.

    Columns: ``setup``, ``method``, ``batch_size``, ``run``, ``source``, ``measured_at``; ``rounds`` (the numbers of the
    disturbed ones, counted from 1); ``others`` (how many cores other programs used in the worst of them);
    ``usable_cores``; ``load_before`` (the cores that they used already before the run, NaN if that is not known or
    not worth a word).
    """
    marked = mark(rounds)
    found = marked[marked["disturbed"].fillna(False)]
    cores = found["usable_cores"].astype("float64")
    found = found.assign(load_before=found["load_before"].where(is_busy(found["load_before"], cores)))
    of_run = found.assign(number=found["round"] + 1).groupby([*SERIES, "batch_size", "run"], sort=False)
    return of_run.agg(
        source=("source", "first"),
        measured_at=("measured_at", "first"),
        rounds=("number", lambda numbers: [int(number) for number in numbers]),
        others=("others", "max"),
        usable_cores=("usable_cores", "first"),
        load_before=("load_before", "first"),
    ).reset_index()
