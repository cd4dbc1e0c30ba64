"""The fastest way to an accuracy in sentences."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from lab6.render.numbers import count, listed, microseconds, plain_seconds, seconds, times
from lab6.store import student
from lab6.store.series import with_title
from lab6.target import settings
from lab6.target.answer import Answer, came_closest
from lab6.target.times import Fastest
from lab6.trials import KERAS_SIZE

NAMES = {"adam": "Adam", "sgd": "SGD"}
"""How optimizers are written; others as they are."""

DEFAULTS = {"adam": 0.001, "sgd": 0.01}
"""Keras's learning rates, which do not change while it trains."""

NEEDED = {
    "processes": "three processes of each size (measure with --processes 3)",
    "seeds": "three seeds of each setting (lab6 steps --seeds 3)",
}
"""What it takes to say how sure an answer is; see :class:`lab6.target.times.Fastest`."""

NOTICEABLE = 1.05
"""The smallest ratio of times that is given as a number."""


def percent(target: float) -> str:
    """A target such as ``97%``."""
    return f"{target * 100:.6g}%"


def rate(row: pd.Series) -> str:
    """The learning rate of a setting and how it goes on, such as ``0.004, decaying linearly to 0 over 1,700 steps``."""
    constant = pd.isna(row["decay_steps"])
    schedule = "constant" if constant else f"decaying linearly to 0 over {row['decay_steps']:,.0f} steps"
    return f"{row['learning_rate']:.6g}, {schedule}"


def headline(answer: Answer) -> str:
    """The answer in one sentence."""
    return "".join(headings(answer))


def headings(answer: Answer) -> tuple[str, str]:
    """The headline's first words, and the rest of it."""
    fastest, goal = answer.headline, percent(answer.target)
    if fastest is None:
        return f"How fast {goal} is reached is not known", f": {_why_unknown(answer)}."
    row = answer.chosen(fastest)
    return (
        f"Fastest to {goal}: minibatch size {fastest.batch_size:,}",
        f"{_doubt(fastest)} with {_optimizer(answer)} at {rate(row)}: about {_with_interval(row)} "
        f"{with_title(fastest.setup, fastest.method)}.",
    )


def reasons(answer: Answer, starts: dict[tuple[str, str], int]) -> list[str]:
    """What the answer is made of, how sure it is, and what other sizes cost.

    ``starts``: the size to start with for one epoch, of each series.
    """
    fastest = answer.headline
    if fastest is None:
        return list(_unreached(answer))
    start = starts.get((fastest.setup, fastest.method))
    return [
        _product(answer, fastest),
        *_sureness(fastest),
        *([] if start is None else _one_epoch(answer, fastest, start)),
        *_defaults(answer, fastest),
        *_critical(answer),
        *_unreached(answer),
        *_untimed(answer, fastest),
    ]


def caveat(answer: Answer) -> str:
    """Where steps and seconds come from, and what they leave out."""
    tried = answer.table.tried
    every = f"{len(answer.table.trials):,} trials"
    return (
        f"Steps to {percent(answer.target)} of {tried.test_images:,} test images: geometric means over seeds, from "
        f"{every} in {answer.table.source.name}. The same seeds chose the settings: a new seed can miss the target or "
        "take a little longer. Seconds of a step: from the epochs measured here, interpolated linearly between "
        "measured sizes; the intervals leave out the error of interpolating. Evaluating, compiling and trying settings "
        "are not counted."
    )


def _why_unknown(answer: Answer) -> str:
    if answer.best.empty:
        return "no setting that was tried reaches it with each of its seeds"
    return f"measure epochs with minibatch sizes around {listed(tuple(answer.best['batch_size']))}"


def _optimizer(answer: Answer) -> str:
    return NAMES.get(answer.table.tried.optimizer, answer.table.tried.optimizer)


def _doubt(fastest: Fastest) -> str:
    return f" (not distinguished from {listed(fastest.rivals)})" if fastest.rivals else ""


def _with_interval(row: pd.Series) -> str:
    if pd.isna(row["seconds_low"]):
        return seconds(row["seconds"])
    return f"{seconds(row['seconds'])} ({plain_seconds(row['seconds_low'])} to {plain_seconds(row['seconds_high'])})"


