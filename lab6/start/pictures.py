"""The pictures of an answer: names, titles, explanations, and the data behind each."""

from collections.abc import Callable
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from lab6.render import crowd
from lab6.render.look import Look
from lab6.render.picture import Picture
from lab6.render.style import Layout
from lab6.render.table import Table
from lab6.start import background, figures, frontier, tables
from lab6.start.answer import Answer
from lab6.store.series import UNSAID


def of(answer: Answer) -> tuple[Picture, ...]:
    """The pictures, in the order of the page."""
    look = look_of(answer)
    sizes = answer.summary.sizes
    rounds = figures.rounds(answer, look)
    few = "" if len(rounds) == len(answer.summary.rounds) else " Only machines in colour are shown."
    steps = frontier.steps(sizes, answer.accuracy)

    def picture(
        name: str,
        title: str,
        explanation: str,
        draw: Callable[[Answer, Look, Layout], Figure],
        data: pd.DataFrame,
        table: Table | None = None,
    ) -> Picture:
        return Picture(name, title, explanation, partial(draw, answer, look), look.layouts, data, table)

    return (
        picture(
            "throughput-accuracy",
            "Throughput against accuracy",
            "Each point is a minibatch size, with its 95% intervals; up is more accurate, right is faster. The line is "
            "the frontier; a hollow point is dominated: another size of the same line is as fast and as accurate, and "
            "better in one of the two. The ring marks the size to start with.",
            figures.throughput_and_accuracy,
            sizes,
        ),
        picture(
            "time-accuracy",
            "Time and accuracy against minibatch size",
            "What the lab asked to plot: the time of one epoch, and the accuracy reached.",
            figures.time_and_accuracy,
            sizes,
        ),
        picture(
            "rounds",
            "Every round",
            "Each dot is one epoch from its own seed: how far its time and its accuracy are from the means of its "
            f"minibatch size.{few}",
            figures.every_round,
            rounds,
            background.rounds(rounds),
        ),
        picture(
            "budget",
            "Accuracy within a time budget",
            "The highest accuracy that one epoch can reach within a time, and the minibatch size that reaches it.",
            figures.within_a_budget,
            steps,
            tables.budgets(answer, steps),
        ),
    )


def look_of(answer: Answer) -> Look:
    """The look of the answer's series."""
    return Look([(start.setup, start.method) for start in answer.starts], coloured(answer))


def coloured(answer: Answer) -> list[str]:
    """The machines that pictures show in colour, ranked by their shortest epoch with a size to start with."""
    chosen = answer.all_chosen()
    seconds = chosen[chosen["method"] != UNSAID].groupby("setup", sort=False)["seconds"].min().to_dict()
    return crowd.in_colour(seconds, [answer.headline.setup, *list(seconds)[:1]])


def crowd_sentence(answer: Answer) -> str | None:
    """Which machines pictures show in colour, unless they show all."""
    machines = answer.summary.sizes.loc[answer.summary.sizes["method"] != UNSAID, "setup"].nunique()
    shown = len(coloured(answer))
    if shown == machines:
        return None
    return (
        f"Of {machines:,} machines, pictures show {shown} in colour: that of this answer, the first, and the fastest, "
        "the middle and the slowest at the size to start with. The others are grey."
    )
