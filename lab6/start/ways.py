"""Set the ways to train on one machine, engines and backends, side by side."""

import dataclasses
from collections.abc import Iterator

import pandas as pd

from lab6.store.summary import Summary

LEAST = 3
"""The number of ways from which they get a table of their own."""


@dataclasses.dataclass(frozen=True)
class Ways:
    """The ways of one machine. Frames have a row for each minibatch size, NaN if unknown.

    ``seconds``: of an epoch, a column for each method, and one for the limit of each device: ``limit``, or with several
    devices ``limit on gpu:0``. ``accuracies``: the mean test accuracy, a column for each method.
    """

    setup: str
    seconds: pd.DataFrame
    accuracies: pd.DataFrame


def side_by_side(summary: Summary) -> Iterator[Ways]:
    """The machines that were measured in three ways or more."""
    for setup, sizes in summary.sizes.groupby("setup", sort=False):
        names = list(sizes["method"].drop_duplicates())
        if len(names) >= LEAST:
            table = sizes.pivot(index="batch_size", columns="method")
            limits = _limits(summary.rounds[summary.rounds["setup"] == setup])
            yield Ways(str(setup), table["seconds"][names].join(limits), table["test_accuracy"][names])


def _limits(rounds: pd.DataFrame) -> pd.DataFrame:
    """Each device's least time of an epoch, by the highest ceilings that any way measured."""
    least = rounds.groupby(["batch_size", "device"])["limit_seconds"].min().unstack().dropna(axis=1, how="all")
    alone = rounds["device"].nunique() == 1
    return least.rename(columns={device: "limit" if alone else f"limit on {device}" for device in least})
