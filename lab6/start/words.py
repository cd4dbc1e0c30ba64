"""The answer in sentences."""

import math
import shlex
from collections.abc import Iterator

import pandas as pd

from lab6.render.console import MOST_SHOWN
from lab6.render.numbers import accuracy, count, listed, seconds, times
from lab6.start.answer import Answer
from lab6.start.frontier import Start
from lab6.store import student
from lab6.store.series import SERIES, UNSAID, title, with_title

NOTICEABLE = 1.1
"""The smallest ratio of times that is given as a number."""

NAMES = {"training_accuracy": "training accuracy", "test_accuracy": "test accuracy"}


def headline(answer: Answer, start: Start) -> str:
    """The answer in one sentence, with the sizes that cannot be distinguished from it."""
    row = answer.chosen(start)
    own = start.setup, start.method
    who = f"in the {title(*own)}" if start.method == UNSAID else with_title(*own)
    if start.choices == 1:
        return (
            f"Minibatch size {start.batch_size:,} is the only one here: {who}, one epoch takes "
            f"{seconds(row['seconds'])} and reaches a {NAMES[answer.accuracy]} of {accuracy(row[answer.accuracy])}; "
            "measure more sizes to compare."
        )
    doubt = f" (not distinguished from {listed(start.rivals)})" if start.rivals else ""
    return (
        f"Start with minibatch size {start.batch_size:,}{doubt}: {who}, one epoch takes {seconds(row['seconds'])} and "
        f"reaches a {NAMES[answer.accuracy]} of {accuracy(row[answer.accuracy])}."
    )


def reasons(answer: Answer, start: Start) -> list[str]:
    """Why that size, and how sure it is; and which sizes make a single update an epoch."""
    sizes = answer.sizes(start)
    sentences = []
    if start.choices > 1:
        sentences = [_rule(answer, start, sizes), *_alternatives(answer, start, sizes), _sureness(start, sizes)]
    for size in sizes.loc[sizes["steps_per_epoch"] == 1, "batch_size"]:
        little = "" if size in start.within else ", so little is learned however fast it is"
        sentences.append(f"At minibatch size {size:,} an epoch is one single update{little}.")
    return sentences


def _budget(answer: Answer, start: Start, limit: float) -> str:
    """The most accurate size of a series within ``limit`` seconds."""
    sizes = answer.sizes(start)
    name = title(start.setup, start.method)
    best = answer.best_within_budget(start)
    if best is None:
        return (
            f"Within {seconds(limit)}, no epoch ends with {name}; the fastest takes {seconds(sizes['seconds'].min())}."
        )
    row = sizes.loc[best]
    return (
        f"Within {seconds(limit)}, one epoch with {name} reaches the highest {NAMES[answer.accuracy]}, "
        f"{accuracy(row[answer.accuracy])}, with minibatch size {best:,} ({seconds(row['seconds'])})."
    )


def budgets(answer: Answer) -> list[str]:
    """The most accurate size of each series within the budget; of very many, only the headline's and the best."""
    limit, shown = answer.question.budget, answer.starts
    if limit is None:
        return []
    if len(shown) > MOST_SHOWN:
        rows = answer.summary.sizes[answer.summary.sizes["seconds"] <= limit]
        best = rows.sort_values([answer.accuracy, "seconds"], ascending=[False, True]).head(1)
        keys = {(answer.headline.setup, answer.headline.method), *best[SERIES].itertuples(index=False, name=None)}
        kept = [start for start in shown if (start.setup, start.method) in keys]
        shown = tuple(sorted(kept, key=lambda start: start != answer.headline))
    sentences = [_budget(answer, start, limit) for start in shown]
    rest = len(answer.starts) - len(shown)
    return [
        *sentences,
        *([f"What the other {rest:,} series reach is on the page and in --format json."] if rest else []),
    ]


def one_machine(answer: Answer) -> str:
    """The option that shows the machine of the headline in full."""
    rounds = answer.summary.rounds
    label = rounds.loc[rounds["setup"] == answer.headline.setup, "machine"].iloc[0]
    return f"--where {shlex.quote(f'machine={label}')}"


def caveat(answer: Answer) -> str:
    """What times and intervals mean, which are missing, and the accuracy that was judged if it is not the usual one."""
    sentences = [
        "Times are geometric means over processes, each with the median of its rounds; accuracies are means over "
        "seeds; both with Student's 95% intervals."
    ]
    if answer.summary.sizes[["seconds_low", f"{answer.accuracy}_low"]].isna().any(axis=None):
        sentences.append("A time from fewer than three processes has no interval, nor has an accuracy from one seed.")
    if answer.question.accuracy == "auto" and _switched(answer):
        sentences.append("Judged by training accuracy, since not all of these results have a test accuracy.")
    return " ".join(sentences)


def _switched(answer: Answer) -> bool:
    return answer.accuracy == "training_accuracy" and bool(answer.summary.rounds["test_accuracy"].notna().any())


def _rule(answer: Answer, start: Start, sizes: pd.DataFrame) -> str:
    name = NAMES[answer.accuracy]
    best = sizes.loc[start.most_accurate, answer.accuracy]
    if len(start.within) == 1:
        return (
            f"It has the highest {name}, {accuracy(best)}, and no other size comes within "
            f"{answer.question.tolerance:g} of it."
        )
    return (
        f"{listed(start.within)} are within {answer.question.tolerance:g} of the best {name} ({accuracy(best)}, at "
        f"{start.most_accurate:,}); of these, {start.batch_size:,} is the fastest."
    )


def _alternatives(answer: Answer, start: Start, sizes: pd.DataFrame) -> Iterator[str]:
    """The costs of the fastest other size that is as accurate, and of the most accurate faster size."""
    chosen = sizes.loc[start.batch_size]
    faster = sizes[sizes["seconds"] < chosen["seconds"]].sort_values(answer.accuracy)
    slower = sizes[sizes["batch_size"].isin(start.within) & (sizes["seconds"] > chosen["seconds"])]
    parts = []
    if len(slower):
        row = slower.sort_values("seconds").iloc[0]
        factor = row["seconds"] / chosen["seconds"]
        longer = f"{times(factor)} times as long" if factor >= NOTICEABLE else "hardly longer"
        parts.append(f"{row['batch_size']:,} takes {longer}")
    if len(faster):
        row = faster.iloc[-1]
        lost = accuracy(chosen[answer.accuracy] - row[answer.accuracy])
        parts.append(f"{row['batch_size']:,} takes {seconds(row['seconds'])} but loses {lost} of accuracy")
    if parts:
        yield f"{', and '.join(parts)}."


def _sureness(start: Start, sizes: pd.DataFrame) -> str:
    if start.share is None:
        return (
            "How sure this is cannot be said: it takes three processes and two seeds of each size; measure with "
            "--processes 3 or more."
        )
    fewest, most = int(sizes["processes"].min()), int(sizes["processes"].max())
    processes = count(most, "process") if fewest == most else f"{fewest:,} to {most:,} processes"
    share = "all" if start.share == 1 else f"{math.floor(start.share * 1000) / 10:g}% of"
    doubt = ""
    if start.rivals:
        doubt = f", so it cannot be distinguished from {listed(start.rivals)}; measure with more --processes"
    return (
        f"It wins {share} {student.DRAWS:,} draws of times and accuracies that are compatible with {processes} of each "
        f"size{doubt}."
    )
