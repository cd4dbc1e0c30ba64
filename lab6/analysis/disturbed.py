"""Which rounds other programs disturbed, by the rule of :mod:`lab6.disturbance`. They stay in everything else."""

import pandas as pd

from lab6.analysis.series import SERIES
from lab6.disturbance import is_disturbed


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
