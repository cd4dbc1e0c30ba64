"""The tables of the answer, for terminal, Markdown and page."""

import math
from collections.abc import Callable, Iterator

import pandas as pd

from lab6.limit import percent
from lab6.render import cells, numbers
from lab6.render.console import MOST_SHOWN
from lab6.render.table import Column, Row, Table, known
from lab6.start import frontier, ways
from lab6.start.answer import Answer
from lab6.start.words import NAMES
from lab6.store.series import SERIES
from lab6.store.summary import of_series

AT_ONCE = 6
"""Minibatch sizes that fit side by side into a terminal of 80 columns, next to the names of ways to train."""

MARK = "*"
"""Beside a time of which a round was disturbed."""


def starts(answer: Answer) -> Table:
    """The size to start with, for each series."""
    frame = _starts(answer).assign(
        rivals=[numbers.listed(start.rivals) if start.rivals else "none" for start in answer.starts]
    )
    columns = (
        *cells.series(frame),
        _start("start with"),
        cells.with_interval("epoch (s)", "seconds", numbers.plain_seconds),
        cells.with_interval(NAMES[answer.accuracy], answer.accuracy, numbers.accuracy),
        cells.value("wins in", "share", "{:.0%}".format),
        cells.text("not distinguished from", "rivals"),
    )
    return Table("Which minibatch size to start with", columns, frame)


def ranked(answer: Answer) -> Table:
    """A row a series for a terminal of 80 columns, the fastest with its size to start with first."""
    frame = _marked(_starts(answer)).sort_values("seconds")
    columns = (
        *cells.series(frame),
        _start("start\nwith"),
        cells.seconds("epoch\n(s)"),
        *_marks(frame),
        cells.value(f"{_judged(answer)}\naccuracy", answer.accuracy, numbers.accuracy),
        cells.value("wins\nin", "share", "{:.0%}".format),
    )
    return Table(f"All {len(frame):,} series, by their epoch with the size to start with", columns, frame)


def compact(answer: Answer, start: frontier.Start) -> Table:
    """The sizes of a series, for a terminal of 80 columns."""
    judged = _judged(answer)
    other = [cells.value("training\naccuracy", "training_accuracy", numbers.accuracy)] if judged == "test" else []
    frame = _marked(of_series(_with_verdicts(answer), start.setup, start.method))
    columns = (
        cells.size("batch\nsize"),
        cells.seconds("epoch\n(s)"),
        *_marks(frame),
        cells.interval("seconds", numbers.plain_seconds),
        *_of_limit(frame, "of\nlimit"),
        cells.value("images\n/s", "images_per_second", "{:,.0f}".format),
        *other,
        cells.value(f"{judged}\naccuracy", answer.accuracy, numbers.accuracy),
        cells.interval(answer.accuracy, numbers.accuracy),
        cells.text("\nverdict", "verdict"),
    )
    return Table("Every minibatch size", columns, frame)


def sizes(answer: Answer) -> Table:
    """Every series and minibatch size, with all that was measured."""
    frame = _with_verdicts(answer).assign(memory=answer.summary.sizes["peak_memory_bytes"] / 1e9)
    columns = (
        *cells.series(frame),
        cells.size("minibatch size"),
        cells.text("verdict", "verdict"),
        cells.count("updates", "steps_per_epoch"),
        cells.with_interval("epoch (s)", "seconds", numbers.plain_seconds),
        *_of_limit(frame, "of limit"),
        cells.value("images/s", "images_per_second", "{:,.0f}".format),
        cells.with_interval("training accuracy", "training_accuracy", numbers.accuracy),
        cells.with_interval("test accuracy", "test_accuracy", numbers.accuracy),
        cells.value("compile (s)", "compile_seconds", "{:.2f}".format),
        cells.value("peak memory (GB)", "memory", "{:.2f}".format),
        Column("rounds", "rounds", _rounds),
        cells.count("processes", "processes"),
        cells.count("runs", "runs"),
    )
    return Table("Every minibatch size", columns, frame)


