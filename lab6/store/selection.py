"""From places of results and conditions to rounds of one work."""

import dataclasses
from collections.abc import Iterator, Sequence

import pandas as pd

from lab6.errors import ResultsError
from lab6.store import columns, load, newest, workload
from lab6.store.public import public


@dataclasses.dataclass(frozen=True)
class Selection:
    """``rounds``: epochs, a tidy frame of one work. ``left_out``: a sentence for everything that was left out of it.
    ``runs``: rounds that trained to an accuracy, of the same work."""

    rounds: pd.DataFrame
    left_out: tuple[str, ...] = ()
    runs: pd.DataFrame = dataclasses.field(default_factory=lambda: columns.frame([]))


def select(
    places: Sequence[str],
    conditions: Sequence[str] = (),
    skip_bad: bool = False,
    track: load.Track = iter,
    is_public: bool = False,
) -> Selection:
    """Read ``places`` and keep the rounds that meet the ``conditions`` (see :func:`lab6.store.workload.where`).

    If places are given, results of different work are refused. Without places, ``results/`` is read, and of different
    work only that of the newest run is kept. Of many machines, older versions are left out
    (:mod:`lab6.store.newest`). With ``skip_bad``, files that cannot be read are left out; with ``is_public``, all that
    can name a person, a host or a folder (:mod:`lab6.store.public`). Raises ResultsError and OptionError.
    """
    bad: list[ResultsError] = []
    on_bad = load.leaving_out(bad, skip_bad)
    before: list[str] = []

    def keep(rounds: pd.DataFrame) -> pd.Series:
        kept, before[:] = newest.among(rounds)
        return kept

    encoded = load.encoded(
        *places,
        on_bad=on_bad,
        track=track,
        conditions=conditions,
        keep=None if conditions or is_public else keep,
    )
    met = workload.where(encoded, conditions)
    kept, older = newest.of_each(public(columns.plain(met)) if is_public else met)
    rounds, runs = split(columns.plain(kept))
    other = [] if places else list(_other_work(rounds))
    if not places:
        rounds = workload.newest(rounds)
    workload.check(rounds)
    found = _selection(rounds, runs)
    unread = [f"{_count(len(bad), 'file')} that could not be read."] if is_public and bad else list(map(str, bad))
    return dataclasses.replace(found, left_out=(*unread, *(older or before), *other, *found.left_out))


def selected(rounds: pd.DataFrame) -> Selection:
    """The same of ``rounds``, a tidy frame, which must be of one work but for runs to an accuracy."""
    epochs, runs = split(rounds)
    workload.check(epochs)
    return _selection(epochs, runs)


def split(rounds: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The epochs, and the runs to an accuracy. Raises ResultsError if there is no epoch."""
    is_run = rounds["target"].notna()
    if is_run.all():
        raise ResultsError(
            "these results are runs to an accuracy only, and the answer is made of epochs: measure some too, with "
            "pytest benchmarks --benchmark-save, or name results that hold them."
        )
    return rounds[~is_run].reset_index(drop=True), rounds[is_run].reset_index(drop=True)


def _selection(epochs: pd.DataFrame, runs: pd.DataFrame) -> Selection:
    """``epochs``, of one work, with the ``runs`` that agree with them in all that is known but the settings."""
    same = pd.Series(True, index=runs.index)
    for field, value in workload.known(epochs).items():
        if value is not None and field not in workload.TUNED:
            same &= (runs[field] == value).fillna(True).astype(bool)
    other = int((~same).sum())
    left_out = f"{_count(other, 'run')} to an accuracy {'is' if other == 1 else 'are'} of other work than these epochs."
    return Selection(epochs, (left_out,) if other else (), runs[same].reset_index(drop=True))


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
            yield (
                f"{_count(len(others), 'round')} of other work, which is never mixed: {field} is {theirs}, not {ours}; "
                f"--where {field}={theirs} shows them."
            )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
