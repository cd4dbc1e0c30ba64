"""Real runs to an accuracy beside what was predicted for them."""

import numpy as np
import pandas as pd

from lab6.store.columns import COLUMNS
from lab6.store.series import SERIES, named
from lab6.store.summary import Summary, of_series
from lab6.target.seconds import StepTimes
from lab6.target.settings import SETTING, same, settings
from lab6.trials import Table


def beside(runs: pd.DataFrame, summary: Summary, table: Table) -> pd.DataFrame:
    """A row for each series, target and setting of ``runs``, rounds of a tidy frame that have a target.

    Columns: SERIES, ``target``, SETTING; ``runs`` and ``reached`` (counts); ``seconds`` (the median of those that
    reached it, NaN if none did), ``seconds_least`` and ``seconds_most``; ``predicted`` (seconds, NaN if unknown) and
    ``off``, seconds / predicted - 1.
    """
    own = _named(runs, summary)
    keys = [*SERIES, "target", *SETTING]
    rows = [dict(zip(keys, values, strict=True)) | _row(each) for values, each in own.groupby(keys, dropna=False)]
    found = pd.DataFrame(rows)
    tried = {goal: settings(table, goal) for goal in set(found["target"]) & set(table.tried.targets)}
    predicted = [_predicted(row, summary, tried.get(row["target"])) for _, row in found.iterrows()]
    return found.assign(predicted=predicted, off=found["seconds"] / predicted - 1)


def _named(runs: pd.DataFrame, summary: Summary) -> pd.DataFrame:
    """``runs`` with the names that ``summary`` gives to their series, or others if it has no such series."""
    epochs = summary.rounds
    both = named(pd.concat([epochs[list(COLUMNS)], runs[list(COLUMNS)]], ignore_index=True))
    theirs = both.iloc[: len(epochs)][SERIES].apply(tuple, axis=1)
    names = dict(zip(theirs, epochs[SERIES].itertuples(index=False, name=None), strict=True))
    ours = both.iloc[len(epochs) :]
    found = [names.get(each, each) for each in ours[SERIES].itertuples(index=False, name=None)]
    return ours.assign(setup=[setup for setup, _ in found], method=[method for _, method in found])


def _row(rounds: pd.DataFrame) -> dict[str, object]:
    there = rounds.loc[rounds["test_accuracy"] >= rounds["target"], "seconds"]
    return {
        "runs": len(rounds),
        "reached": len(there),
        "seconds": there.median(),
        "seconds_least": there.min(),
        "seconds_most": there.max(),
    }


def _predicted(row: pd.Series, summary: Summary, tried: pd.DataFrame | None) -> float:
    """The seconds of a setting: its steps, of the settings ``tried``, x those of a step in the epochs of its series."""
    epochs = of_series(summary.rounds, row["setup"], row["method"])
    if epochs.empty or tried is None:
        return np.nan
    steps = same(tried, row)["steps"]
    step = StepTimes.of(epochs).at(np.array([float(row["batch_size"])]))
    return float(steps.iloc[0] * step[0]) if len(steps) else np.nan
