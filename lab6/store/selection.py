"""From places of results and conditions to rounds of one work."""

import dataclasses
from collections.abc import Iterator, Sequence

import pandas as pd

from lab6.errors import ResultsError
from lab6.store import columns, load, workload


@dataclasses.dataclass(frozen=True)
class Selection:
    """``rounds``: epochs, a tidy frame of one work. ``left_out``: a sentence for everything that was left out of it.
    ``runs``: rounds that trained to an accuracy, of the same work."""

    rounds: pd.DataFrame
    left_out: tuple[str, ...] = ()
    runs: pd.DataFrame = dataclasses.field(default_factory=lambda: columns.frame([]))


def select(
    places: Sequence[str], conditions: Sequence[str] = (), skip_bad: bool = False, track: load.Track = iter
) -> Selection:
    """Read ``places`` and keep the rounds that meet the ``conditions`` (see :func:`lab6.store.workload.where`).

    If places are given, results of different work are refused. Without places, ``results/`` is read, and of different
    work only that of the newest run is kept. With ``skip_bad``, files that cannot be read are left out. Raises
    ResultsError and OptionError.
    """
    bad: list[ResultsError] = []
    rounds = load.load(*places, on_bad=bad.append if skip_bad else None, track=track)
    rounds, runs = apart(workload.where(rounds, conditions))
    other = [] if places else list(_other_work(rounds))
    if not places:
        rounds = workload.newest(rounds)
    workload.check(rounds)
    same = _of_the_work(runs, rounds)
    if len(same) < len(runs):
        other.append(f"{len(runs) - len(same):,} runs to an accuracy are of other work than these epochs.")
    return Selection(rounds, (*map(str, bad), *other), same)


def apart(rounds: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The epochs, and the runs to an accuracy. Raises ResultsError if there is no epoch."""
    epochs = workload.epochs(rounds)
    if epochs.empty:
        raise ResultsError(
            "these results are runs to an accuracy only, and the answer is made of epochs: measure some too, with "
            "pytest benchmarks --benchmark-save, or name results that hold them."
        )
    return epochs.reset_index(drop=True), rounds.drop(epochs.index).reset_index(drop=True)


def _of_the_work(runs: pd.DataFrame, epochs: pd.DataFrame) -> pd.DataFrame:
    """Those of ``runs`` that agree with ``epochs``, of one work, in all that is known but the settings."""
    same = pd.Series(True, index=runs.index)
    for field, value in workload.known(epochs).items():
        if value is not None and field not in workload.TUNED:
            same &= (runs[field] == value).fillna(True).astype(bool)
    return runs[same].reset_index(drop=True)


def _other_work(rounds: pd.DataFrame) -> Iterator[str]:
    """A sentence for each work that differs from the newest run's."""
    kept = workload.newest(rounds).iloc[0]
    known = [field for field in workload.WORKLOAD if pd.notna(kept[field])]
    for values, others in rounds.groupby(known, dropna=False):
        work = dict(zip(known, values, strict=True))
        differing = [field for field in known if pd.notna(work[field]) and work[field] != kept[field]]
        if differing:
            field = next((each for each in differing if "digest" not in each), differing[0])
            theirs, ours = workload.short(work[field]), workload.short(kept[field])
            numbers = f"{len(others):,} round{'' if len(others) == 1 else 's'}"
            yield (
                f"{numbers} of other work, which is never mixed: {field} is {theirs}, not {ours}; --where "
                f"{field}={theirs} shows them."
            )
