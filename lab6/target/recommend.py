"""Settings that are worth measuring, the most promising first."""

import pandas as pd

from lab6.target.seconds import StepTimes
from lab6.target.settings import settings, tested
from lab6.trials import Table


def recommended(table: Table, target: float, rounds: pd.DataFrame | None = None) -> pd.DataFrame:
    """The settings with which every trial reached ``target``, the fastest first.

    ``rounds``: epochs of one series, a tidy frame of the table's work. Columns: those of
    :func:`lab6.target.settings.settings`; ``best`` (whether it takes the fewest steps of its minibatch size); and
    ``seconds``, predicted, NaN without epochs of that size or of sizes around it. Ordered by ``seconds``, then by
    images (steps x minibatch size), which is what one would try first on an unknown machine.
    """
    found = tested(settings(table, target))
    found = found.assign(best=found.index.isin(found.groupby("batch_size")["steps"].idxmin()))
    step = StepTimes(rounds).at(found["batch_size"].to_numpy()) if rounds is not None and len(rounds) else float("nan")
    found = found.assign(seconds=found["steps"] * step, images=found["steps"] * found["batch_size"])
    return found.sort_values(["seconds", "images"], ignore_index=True).drop(columns="images")
