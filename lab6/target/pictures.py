"""The pictures of the fastest way to an accuracy: names, titles, explanations, and the data behind each."""

from functools import partial

import pandas as pd

from lab6.render import cells
from lab6.render.look import Look
from lab6.render.picture import Picture
from lab6.render.style import NARROW, WIDE
from lab6.render.table import Column, Table
from lab6.target import figures, settings, tables
from lab6.target.answer import Answer
from lab6.target.words import percent

CURVE = (
    "The curve is (S / Smin - 1) (E / Emin - 1) = 1 for S steps and E images; at the critical size, both are twice "
    "their least."
)
NO_CURVE = "These sizes are too few, or too alike, for the curve that such points usually lie on."


def of(answer: Answer, look: Look) -> tuple[Picture, ...]:
    """The pictures, in the order of the page; none if no setting reaches the target.

    ``look``: of the series that have times, the same as in other pictures of them.
    """
    if answer.best.empty:
        return ()
    best = every_target(answer)
    goal, fitted = percent(answer.target), answer.trade is not None
    time = Picture(
        "time-to-target",
        f"Time to {goal} against minibatch size",
        f"Each size with the learning rate and schedule that take it to {goal} in the fewest steps; bars are 95% "
        "intervals from steps and seconds together. Rings mark the fastest.",
        partial(figures.time, answer, look),
        look.layouts,
        answer.times.reset_index(drop=True),
        tables.sizes(answer),
    )
    steps = Picture(
        "steps-to-target",
        "Steps against minibatch size",
        "The fewest steps to each test accuracy. Dotted: perfect scaling, where twice the size takes half the steps."
        + (f" The grey band is from a quarter of the critical size for {goal} to four times it." if fitted else ""),
        partial(figures.steps, answer, best),
        (WIDE, NARROW),
        best,
        _steps(best),
    )
    trade = Picture(
        "steps-images",
        "Steps against images",
        f"What each size pays for {goal}: few steps, or few images. " + (CURVE if fitted else NO_CURVE),
        partial(figures.trade, answer, best),
        (WIDE, NARROW),
        best[best["target"] == answer.target].reset_index(drop=True),
        _steps(best[best["target"] == answer.target]),
    )
    return (*([time] if len(answer.times) else []), steps, trade)


def every_target(answer: Answer) -> pd.DataFrame:
    """For each target of the table and each minibatch size, the setting with the fewest steps; with ``target`` and
    ``images``, steps x size."""
    found = [
        settings.best(settings.settings(answer.table, target)).assign(target=target)
        for target in answer.table.tried.targets
    ]
    joined = pd.concat([each for each in found if len(each)], ignore_index=True)
    return joined.assign(images=joined["steps"] * joined["batch_size"])


def _steps(best: pd.DataFrame) -> Table:
    columns = (
        Column("target", "target", lambda row: percent(row["target"])),
        cells.size("minibatch size"),
        cells.value("learning rate", "learning_rate", "{:.4g}".format),
        cells.value("linear decay (steps)", "decay_steps", "{:,.0f}".format),
        cells.with_interval("steps", "steps", "{:,.0f}".format),
        cells.value("images", "images", "{:,.0f}".format),
    )
    return Table("The fewest steps", columns, best)
