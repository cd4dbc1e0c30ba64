"""The answer to the lab's question, from rounds of one work."""

import dataclasses

import pandas as pd

from lab6.errors import ResultsError
from lab6.start import frontier
from lab6.store.series import SERIES
from lab6.store.summary import Summary, summarise

ACCURACIES = ("auto", "test", "training")


@dataclasses.dataclass(frozen=True)
class Question:
    """``accuracy``: the one that is judged, of ACCURACIES; ``auto`` is the test accuracy if all results have one.
    ``tolerance``: of accuracy, 0 to 1. ``budget``: seconds for one epoch, or None.
    """

    accuracy: str = "auto"
    tolerance: float = frontier.TOLERANCE
    budget: float | None = None


@dataclasses.dataclass(frozen=True)
class Answer:
    """The summary, and what it says.

    ``summary``: its ``sizes`` have the column ``dominated`` too. ``accuracy``: the column that was judged. ``starts``:
    the size to start with for each series, in the order of the summary. ``headline``: the one that is shown first.
    """

    question: Question
    summary: Summary
    accuracy: str
    starts: tuple[frontier.Start, ...]
    headline: frontier.Start

    def sizes(self, start: frontier.Start) -> pd.DataFrame:
        """The summary's rows of the series of ``start``, indexed by minibatch size."""
        return self.summary.of(start.setup, start.method)

    def chosen(self, start: frontier.Start) -> pd.Series:
        """The summary's row of the size to start with."""
        return self.sizes(start).loc[start.batch_size]

    def all_chosen(self) -> pd.DataFrame:
        """The summary's rows of the sizes to start with, in the order of ``starts``."""
        rows = self.summary.sizes.set_index([*SERIES, "batch_size"], drop=False)
        return rows.loc[[(own.setup, own.method, own.batch_size) for own in self.starts]].reset_index(drop=True)

    def best_within_budget(self, start: frontier.Start) -> int | None:
        """The most accurate minibatch size of the series of ``start`` within the budget; None without a budget."""
        budget = self.question.budget
        return None if budget is None else frontier.within_budget(self.sizes(start), self.accuracy, budget)


def answer(rounds: pd.DataFrame, question: Question) -> Answer:
    """Judge ``rounds``, a tidy frame of one work. Raises ResultsError.

    The headline is of the machine that was measured last; of duets only if there is nothing else, candidates first.
    Among its methods, the rule is the one for sizes: the fastest whose accuracy is within the tolerance of the best.
    """
    summary = summarise(rounds)
    accuracy = _judged(rounds, question.accuracy)
    summary = dataclasses.replace(summary, sizes=frontier.mark_dominated(summary.sizes, accuracy))
    starts = tuple(
        frontier.start(sizes, [summary.samples[place] for place in sizes.index], accuracy, question.tolerance)
        for _, sizes in summary.sizes.groupby(SERIES, sort=False)
    )
    return Answer(question, summary, accuracy, starts, _headline(summary, starts, accuracy, question.tolerance))


def _judged(rounds: pd.DataFrame, asked: str) -> str:
    """The column of the accuracy to judge."""
    if asked == "auto":
        return "training_accuracy" if rounds["test_accuracy"].isna().any() else "test_accuracy"
    column = f"{asked}_accuracy"
    if rounds[column].isna().any():
        without = rounds.loc[rounds[column].isna(), "source"].iloc[0]
        raise ResultsError(f"{without} has no {asked} accuracy: judge by another with --accuracy, or leave it out.")
    return column


def _headline(summary: Summary, starts: tuple[frontier.Start, ...], accuracy: str, tolerance: float) -> frontier.Start:
    newest = _newest_setup(summary.rounds)
    own = [start for start in starts if start.setup == newest]
    rows = summary.sizes.set_index([*SERIES, "batch_size"])
    chosen = rows.loc[[(start.setup, start.method, start.batch_size) for start in own]]
    return own[int(frontier.fastest(chosen["seconds"].to_numpy(), chosen[accuracy].to_numpy(), tolerance))]


def _newest_setup(rounds: pd.DataFrame) -> str:
    dated = rounds.dropna(subset="measured_at")
    if dated.empty:
        return str(rounds["setup"].iloc[0])
    side = dated["side"].fillna("")
    preferred = next(own for own in ("", "candidate", "baseline") if (side == own).any())
    return str(dated.loc[dated.loc[side == preferred, "measured_at"].idxmax(), "setup"])