def _product(answer: Answer, fastest: Fastest) -> str:
    row = answer.chosen(fastest)
    epochs = f"{row['steps'] * row['batch_size'] / answer.table.tried.training_images:.2g}"
    least = answer.best["steps"]
    return (
        f"{row['steps']:,.0f} steps ({epochs} epoch{'' if epochs == '1' else 's'}) x "
        f"{microseconds(row['step_seconds'])} µs; the fewest steps of all sizes are {least.min():,.0f}, with "
        f"{least.idxmin():,}."
    )


def _sureness(fastest: Fastest) -> Iterator[str]:
    if fastest.choices == 1:
        return
    if fastest.share is None:
        yield f"How sure this is cannot be said: it takes {' and '.join(NEEDED[each] for each in fastest.missing)}."
        return
    share = "all" if fastest.share == 1 else f"{math.floor(fastest.share * 1000) / 10:g}% of"
    yield f"It is the fastest in {share} {student.DRAWS:,} draws from the uncertainty of steps and seconds."


def _one_epoch(answer: Answer, fastest: Fastest, start: int) -> Iterator[str]:
    """What it costs to take the size to start with for one epoch."""
    own, goal = answer.of(fastest), percent(answer.target)
    if start == fastest.batch_size:
        yield f"It is also the size to start with for one epoch with {fastest.method} ({start:,})."
    elif start in own.index:
        row = own.loc[start]
        yield (
            f"The size to start with for one epoch, {start:,}, takes {seconds(row['seconds'])} to {goal} at its own "
            f"best rate ({rate(row)}): {_longer(row['seconds'] / fastest.seconds)}."
        )
    elif start in set(answer.settings["batch_size"]) - set(answer.best.index):
        yield f"The size to start with for one epoch, {start:,}, does not reach {goal} with each of its seeds."


def _defaults(answer: Answer, fastest: Fastest) -> Iterator[str]:
    """What Keras's defaults cost, with ``fit`` if it was measured on the machine."""
    tried = settings.tested(answer.settings)
    usual = DEFAULTS.get(answer.table.tried.optimizer, math.nan)
    same = settings.same(tried, {"batch_size": KERAS_SIZE, "learning_rate": usual, "decay_steps": math.nan})
    ways = [each for each in answer.fastest if each.setup == fastest.setup and each.method.split(" ")[0] == "fit"]
    for way in (ways or [fastest])[:1]:
        own = answer.of(way)
        if len(same) and KERAS_SIZE in own.index:
            longest = same["steps"].iloc[0] * own.loc[KERAS_SIZE, "step_seconds"]
            yield (
                f"Keras's defaults, {KERAS_SIZE} and {_optimizer(answer)} at {usual:g}, take {seconds(longest)} with "
                f"{way.method}: {_longer(longest / fastest.seconds)}."
            )


def _longer(factor: float) -> str:
    return f"{times(factor)} times as long" if factor >= NOTICEABLE else "hardly longer"


def _critical(answer: Answer) -> Iterator[str]:
    trade = answer.trade
    if trade:
        known = np.isfinite([trade.low, trade.high]).all()
        around = f" ({_round(trade.low)} to {_round(trade.high)} by the fit)" if known else ""
        yield (
            f"The critical minibatch size is about {_round(trade.critical)}{around}: there, "
            f"{percent(answer.target)} takes twice the least possible steps ({_round(trade.least_steps)}) and images "
            f"({_round(trade.least_images)}) by the fitted curve."
        )


def _round(value: float) -> str:
    """Two digits."""
    return f"{float(f'{value:.2g}'):,.10g}"


def _unreached(answer: Answer) -> Iterator[str]:
    """The sizes that do not reach the target with each seed, and what came closest."""
    left = settings.failing(answer.settings)
    sizes = tuple(int(size) for size in left["batch_size"].unique())
    if sizes:
        verb = "does" if len(sizes) == 1 else "do"
        yield (
            f"{listed(sizes)} {verb} not reach {percent(answer.target)} with each of at least "
            f"{count(settings.least(answer.settings), 'seed')}; {came_closest(left)}."
        )


def _untimed(answer: Answer, fastest: Fastest) -> Iterator[str]:
    """The sizes whose steps are known, but not their seconds."""
    left = answer.best.index.difference(answer.of(fastest).index)
    if len(left):
        yield (
            f"The time of {listed(tuple(int(size) for size in left))} is not known with {fastest.method}: measure "
            "smaller or larger sizes too, with --batch-sizes."
        )
