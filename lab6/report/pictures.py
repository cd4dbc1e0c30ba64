"""Which pictures there are: their names, what they show, and the data behind each."""

import dataclasses
from collections.abc import Callable

import pandas as pd
from matplotlib.figure import Figure

from lab6.analysis import compare, frontier, summary
from lab6.analysis.answer import Answer
from lab6.report import comparison, comparison_figure, figures, tables
from lab6.report.style import Layout
from lab6.report.table import Table


@dataclasses.dataclass(frozen=True)
class Picture:
    """One picture: the name of its files, a title, what it shows, and how it is drawn.

    ``data``: a row for each of its points. ``table``: their table, if no other table of the page has the same.
    """

    name: str
    title: str
    explanation: str
    draw: Callable[[Answer, Layout], Figure]
    data: Callable[[Answer], pd.DataFrame]
    table: Callable[[Answer, pd.DataFrame], Table] | None = None


PICTURES = (
    Picture(
        "throughput-accuracy",
        "Throughput against accuracy",
        "Each point is a minibatch size, with its 95% intervals; up is more accurate, right is faster. The line is "
        "the frontier; a hollow point is dominated: another size of the same line is as fast and as accurate, or "
        "better. The ring marks where to start.",
        figures.throughput_and_accuracy,
        lambda answer: answer.summary,
    ),
    Picture(
        "time-accuracy",
        "Time and accuracy against minibatch size",
        "What the lab asked to plot: one epoch's time, and the accuracy that it bought.",
        figures.time_and_accuracy,
        lambda answer: answer.summary,
    ),
    Picture(
        "rounds",
        "Every round",
        "Each dot is one epoch from a seed of its own, so that noise is seen: how far its time was from the mean, "
        "and its accuracy from the mean, of its minibatch size.",
        figures.every_round,
        lambda answer: summary.differences(answer.rounds, answer.summary, answer.accuracy),
        tables.rounds,
    ),
    Picture(
        "budget",
        "Accuracy within a time budget",
        "The highest accuracy that one epoch can reach within a time, and the minibatch size that reaches it.",
        figures.within_a_budget,
        lambda answer: frontier.steps(answer.summary, answer.accuracy),
        tables.budgets,
    ),
)
"""In the order of the page."""


def speed_up(baseline: str | None = None) -> Picture:
    """The picture of a comparison with ``baseline`` (see :func:`lab6.analysis.compare.choose`)."""
    return Picture(
        "speed-up",
        "Machines compared",
        "How many times as fast as the baseline (dashed) each machine trains an epoch, with 95% intervals if both "
        "have three or more processes; and each epoch beside the line of its machine card: steps x (time of a step) + "
        "images x (time of an image).",
        lambda answer, layout: comparison_figure.speed_up(answer, layout, baseline),
        lambda answer: compare.compare(answer, baseline).speedups,
        lambda answer, data: comparison.speedups(compare.compare(answer, baseline)),
    )


def of(answer: Answer) -> tuple[Picture, ...]:
    """The pictures of an answer: with several machines, also that of their comparison."""
    return PICTURES if answer.summary["setup"].nunique() < 2 else (*PICTURES, speed_up())
