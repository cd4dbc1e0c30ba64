"""Sentences about stored runs: what was trained, what was cut off, what was disturbed."""

import pandas as pd

from lab6 import disturbance
from lab6.store import workload

MOST_RUNS = 3
"""Runs that were cut off and are named; more are counted."""


def work(rounds: pd.DataFrame) -> str:
    """What was trained on which data, as far as it is known; data other than MNIST stand out."""
    first = workload.known(rounds)
    data = {"mnist": "MNIST", "digits": "digits, NOT MNIST"}.get(first["dataset"], first["dataset"])
    optimizer = f", {first['optimizer']}" if first["optimizer"] else ""
    rate = f" with learning rate {first['learning_rate']:g}" if first["learning_rate"] else ""
    return f"Trained on {first['training_images']:,} images of {data}: the {first['network']} network{optimizer}{rate}."


def notes(rounds: pd.DataFrame) -> list[str]:
    """Which runs were cut off, and how many rounds were disturbed. ``rounds``: those of a summary."""
    return [*cut_off(rounds), *disturbances(rounds)]


def disturbances(rounds: pd.DataFrame) -> list[str]:
    """A sentence about disturbed rounds, if there are any."""
    found = rounds[rounds["disturbed"].fillna(False)]
    if found.empty:
        return []
    worst = found.loc[found["others"].idxmax()]
    return [disturbance.sentence(len(found), len(rounds), worst["others"], worst["usable_cores"])]


def cut_off(rounds: pd.DataFrame) -> list[str]:
    """A sentence about runs that were interrupted, if there are any."""
    runs = rounds[rounds["unfinished"]].groupby("run", sort=False)["source"].agg(["first", "size"])
    named = [f"{source} ({size:,} round{'' if size == 1 else 's'})" for source, size in runs.to_numpy()]
    if not named:
        return []
    if len(named) == 1:
        return [f"Cut off: {named[0]} was interrupted, and holds what it had finished."]
    last = named.pop() if len(named) <= MOST_RUNS else f"{len(named) - MOST_RUNS:,} more"
    return [f"Cut off: {', '.join(named[:MOST_RUNS])} and {last} were interrupted, and hold what they had finished."]
