"""The regression gate: same machine, same work, other code. Is the candidate slower, or does it learn less?"""

import dataclasses
import itertools
from collections.abc import Sequence

import pandas as pd

from lab6.analysis import disturbed, fingerprint, gate, learning, workload
from lab6.analysis.noise import ROW
from lab6.errors import ResultsError


@dataclasses.dataclass(frozen=True)
class Terms:
    """What a check allows. ``minimum_effect``: the smallest relative change of speed that matters (0.05 is 5%).
    ``allowed``: fields of the fingerprint that may differ. ``strict``: whether what is inconclusive fails.
    """

    minimum_effect: float = gate.MINIMUM_EFFECT
    allowed: tuple[str, ...] = ()
    strict: bool = False


@dataclasses.dataclass(frozen=True)
class Check:
    """What was found.

    ``rows``: of :func:`lab6.analysis.gate.judge` and :func:`lab6.analysis.learning.judge` together. ``unmatched``: rows
    (ROW, ``side``) that only one side has. ``set_aside``: how many rounds
    other programs disturbed, which say nothing of speed. ``baseline``, ``candidate``: the rounds, tidy frames.
    """

    terms: Terms
    rows: pd.DataFrame
    unmatched: pd.DataFrame
    set_aside: int
    baseline: pd.DataFrame
    candidate: pd.DataFrame

    @property
    def regressed(self) -> pd.Series:
        """Which rows fail: slower, or learning less."""
        return (self.rows["speed"] == gate.SLOWER) | self.rows["learning"].isin([learning.LESS, learning.DIVERGED])

    @property
    def unsettled(self) -> pd.Series:
        """Which rows say nothing yet, and do not fail."""
        unknown = (self.rows["speed"] == gate.INCONCLUSIVE) | (self.rows["learning"] == learning.UNJUDGED)
        return unknown & ~self.regressed

    @property
    def failed(self) -> bool:
        """Whether a script should stop here; with strict terms also for what is unsettled, or was not measured at
        all."""
        strictly = self.unsettled.any() or (self.unmatched["side"] == "baseline").any()
        return bool(self.regressed.any() or (self.terms.strict and strictly))


def check(
    baseline: pd.DataFrame, candidate: pd.DataFrame, terms: Terms, same_code: Sequence[pd.DataFrame] = ()
) -> Check:
    """Hold ``candidate`` against ``baseline``, tidy frames of measured rounds.

    ``same_code``: further groups of runs on this machine, each of one code, which tell its noise. Raises ResultsError
    where the two cannot be held against each other: other work, another machine, a run on both sides, nothing in
    common.
    """
    groups = [baseline, candidate, *same_code]
    for rounds in groups:
        check_measured(rounds)
    workload.check(pd.concat(groups, ignore_index=True))
    for place, other in enumerate(groups[1:]):
        fingerprint.check(baseline, other, terms.allowed, "candidate" if not place else "--noise")
    for one, other in itertools.combinations(groups, 2):
        _check_apart(one, other)
    unmatched = _unmatched(baseline, candidate)
    quiet = [rounds[~disturbed.mark(rounds)["disturbed"].fillna(False)] for rounds in (baseline, candidate, *same_code)]
    speed = gate.judge(quiet[0], quiet[1], quiet[2:], terms.minimum_effect)
    rows = learning.judge(baseline, candidate).merge(speed, how="left", on=ROW)
    rows["speed"] = rows["speed"].fillna(gate.INCONCLUSIVE)
    set_aside = len(baseline) + len(candidate) - len(quiet[0]) - len(quiet[1])
    return Check(terms, rows, unmatched, set_aside, baseline, candidate)


def check_measured(rounds: pd.DataFrame) -> None:
    """Raise ResultsError where ``rounds`` do not say how they were measured, as the lab report does not."""
    unknown = rounds[rounds["engine"].isna()]
    if len(unknown):
        raise ResultsError(
            f"{unknown['source'].iloc[0]} does not say how it was measured, so it cannot be checked: give runs that "
            "pytest benchmarks --benchmark-save wrote."
        )


def _check_apart(one: pd.DataFrame, other: pd.DataFrame) -> None:
    both = other[other["run"].isin(one["run"])]
    if len(both):
        raise ResultsError(
            f"{both['source'].iloc[0]} is on both sides of this check, or in its --noise too: give each run once only."
        )


def _unmatched(baseline: pd.DataFrame, candidate: pd.DataFrame) -> pd.DataFrame:
    """The rows that one side has alone. Raises ResultsError where nothing is left to check."""
    sides = [rounds[ROW].drop_duplicates() for rounds in (baseline, candidate)]
    joined = sides[0].merge(sides[1], how="outer", indicator="side")
    if not (joined["side"] == "both").any():
        raise ResultsError(
            f"{candidate['source'].iloc[0]} has no engine, device and minibatch size in common with "
            f"{baseline['source'].iloc[0]}: measure the same on both sides."
        )
    alone = joined[joined["side"] != "both"].reset_index(drop=True)
    return alone.assign(side=alone["side"].map({"left_only": "baseline", "right_only": "candidate"}).astype("string"))
