"""The whole answer to the lab's question, from rounds that belong together."""

import dataclasses

import pandas as pd

from lab6.analysis import disturbed, frontier
from lab6.analysis.series import SERIES, named
from lab6.analysis.summary import summarise
from lab6.errors import ResultsError

ACCURACIES = ("auto", "test", "training")


@dataclasses.dataclass(frozen=True)
class Question:
    """What is asked. ``accuracy``: which one is judged, one of ACCURACIES; ``auto`` is the test accuracy if all
    results have one. ``tolerance``: of accuracy, 0 to 1. ``budget``: seconds for one epoch, or None.
    """

    accuracy: str = "auto"
    tolerance: float = frontier.TOLERANCE
    budget: float | None = None


@dataclasses.dataclass(frozen=True)
class Answer:
    """What the rounds say. Frames are never changed.

    ``rounds``: a row a round, with its series named; ``summary``: a row for each series and minibatch size, with what
    is dominated marked and disturbed rounds counted; ``accuracy``: the column that was judged; ``starts``: for each
    series, in the summary's order, which size to start with; ``headline``: the one that is told first.
    """

    question: Question
    rounds: pd.DataFrame
    summary: pd.DataFrame
    accuracy: str
    starts: tuple[frontier.Start, ...]
    headline: frontier.Start

    def sizes(self, start: frontier.Start) -> pd.DataFrame:
        """The summary's rows of the series of ``start``, indexed by minibatch size."""
        return of_series(self.summary, start.setup, start.method).set_index("batch_size", drop=False)

    def best_within_budget(self, start: frontier.Start) -> int | None:
        """The minibatch size of the series of ``start`` that reaches the most within the budget that was asked for."""
        budget = self.question.budget
        return None if budget is None else frontier.within_budget(self.sizes(start), self.accuracy, budget)


def answer(rounds: pd.DataFrame, question: Question) -> Answer:
    """Judge ``rounds``, a tidy frame of results that belong together. Raises ResultsError.

    The headline is of the machine that was measured last; duets count only if there is nothing else, their candidates
    first. Among its methods the rule is that among sizes: the fastest whose accuracy is within the tolerance of the
    best.
    """
    rounds = named(rounds)
    accuracy = _judged(rounds, question.accuracy)
    summary = disturbed.count(frontier.mark_dominated(summarise(rounds), accuracy), rounds)
    by_series = rounds.groupby(SERIES)
    starts = tuple(
        frontier.start(sizes, by_series.get_group(series), accuracy, question.tolerance)
        for series, sizes in summary.groupby(SERIES, sort=False)
    )
    headline = _headline(rounds, summary, starts, accuracy, question.tolerance)
    return Answer(question, rounds, summary, accuracy, starts, headline)


def of_series(frame: pd.DataFrame, setup: str, method: str) -> pd.DataFrame:
    """The rows of ``frame`` that belong to one series."""
    return frame[(frame["setup"] == setup) & (frame["method"] == method)]


def _judged(rounds: pd.DataFrame, asked: str) -> str:
    """The column of the accuracy to judge."""
    if asked == "auto":
        return "training_accuracy" if rounds["test_accuracy"].isna().any() else "test_accuracy"
    column = f"{asked}_accuracy"
    if rounds[column].isna().any():
        without = rounds.loc[rounds[column].isna(), "source"].iloc[0]
        raise ResultsError(f"{without} has no {asked} accuracy: judge by another with --accuracy, or leave it out.")
    return column


def _headline(
    rounds: pd.DataFrame, summary: pd.DataFrame, starts: tuple[frontier.Start, ...], accuracy: str, tolerance: float
) -> frontier.Start:
    newest = _newest_setup(rounds)
    own = [start for start in starts if start.setup == newest]
    rows = summary.set_index([*SERIES, "batch_size"])
    chosen = rows.loc[[(start.setup, start.method, start.batch_size) for start in own]]
    return own[int(frontier.fastest(chosen["seconds"].to_numpy(), chosen[accuracy].to_numpy(), tolerance))]


def _newest_setup(rounds: pd.DataFrame) -> str:
    dated = rounds.dropna(subset="measured_at")
    if dated.empty:
        return str(rounds["setup"].iloc[0])
    side = dated["side"].fillna("")
    preferred = next(own for own in ("", "candidate", "baseline") if (side == own).any())
    return str(dated.loc[dated.loc[side == preferred, "measured_at"].idxmax(), "setup"])
