"""The fastest way to an accuracy in sentences."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from lab6.render.numbers import accuracy, listed, plain_seconds, seconds, times
from lab6.store import student
from lab6.store.series import title
from lab6.target import settings
from lab6.target.answer import Answer
from lab6.target.times import Fastest

NAMES = {"adam": "Adam", "sgd": "SGD"}
"""How optimizers are written; others as they are."""

DEFAULTS = {"adam": 0.001, "sgd": 0.01}
"""Keras's learning rates, which do not change while it trains."""

DEFAULT_SIZE = 32
"""Keras's minibatch size."""

NOTICEABLE = 1.05
"""The smallest ratio of times that is given as a number."""


def percent(target: float) -> str:
    """A target such as ``97%``."""
    return f"{target * 100:.6g}%"


def rate(row: pd.Series) -> str:
    """The learning rate of a setting and how it goes on, such as ``0.004, falling to 0 over 1,700 steps``."""
    falls = "constant" if pd.isna(row["decay_steps"]) else f"falling to 0 over {row['decay_steps']:,.0f} steps"
    return f"{row['learning_rate']:.6g}, {falls}"


def headline(answer: Answer) -> str:
    """The answer in one sentence."""
    fastest, goal = answer.headline, percent(answer.target)
    if answer.best.empty:
        return f"How fast {goal} is reached is not known: no setting that was tried reaches it with each of its seeds."
    if fastest is None:
        tried = listed(tuple(answer.best["batch_size"]))
        return f"How fast {goal} is reached is not known: measure epochs of minibatch sizes around {tried}."
    row = answer.chosen(fastest)
    return (
        f"Fastest to {goal}: minibatch size {fastest.batch_size:,}{_doubt(fastest)} with {_optimizer(answer)} at "
        f"{rate(row)}: about {_with_interval(row)} with {title(fastest.setup, fastest.method)}."
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
    """Where steps and seconds come from."""
    tried = answer.table.tried
    every = f"{len(answer.table.trials):,} trials"
    return (
        f"Steps to {percent(answer.target)} of {tried.test_images:,} test images: geometric means over seeds, from "
        f"{every} in {answer.table.source.name}. Seconds of a step: from the epochs measured here, between two "
        "measured sizes linear in the size. Evaluating, compiling and trying settings are not counted."
    )


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
    images = row["steps"] * row["batch_size"] / answer.table.tried.training_images
    return (
        f"{row['steps']:,.0f} steps ({images:.2g} epochs) x {row['step_seconds'] * 1e6:,.3g} microseconds; the fewest "
        f"steps of all sizes are {answer.best['steps'].min():,.0f}, with {answer.best['steps'].idxmin():,}."
    )


def _sureness(fastest: Fastest) -> Iterator[str]:
    if fastest.choices == 1:
        return
    if fastest.share is None:
        yield (
            "How sure this is cannot be said: it takes three processes and three seeds of each size; measure with "
            "--processes 3 or more."
        )
        return
    share = "all" if fastest.share == 1 else f"{math.floor(fastest.share * 1000) / 10:g}% of"
    yield f"It wins {share} {student.DRAWS:,} draws of steps and seconds that are compatible with seeds and processes."


def _one_epoch(answer: Answer, fastest: Fastest, start: int) -> Iterator[str]:
    """What it costs to take the size to start with for one epoch."""
    own, goal = answer.of(fastest), percent(answer.target)
    if start == fastest.batch_size:
        yield f"It is also the size to start with for one epoch ({start:,})."
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
    same = (tried["batch_size"] == DEFAULT_SIZE) & (tried["learning_rate"] == usual) & tried["decay_steps"].isna()
    ways = [each for each in answer.fastest if each.setup == fastest.setup and each.method.split(" ")[0] == "fit"]
    for way in (ways or [fastest])[:1]:
        own = answer.of(way)
        if same.any() and DEFAULT_SIZE in own.index:
            longest = tried.loc[same, "steps"].iloc[0] * own.loc[DEFAULT_SIZE, "step_seconds"]
            yield (
                f"Keras's defaults, {DEFAULT_SIZE} and {_optimizer(answer)} at {usual:g}, take {seconds(longest)} with "
                f"{way.method}: {_longer(longest / fastest.seconds)}."
            )


def _longer(factor: float) -> str:
    return f"{times(factor)} times as long" if factor >= NOTICEABLE else "hardly longer"


def _critical(answer: Answer) -> Iterator[str]:
    trade = answer.trade
    if trade:
        known = np.isfinite([trade.low, trade.high]).all()
        around = f" ({_round(trade.low)} to {_round(trade.high)})" if known else ""
        yield (
            f"The critical minibatch size is about {_round(trade.critical)}{around}: there, "
            f"{percent(answer.target)} takes twice the fewest steps ({_round(trade.least_steps)}) and twice the fewest images "
            f"({_round(trade.least_images)})."
        )


def _round(value: float) -> str:
    """Two digits."""
    return f"{float(f'{value:.2g}'):,.10g}"


def _unreached(answer: Answer) -> Iterator[str]:
    """The sizes that do not reach the target with each seed, and what came closest."""
    left = settings.closest(answer.settings)
    if len(left):
        row = left.loc[left["best_accuracy"].idxmax()]
        verb = "does" if len(left) == 1 else "do"
        yield (
            f"{listed(tuple(left.index))} {verb} not reach {percent(answer.target)} with each of "
            f"{settings.least(answer.settings)} seeds or more; the best test accuracy is {accuracy(row['best_accuracy'])}, with "
            f"{row['batch_size']:,.0f} at {rate(row)}."
        )


def _untimed(answer: Answer, fastest: Fastest) -> Iterator[str]:
    """The sizes whose steps are known, but not their seconds."""
    left = answer.best.index.difference(answer.of(fastest).index)
    if len(left):
        verb = "has" if len(left) == 1 else "have"
        yield (
            f"{listed(tuple(int(size) for size in left))} {verb} steps but no time with {fastest.method}: measure "
            "smaller or larger sizes too, with --batch-sizes."
        )
