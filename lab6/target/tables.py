"""The tables of the fastest way to an accuracy, for terminal, Markdown and page."""

import math

import pandas as pd

from lab6.render import cells, numbers
from lab6.render.table import Column, Row, Table
from lab6.store.series import title
from lab6.target import settings
from lab6.target.answer import Answer
from lab6.target.times import Fastest
from lab6.target.words import percent
from lab6.trials import Table as Trials

SPREAD = "shortest\nto longest"
"""The heading of the spread of runs, which can be left out if a terminal has too little room."""


def summaries(answer: Answer) -> list[Table]:
    """The fastest of each series, and measured beside predicted, as far as they are known."""
    return [*([fastest(answer)] if answer.fastest else []), *filter(None, [runs(answer)])]


def counted(table: Trials) -> Table:
    """The fewest steps of each minibatch size to each target of a table of trials, for a terminal of 80 columns."""
    best = {target: settings.best(settings.settings(table, target))["steps"] for target in table.tried.targets}
    named = {percent(target): steps for target, steps in best.items()}
    frame = pd.DataFrame(named, index=pd.Index(sorted({each.batch_size for each in table.trials}), name="batch_size"))
    columns = (
        cells.size("minibatch\nsize"),
        *(cells.value(f"steps\nto {goal}", goal, "{:,.0f}".format) for goal in named),
    )
    return Table("Steps to an accuracy", columns, frame.reset_index())


def fastest(answer: Answer) -> Table:
    """The fastest size of each series."""
    frame = _fastest(answer)
    columns = (
        *cells.series(frame),
        cells.size("minibatch size"),
        *_setting("learning rate", "linear decay (steps)"),
        cells.with_interval(f"time to {percent(answer.target)} (s)", "seconds", numbers.plain_seconds),
        cells.value("fastest in", "share", "{:.0%}".format),
        cells.text("not distinguished from", "rivals"),
    )
    return Table(f"The fastest way to {percent(answer.target)}", columns, frame)


def ranked(answer: Answer) -> Table:
    """The same for a terminal of 80 columns, the fastest series first."""
    frame = _fastest(answer).sort_values("seconds")
    columns = (
        *cells.series(frame),
        cells.size("batch\nsize"),
        *_setting("learning\nrate", "linear decay\n(steps)"),
        cells.seconds("time\n(s)"),
        cells.value("fastest\nin", "share", "{:.0%}".format),
    )
    return Table(f"To {percent(answer.target)} with each", columns, frame)


def sizes(answer: Answer) -> Table:
    """Every series and minibatch size with its best setting."""
    frame = _with_verdicts(answer)
    columns = (
        *cells.series(frame),
        cells.size("minibatch size"),
        cells.text("verdict", "verdict"),
        *_setting("learning rate", "linear decay (steps)"),
        cells.with_interval("steps", "steps", "{:,.0f}".format),
        cells.value("epochs", "epochs", "{:.2g}".format),
        cells.value("step (µs)", "step_seconds", numbers.microseconds),
        cells.with_interval("time (s)", "seconds", numbers.plain_seconds),
        cells.count("seeds", "seeds"),
    )
    return Table(f"Every minibatch size on the way to {percent(answer.target)}", columns, frame)


def compact(answer: Answer, series: Fastest) -> Table:
    """The sizes of a series, for a terminal of 80 columns."""
    every = _with_verdicts(answer)
    frame = every[(every["setup"] == series.setup) & (every["method"] == series.method)]
    columns = (
        cells.size("batch\nsize"),
        *_setting("learning\nrate", "linear decay\n(steps)"),
        cells.value("steps", "steps", "{:,.0f}".format),
        cells.value("epochs", "epochs", "{:.2g}".format),
        cells.value("step\n(µs)", "step_seconds", numbers.microseconds),
        cells.seconds("time\n(s)"),
        cells.interval("seconds", numbers.plain_seconds),
        cells.text("\nverdict", "verdict"),
    )
    return Table(f"To {percent(answer.target)} with {title(series.setup, series.method)}", columns, frame)


def runs(answer: Answer) -> Table | None:
    """Real runs beside what was predicted, of the headline's machine if it has some; None if there are none."""
    if answer.runs.empty:
        return None
    own = answer.runs[answer.runs["setup"] == answer.headline.setup] if answer.headline else answer.runs
    frame = own if len(own) else answer.runs
    columns = (
        *cells.series(frame),
        Column("target", "target", lambda row: percent(row["target"])),
        cells.size("batch\nsize"),
        *_setting("learning\nrate", "linear decay\n(steps)"),
        Column("reached", "reached", lambda row: f"{row['reached']:,} of {row['runs']:,}"),
        cells.seconds("measured\n(s)", "seconds"),
        Column(SPREAD, "seconds_least", _spread),
        cells.seconds("predicted\n(s)", "predicted"),
        cells.value("off by", "off", numbers.change),
    )
    setups = frame["setup"].unique()
    on = f" on {setups[0]}" if len(setups) == 1 else ""
    return Table(f"Measured beside predicted{on}", columns, frame)


def _fastest(answer: Answer) -> pd.DataFrame:
    return answer.all_chosen().assign(
        share=[math.nan if own.share is None else own.share for own in answer.fastest],
        rivals=[numbers.listed(own.rivals) if own.rivals else "none" for own in answer.fastest],
    )


def _setting(rate: str, decay: str) -> tuple[Column, Column]:
    """The columns of a learning rate and its schedule; ``-`` if it is constant."""
    return cells.value(rate, "learning_rate", "{:.4g}".format), cells.value(decay, "decay_steps", "{:,.0f}".format)


def _with_verdicts(answer: Answer) -> pd.DataFrame:
    """The times with ``epochs`` and a ``verdict``: ``fastest``, ``not distinguished``, or nothing."""
    verdicts = {(own.setup, own.method, size): "not distinguished" for own in answer.fastest for size in own.rivals}
    verdicts |= {(own.setup, own.method, own.batch_size): "fastest" for own in answer.fastest if own.choices > 1}
    keys = answer.times[["setup", "method", "batch_size"]].itertuples(index=False, name=None)
    images = answer.times["steps"] * answer.times["batch_size"]
    epochs = images / answer.table.tried.training_images
    return answer.times.assign(epochs=epochs, verdict=[verdicts.get(key, "") for key in keys]).reset_index(drop=True)


def _spread(row: Row) -> str:
    """The shortest and the longest run."""
    return f"{numbers.plain_seconds(row['seconds_least'])}-{numbers.plain_seconds(row['seconds_most'])}"
