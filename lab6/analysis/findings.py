"""From places of results to the answer: the one way through this half of lab6."""

import dataclasses
from collections.abc import Iterator, Sequence

import pandas as pd

from lab6.analysis import results, workload
from lab6.analysis.answer import Answer, Question, answer
from lab6.analysis.sources import DEFAULT as DEFAULT
from lab6.check.check import Check
from lab6.errors import ResultsError


@dataclasses.dataclass(frozen=True)
class Findings:
    """The answer; in a sentence each what was left out of it; and, where it was asked for, a check of these runs."""

    answer: Answer
    left_out: tuple[str, ...]
    check: Check | None = None


def find(
    places: Sequence[str],
    conditions: Sequence[str] = (),
    question: Question | None = None,
    skip_bad: bool = False,
    track: results.Track = iter,
) -> Findings:
    """Read ``places``, keep what meets the ``conditions`` (see :func:`lab6.analysis.workload.where`), and judge it.

    Where places are named, results of different work are refused; where none is, ``results/`` is read, and of different
    work that of the newest run is judged. With ``skip_bad``, files that cannot be read are left out. Raises
    ResultsError and OptionError.
    """
    bad: list[ResultsError] = []
    rounds = results.load(*(places or [DEFAULT]), on_bad=bad.append if skip_bad else None, track=track)
    rounds = workload.where(rounds, conditions)
    other = [] if places else list(_other_work(rounds))
    if not places:
        rounds = workload.newest(rounds)
    workload.check(rounds)
    left_out = (*(str(error) for error in bad), *other)
    return Findings(answer(rounds, question or Question()), left_out)


def _other_work(rounds: pd.DataFrame) -> Iterator[str]:
    """A sentence for each work that differs from the newest run's."""
    kept = workload.newest(rounds).iloc[0]
    known = [field for field in workload.WORKLOAD if pd.notna(kept[field])]
    for values, others in rounds.groupby(known, dropna=False):
        work = dict(zip(known, values, strict=True))
        differing = [field for field in known if pd.notna(work[field]) and work[field] != kept[field]]
        if differing:
            field = differing[0]
            yield (
                f"{len(others):,} rounds of other work, which is never mixed: {field} is {work[field]}, not "
                f"{kept[field]}; --where {field}={work[field]} shows them."
            )
