"""The answer in plain sentences, each made from the numbers."""

import math
import shlex
from collections.abc import Iterator

import pandas as pd

from lab6 import disturbance
from lab6.analysis import disturbed, student
from lab6.analysis.answer import Answer
from lab6.analysis.frontier import Start
from lab6.analysis.series import SERIES, UNSAID

MOST_LISTED = 8
"""Sizes that a sentence names."""

MOST_TOLD = 6
"""Machines or series that are each told in full in a terminal."""

NOTICEABLE = 1.1
"""A ratio of times that is worth a number."""

MOST_RUNS = 3
"""Runs that were cut off and are named; more are counted."""

NAMES = {"training_accuracy": "training accuracy", "test_accuracy": "test accuracy"}


def seconds(value: float) -> str:
    """A time to three digits, such as ``0.378 s``, ``63.6 s`` or ``539 s``."""
    return f"{value:,.0f} s" if value >= 100 else f"{value:.3g} s"


def accuracy(value: float) -> str:
    """An accuracy as it is reported: 0 to 1, three digits."""
    return f"{value:.3f}"


def times(factor: float) -> str:
    """A ratio, such as ``5.7`` or ``29``."""
    return f"{factor:,.0f}" if factor >= 10 else f"{factor:.2g}"


def series(setup: str, method: str) -> str:
    """What a series is called: its method and its machine."""
    return setup if method == UNSAID else f"{method} on {setup}"


def headline(answer: Answer, start: Start) -> str:
    """The answer in one sentence; in doubt, with the doubt."""
    row = answer.sizes(start).loc[start.batch_size]
    name = series(start.setup, start.method)
    who = f"in the {name}" if start.method == UNSAID else f"with {name}"
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
    """Why that size, how sure it is, and what one update an epoch means: sentences; of a single size, only the last."""
    sizes = answer.sizes(start)
    sentences = []
    if start.choices > 1:
        sentences = [_rule(answer, start, sizes), *_alternatives(answer, start, sizes), _sureness(start, sizes)]
    for size in sizes.loc[sizes["steps_per_epoch"] == 1, "batch_size"]:
        little = "" if size in start.within else ", so little is learned however fast it is"
        sentences.append(f"At minibatch size {size:,} an epoch is one single update{little}.")
    return sentences


def budget(answer: Answer, start: Start) -> str | None:
    """Which size reaches the most within the time budget that was asked for, if one was."""
    limit = answer.question.budget
    if limit is None:
        return None
    sizes = answer.sizes(start)
    name = series(start.setup, start.method)
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
    """Such a sentence for each series; of very many only for that of the headline and the one that reaches the most."""
    limit, told = answer.question.budget, answer.starts
    if limit is None:
        return []
    if len(told) > MOST_TOLD:
        rows = answer.summary[answer.summary["seconds"] <= limit]
        best = rows.sort_values([answer.accuracy, "seconds"], ascending=[False, True]).head(1)
        keys = {(answer.headline.setup, answer.headline.method), *best[SERIES].itertuples(index=False, name=None)}
        kept = [start for start in told if (start.setup, start.method) in keys]
        told = tuple(sorted(kept, key=lambda start: start != answer.headline))
    sentences = [sentence for start in told if (sentence := budget(answer, start)) is not None]
    rest = len(answer.starts) - len(told)
    return [
        *sentences,
        *([f"What the other {rest:,} series reach is on the page and in --format json."] if rest else []),
    ]


def one_machine(answer: Answer) -> str:
    """The option that shows one machine in full, that of the headline, as it is typed."""
    label = answer.rounds.loc[answer.rounds["setup"] == answer.headline.setup, "machine"].iloc[0]
    return f"--where {shlex.quote(f'machine={label}')}"


def work(answer: Answer) -> str:
    """What was trained on what, as far as it is known; it stands out if it is not MNIST."""
    first = answer.rounds.bfill().iloc[0]
    data = "MNIST" if first["dataset"] == "mnist" else f"{first['dataset']}, NOT MNIST"
    optimizer = (
        "" if pd.isna(first["optimizer"]) else f", {first['optimizer']} with learning rate {first['learning_rate']:g}"
    )
    return f"Trained on {first['training_images']:,} images of {data}: the {first['network']} network{optimizer}."


def caveat(answer: Answer) -> str:
    """What times and intervals are, which are missing, and by what was judged if not as usual."""
    sentences = [
        "Times are geometric means over processes, each with the median of its rounds; accuracies are means over "
        "seeds; both with Student's 95% intervals."
    ]
    if answer.summary[["seconds_low", f"{answer.accuracy}_low"]].isna().any(axis=None):
        sentences.append("A time from fewer than three processes has no interval, nor has an accuracy from one seed.")
    if answer.question.accuracy == "auto" and _switched(answer):
        sentences.append("Judged by training accuracy, since not all of these results have a test accuracy.")
    return " ".join(sentences)


def moment(time: pd.Timestamp) -> str:
    """When a run ended, to the minute."""
    return f"{time:%Y-%m-%d %H:%M} UTC"


def disturbances(answer: Answer) -> list[str]:
    """A sentence on the rounds that other programs disturbed; none if there are none."""
    marked = disturbed.mark(answer.rounds)
    found = marked[marked["disturbed"].fillna(False)]
    if found.empty:
        return []
    worst = found.loc[found["others"].idxmax()]
    return [disturbance.sentence(len(found), len(marked), worst["others"], worst["usable_cores"])]


def cut_off(answer: Answer) -> list[str]:
    """Which runs were cut off, so that they hold only what they had finished; nothing if there are none."""
    runs = answer.rounds[answer.rounds["unfinished"]].groupby("run", sort=False)["source"].agg(["first", "size"])
    named = [f"{source} ({size:,} round{'' if size == 1 else 's'})" for source, size in runs.to_numpy()]
    if not named:
        return []
    if len(named) == 1:
        return [f"Cut off: {named[0]} was interrupted, and holds what it had finished."]
    last = named.pop() if len(named) <= MOST_RUNS else f"{len(named) - MOST_RUNS:,} more"
    return [f"Cut off: {', '.join(named[:MOST_RUNS])} and {last} were interrupted, and hold what they had finished."]


def notes(answer: Answer) -> list[str]:
    """Which runs were cut off, and which rounds were disturbed."""
    return [*cut_off(answer), *disturbances(answer)]


def listed(sizes: tuple[int, ...]) -> str:
    """Sizes as a person lists them, such as ``1, 10 and 100``; very many only by how many and from where to where."""
    if len(sizes) > MOST_LISTED:
        return f"{len(sizes)} sizes from {min(sizes):,} to {max(sizes):,}"
    texts = [f"{size:,}" for size in sizes]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _switched(answer: Answer) -> bool:
    return answer.accuracy == "training_accuracy" and bool(answer.rounds["test_accuracy"].notna().any())


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
    """What is lost with the most accurate of the faster sizes, and with the fastest of the others that are as good."""
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
            "How sure this is cannot be said: that takes three processes and two seeds of each size; measure with "
            "--processes 3 or more."
        )
    fewest, most = int(sizes["processes"].min()), int(sizes["processes"].max())
    processes = f"{fewest:,} processes" if fewest == most else f"{fewest:,} to {most:,} processes"
    share = "all" if start.share == 1 else f"{math.floor(start.share * 1000) / 10:g}% of"
    doubt = ""
    if start.rivals:
        doubt = f", so it cannot be distinguished from {listed(start.rivals)}; measure with more --processes"
    return (
        f"It wins {share} {student.DRAWS:,} draws of the times and accuracies that {processes} of each size leave "
        f"possible{doubt}."
    )
