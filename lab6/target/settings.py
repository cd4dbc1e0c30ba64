"""Which setting of each minibatch size takes the fewest steps to an accuracy."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lab6.store import student
from lab6.trials import Table, key

SETTING = ["batch_size", "learning_rate", "decay_steps"]
"""The columns that name a setting; ``decay_steps`` is NaN for a constant learning rate."""

COLUMNS = [*SETTING, "evaluated_every", "seeds", "reached", "steps", "steps_low", "steps_high", "best_accuracy"]
COLUMNS += ["diverged"]
"""Of :func:`settings`, in this order."""

LEAST_SEEDS = 3
"""Seeds that a setting needs to be chosen, if any setting of its table has as many."""


def settings(table: Table, target: float) -> pd.DataFrame:
    """A row for each setting that was tried, in the order of SETTING.

    Columns: SETTING; ``evaluated_every`` (steps); ``seeds`` and ``reached`` (counts: trials, and how many reached
    ``target``); ``steps`` (geometric mean of the trials' steps to it, NaN unless all reached it) with ``steps_low`` and
    ``steps_high``, Student's 95% interval on the scale of log(steps), NaN for fewer than three; ``best_accuracy`` (of
    all its trials); ``diverged`` (the count of trials that did).
    """
    trials = table.frame()
    group = trials.groupby(SETTING, dropna=False).ngroup().to_numpy()
    steps = trials[f"steps_to_{key(target)}"]
    counted = trials.assign(steps=steps, diverged=trials["diverged"].eq(True)).groupby(group)
    found = counted.agg(
        **{name: (name, "first") for name in SETTING},
        evaluated_every=("evaluated_every", "max"),
        seeds=("seed", "size"),
        reached=("steps", "count"),
        best_accuracy=("best_accuracy", "max"),
        diverged=("diverged", "sum"),
    )
    order = np.argsort(group, kind="stable")
    each = np.split(np.log(steps.to_numpy())[order], np.cumsum(found["seeds"])[:-1])
    return found.join(pd.DataFrame(map(_interval, each)))[COLUMNS]


def tested(settings: pd.DataFrame) -> pd.DataFrame:
    """The settings with which every trial reached the target, of LEAST_SEEDS or more."""
    return settings[settings["steps"].notna() & (settings["seeds"] >= least(settings))]


def least(settings: pd.DataFrame) -> int:
    """The seeds that a setting needs to be chosen."""
    return min(LEAST_SEEDS, int(settings["seeds"].max()))


def best(settings: pd.DataFrame) -> pd.DataFrame:
    """For each minibatch size, the row of ``settings`` with the fewest steps to the target, of those tested enough.

    Sizes without one are left out. Indexed by minibatch size.
    """
    ordered = tested(settings).sort_values(["batch_size", "steps"]).drop_duplicates("batch_size")
    return ordered.set_index("batch_size", drop=False)


def failing(settings: pd.DataFrame) -> pd.DataFrame:
    """The settings of the minibatch sizes that :func:`best` leaves out."""
    return settings[~settings["batch_size"].isin(best(settings)["batch_size"])]


def by_closeness(settings: pd.DataFrame) -> pd.DataFrame:
    """``settings`` from the one that came closest to the target: by the share of seeds that reached it, then by the
    best accuracy."""
    share = settings["reached"] / settings["seeds"]
    return settings.assign(share=share).sort_values(["share", "best_accuracy"], ascending=False).drop(columns="share")


def same(rows: pd.DataFrame, setting: Mapping[str, float] | pd.Series) -> pd.DataFrame:
    """The ``rows`` of one setting; two unknown values, as of ``decay_steps`` for constant rates, are the same."""
    alike = [(rows[name] == setting[name]) | (rows[name].isna() & pd.isna(setting[name])) for name in SETTING]
    return rows[np.logical_and.reduce(alike)]


def logs(trials: pd.DataFrame, setting: pd.Series, target: float) -> np.ndarray:
    """log(steps to ``target``) of each trial of ``setting``, a row of :func:`settings`.

    ``trials``: of :meth:`lab6.trials.Table.frame`.
    """
    found: np.ndarray = np.log(same(trials, setting)[f"steps_to_{key(target)}"].to_numpy())
    return found


def _interval(logs: np.ndarray) -> dict[str, float]:
    """The geometric mean of the steps of one setting, from their logarithms, with its interval."""
    middle, half = logs.mean(), student.half_width(logs)  # NaN unless all reached the target
    return {"steps": np.exp(middle), "steps_low": np.exp(middle - half), "steps_high": np.exp(middle + half)}