def side_by_side(answer: Answer) -> Iterator[Table]:
    """Each machine's ways to train, a row for each minibatch size: epoch, and test accuracy."""
    for heading, frame, show in _ways(answer):
        columns = (cells.size("minibatch size"), *(cells.value(name, name, show) for name in frame))
        yield Table(heading, columns, frame.reset_index())


def side_by_side_turned(answer: Answer) -> Iterator[Table]:
    """The same with a row for each way and AT_ONCE minibatch sizes, for a terminal of 80 columns."""
    for heading, frame, show in _ways(answer):
        for first in range(0, len(frame), AT_ONCE):
            turned = frame.iloc[first : first + AT_ONCE].T.rename(columns=str).rename_axis("way").reset_index()
            columns = (cells.value(f"{int(name):,}", name, show) for name in turned.columns[1:])
            yield Table(heading, (cells.text("way", "way"), *columns), turned)


def budgets(answer: Answer, frame: pd.DataFrame) -> Table:
    """The best size from each time budget on; ``frame``: of :func:`lab6.start.frontier.steps`."""
    columns = (
        *cells.series(frame),
        cells.seconds("from (s)"),
        cells.size("minibatch size"),
        cells.value(NAMES[answer.accuracy], answer.accuracy, numbers.accuracy),
    )
    return Table("What a time budget buys", columns, frame)


def _judged(answer: Answer) -> str:
    return answer.accuracy.removesuffix("_accuracy")


def _starts(answer: Answer) -> pd.DataFrame:
    """The summary's rows of the sizes to start with."""
    shares = [math.nan if start.share is None else start.share for start in answer.starts]
    return answer.all_chosen().assign(share=shares, choices=[start.choices for start in answer.starts])


def _start(heading: str) -> Column:
    """The size to start with; ``100 only`` if there is no other."""
    only = {True: " only", False: ""}
    return Column(heading, "batch_size", lambda row: f"{row['batch_size']:,}{only[row['choices'] == 1]}")


def _with_verdicts(answer: Answer) -> pd.DataFrame:
    """The sizes with a ``verdict``: ``start here`` (unless it is the only one), ``frontier`` or ``dominated``."""
    sizes = answer.summary.sizes
    chosen = {(start.setup, start.method, start.batch_size) for start in answer.starts if start.choices > 1}
    keys = sizes[[*SERIES, "batch_size"]].itertuples(index=False, name=None)
    verdicts = sizes["dominated"].map({True: "dominated", False: "frontier"})
    return sizes.assign(verdict=verdicts.where([key not in chosen for key in keys], "start here"))


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(mark=(frame["disturbed"] > 0).fillna(False).astype(bool))


def _marks(frame: pd.DataFrame) -> list[Column]:
    """A column for the mark of disturbed rounds, if a row of ``frame`` has one."""
    return [Column("", "mark", lambda row: MARK if row["mark"] else "", numeric=False)] if frame["mark"].any() else []


def _of_limit(frame: pd.DataFrame, heading: str) -> list[Column]:
    """A column for the share of the machine's limit, if it is known for a row of ``frame``."""
    return [cells.value(heading, "of_limit", percent)] if frame["of_limit"].notna().any() else []


def _rounds(row: Row) -> str:
    """The number of rounds, and of disturbed ones, such as ``3 (1 disturbed)``."""
    some = known(row["disturbed"]) and row["disturbed"] > 0
    return f"{row['rounds']:,}" + (f" ({row['disturbed']:,} disturbed)" if some else "")


def _ways(answer: Answer) -> Iterator[tuple[str, pd.DataFrame, Callable[[float], str]]]:
    """What ways are compared by: a heading, values by minibatch size and way, and how to show a value; of very many
    machines only for that of the headline."""
    found = list(ways.side_by_side(answer.summary))
    several = len(answer.summary.setups) > 1
    for own in found:
        if len(found) <= MOST_SHOWN or own.setup == answer.headline.setup:
            heading = f"Side by side{f' on {own.setup}' if several else ''}"
            yield f"{heading}: epoch (s)", own.seconds, numbers.plain_seconds
            yield f"{heading}: test accuracy", own.accuracies, numbers.accuracy
