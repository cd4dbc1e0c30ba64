"""The answer in plain sentences, each made from the numbers."""

from collections.abc import Iterator

import pandas as pd

from lab6.analysis import bootstrap
from lab6.analysis.answer import Answer
from lab6.analysis.frontier import Start
from lab6.analysis.series import UNSAID

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
    """The answer in one sentence."""
    row = answer.sizes(start).loc[start.batch_size]
    name = series(start.setup, start.method)
    who = f"as the {name} has it" if start.method == UNSAID else f"with {name}"
    return (
        f"Start with minibatch size {start.batch_size:,}: {who}, one epoch takes {seconds(row['seconds'])} and reaches "
        f"a {NAMES[answer.accuracy]} of {accuracy(row[answer.accuracy])}."
    )


def reasons(answer: Answer, start: Start) -> list[str]:
    """Why that size, how sure it is, and what one update an epoch means: two or more sentences."""
    sizes = answer.sizes(start)
    sentences = [_rule(answer, start, sizes), *_alternatives(answer, start, sizes), _sureness(answer, start, sizes)]
    single = sizes[sizes["steps_per_epoch"] == 1]
    if len(single):
        sentences.append(
            f"At minibatch size {single['batch_size'].iloc[0]:,} an epoch is one single update, so little is learned "
            "however fast it is."
        )
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


def caveat(answer: Answer) -> str:
    """What the intervals are, and what they cannot promise with so few rounds."""
    fewest = int(answer.summary["rounds"].min())
    text = "Times are medians with bootstrap 95% intervals, accuracies means over seeds with Student's 95% intervals."
    if fewest == 1:
        return f"{text} What was measured once has no interval."
    coverage = bootstrap.range_coverage(fewest)
    if coverage < bootstrap.CONFIDENCE:
        text += (
            f" With {fewest} rounds, an interval of a median can reach no further than from the fastest to the slowest "
            f"of them, which holds the true median in {coverage:.0%} of cases; 6 rounds are enough for 95%."
        )
    return text


def _rule(answer: Answer, start: Start, sizes: pd.DataFrame) -> str:
    name = NAMES[answer.accuracy]
    best = sizes.loc[start.most_accurate, answer.accuracy]
    if len(sizes) == 1:
        return "It is the only size that was measured."
    if len(start.within) == 1:
        return (
            f"It has the highest {name}, {accuracy(best)}, and no other size comes within "
            f"{answer.question.tolerance:g} of it."
        )
    within = listed(start.within)
    return (
        f"{within} are within {answer.question.tolerance:g} of the best {name} ({accuracy(best)}, at "
        f"{start.most_accurate:,}); of these, {start.batch_size:,} is the fastest."
    )


def _alternatives(answer: Answer, start: Start, sizes: pd.DataFrame) -> Iterator[str]:
    """What the next faster and the next slower size would cost."""
    chosen = sizes.loc[start.batch_size]
    faster = sizes[sizes["seconds"] < chosen["seconds"]].sort_values(answer.accuracy)
    slower = sizes[sizes["batch_size"].isin(start.within) & (sizes["seconds"] > chosen["seconds"])]
    parts = []
    if len(slower):
        row = slower.sort_values("seconds").iloc[0]
        parts.append(f"{row['batch_size']:,} takes {times(row['seconds'] / chosen['seconds'])} times as long")
    if len(faster):
        row = faster.iloc[-1]
        lost = chosen[answer.accuracy] - row[answer.accuracy]
        parts.append(
            f"{row['batch_size']:,} takes {seconds(row['seconds'])} but loses {accuracy(lost)} of "
            f"{NAMES[answer.accuracy].split()[-1]}"
        )
    if parts:
        yield f"{', and '.join(parts)}."


def _sureness(answer: Answer, start: Start, sizes: pd.DataFrame) -> str:
    if len(sizes) == 1:
        return "Measure more sizes to compare them."
    if start.share is None:
        return "Not every size was measured more than once, so how sure this is cannot be said."
    count = f"{bootstrap.RESAMPLES:,} bootstrap resamples"
    rounds = f"{int(sizes['rounds'].min())} rounds a size"
    if not start.rivals:
        share = "all" if start.share == 1 else f"{start.share:.1%} of"
        return f"The same size wins in {share} {count} of its {rounds}."
    return (
        f"It wins in {start.share:.0%} of {count} of {rounds}: it cannot be told apart from "
        f"{listed(start.rivals)} with these rounds; measure more of them."
    )


def listed(sizes: tuple[int, ...]) -> str:
    """Sizes as a person lists them: ``1, 10 and 100``."""
    texts = [f"{size:,}" for size in sizes]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
