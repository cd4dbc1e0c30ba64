"""Refuse what cannot be compared, then judge speed and learning row by row."""

import dataclasses

import pandas as pd

from lab6 import values
from lab6.check import learning, machines, speed
from lab6.check.speed import ROW
from lab6.errors import ResultsError
from lab6.store import workload


@dataclasses.dataclass(frozen=True)
class Terms:
    """The terms of a check.

    ``minimum_effect``: the smallest relative change of time or error that matters (0.02 is 2%). ``allowed``: fields of
    the machine that may differ. ``strict``: whether inconclusive rows fail. ``rows``: how many rows the check will have
    when all are measured.
    """

    minimum_effect: float = speed.MINIMUM_EFFECT
    allowed: tuple[str, ...] = ()
    strict: bool = False
    rows: int | None = None

    @classmethod
    def of(cls, minimum_effect: str, allow_differing: str | None, strict: bool = False) -> "Terms":
        """The terms that a command line gives. Raises OptionError."""
        effect = values.share("--minimum-effect", minimum_effect)
        return cls(effect, values.listed(allow_differing, str) if allow_differing else (), strict)


@dataclasses.dataclass(frozen=True)
class Check:
    """The result of a check.

    ``rows``: of :func:`lab6.check.speed.judge` and :func:`lab6.check.learning.judge`, joined and sorted by ROW.
    ``unmatched``: rows (ROW, ``side``) that only one side has. ``duet``: whether both sides are of the same duets.
    ``baseline``, ``candidate``: the rounds, tidy frames.
    """

    terms: Terms
    rows: pd.DataFrame
    unmatched: pd.DataFrame
    duet: bool
    baseline: pd.DataFrame
    candidate: pd.DataFrame

    @property
    def regressed(self) -> pd.Series:
        """Which rows fail: slower, or learning less."""
        return (self.rows["speed"] == speed.SLOWER) | self.rows["learning"].isin([learning.LESS, learning.DIVERGED])

    @property
    def settled(self) -> pd.Series:
        """Which rows have a verdict on speed."""
        return self.rows["speed"] != speed.INCONCLUSIVE

    @property
    def unsettled(self) -> pd.Series:
        """Which rows lack a verdict, on speed or on learning, and do not fail."""
        return (~self.settled | (self.rows["learning"] == speed.INCONCLUSIVE)) & ~self.regressed

    @property
    def failed(self) -> bool:
        """Whether the check fails; with strict terms also if rows are unsettled or missing in the candidate."""
        strictly = self.unsettled.any() or (self.unmatched["side"] == "baseline").any()
        return bool(self.regressed.any() or (self.terms.strict and strictly))


def check(baseline: pd.DataFrame, candidate: pd.DataFrame, terms: Terms) -> Check:
    """Compare ``candidate`` with ``baseline``, tidy frames of measured rounds.

    Raises ResultsError if they cannot be compared: other work, another machine, a run on both sides, nothing in
    common.
    """
    for rounds in (baseline, candidate):
        _check_measured(rounds)
        workload.check(rounds)
    duet = speed.are_pairs(baseline, candidate)
    workload.check(pd.concat([baseline, candidate], ignore_index=True), workload.DIGESTS if duet else ())
    machines.check(baseline, candidate, terms.allowed, duet)
    _check_apart(baseline, candidate)
    unmatched = _unmatched(baseline, candidate)
    rows = speed.judge(baseline, candidate, terms.minimum_effect, terms.rows)
    rows = rows.merge(learning.judge(baseline, candidate, terms.minimum_effect, terms.rows), on=ROW)
    return Check(terms, rows, unmatched, duet, baseline, candidate)


def _check_measured(rounds: pd.DataFrame) -> None:
    """Raise ResultsError if ``rounds`` do not say how they were measured, like the lab report."""
    unknown = rounds[rounds["engine"].isna()]
    if len(unknown):
        raise ResultsError(
            f"{unknown['source'].iloc[0]} does not say how it was measured, so it cannot be checked: give runs that "
            "pytest benchmarks --benchmark-save wrote."
        )


def _check_apart(baseline: pd.DataFrame, candidate: pd.DataFrame) -> None:
    both = candidate[candidate["run"].isin(baseline["run"])]
    if len(both):
        raise ResultsError(f"{both['source'].iloc[0]} is on both sides of this check: give each run once only.")


def _unmatched(baseline: pd.DataFrame, candidate: pd.DataFrame) -> pd.DataFrame:
    """The rows that only one side has. Raises ResultsError if nothing is left to check."""
    sides = [speed.with_goals(rounds)[ROW].drop_duplicates() for rounds in (baseline, candidate)]
    joined = sides[0].merge(sides[1], how="outer", indicator="side")
    if not (joined["side"] == "both").any():
        theirs, ours = (f"{frame['source'].iloc[0]} ({_first(frame)})" for frame in (baseline, candidate))
        raise ResultsError(
            f"{ours} has no engine, device and minibatch size in common with {theirs}: measure the same on both sides."
        )
    alone = joined[joined["side"] != "both"].reset_index(drop=True)
    return alone.assign(side=alone["side"].map({"left_only": "baseline", "right_only": "candidate"}).astype("string"))


def _first(rounds: pd.DataFrame) -> str:
    """The row of the first round, in words."""
    return "{engine} on {device} with {backend}, minibatch size {batch_size}".format_map(rounds.iloc[0])
