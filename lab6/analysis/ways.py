"""Ways to train beside each other: the engines and backends that one machine was measured with."""

import dataclasses
from collections.abc import Iterator

import pandas as pd

from lab6.analysis.answer import Answer

LEAST = 3
"""Ways from which on they are worth a table of their own."""


@dataclasses.dataclass(frozen=True)
class Ways:
    """The ways that one machine was measured with. Frames have a row for each minibatch size, NaN for what is unknown.

    ``seconds``: of an epoch, a column for each way, called as the summary calls methods, and one for the limit of
    each device that it is known of: ``limit``, or such as ``limit on gpu:0`` of several devices. ``accuracies``: the
    mean test accuracy, a column for each way.
    """

    setup: str
    seconds: pd.DataFrame
    accuracies: pd.DataFrame


def side_by_side(answer: Answer) -> Iterator[Ways]:
    """The machines that were measured with three ways or more."""
    for setup, summary in answer.summary.groupby("setup", sort=False):
        names = list(summary["method"].drop_duplicates())
        if len(names) >= LEAST:
            table = summary.pivot(index="batch_size", columns="method")
            limits = _limits(answer.rounds[answer.rounds["setup"] == setup])
            yield Ways(str(setup), table["seconds"][names].join(limits), table["test_accuracy"][names])


def _limits(rounds: pd.DataFrame) -> pd.DataFrame:
    """Each device's least time for an epoch: by the highest of the ceilings that any way found, so the lowest."""
    least = rounds.groupby(["batch_size", "device"])["limit_seconds"].min().unstack().dropna(axis=1, how="all")
    alone = rounds["device"].nunique() == 1
    return least.rename(columns={device: "limit" if alone else f"limit on {device}" for device in least})
