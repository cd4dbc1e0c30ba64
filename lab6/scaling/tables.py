"""What more threads and workers bring, in tables and in JSON."""

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from lab6.render import cells, numbers
from lab6.render.table import Column, Row, Table, known, records
from lab6.scaling.scaling import PROCESS, Scaling
from lab6.scaling.words import fewer, more, rounded, sentences, trained

AT_ONCE = 6
"""Minibatch sizes that fit side by side into a terminal of 80 columns, next to what they were trained with."""


def speedups(found: Scaling) -> Table:
    """The speed-up of each number of threads or workers, and minibatch size."""
    frame = found.speedups
    rows = frame.to_dict("records")
    own = frame.assign(
        more=[more(row) for row in rows],
        fewer=[fewer(row) for row in rows],
        efficiency=frame["efficiency"].where(frame["kind"] != PROCESS),
    )
    columns = (
        *_names(own),
        cells.text("trained\nwith", "more"),
        cells.text("\nover", "fewer"),
        cells.size("minibatch\nsize"),
        cells.seconds("epoch\n(s)"),
        cells.seconds("over\n(s)", "base_seconds"),
        cells.value("speed-up", "speedup", numbers.speedup),
        cells.interval("speedup", numbers.speedup),
        cells.value("efficiency", "efficiency", "{:.0%}".format),
    )
    return Table("Speed-up by threads and workers", columns, own)


def compact(found: Scaling) -> Iterator[Table]:
    """The speed-ups with a row for each number of threads or workers, for a terminal of 80 columns."""
    rows = found.speedups.to_dict("records")
    frame = found.speedups.assign(trained=[trained(row) for row in rows])
    keys = ["setup", "trained"]
    every = frame.groupby([*keys, "batch_size"], sort=False)["speedup"].first().unstack().sort_index(axis="columns")
    machine = [cells.machine()] if len(found.setups) > 1 else []
    names = Column("trained with", "trained", lambda row: str(row["trained"]), numeric=False, wraps=True)
    for first in range(0, every.shape[1], AT_ONCE):
        turned = every.iloc[:, first : first + AT_ONCE].rename(columns=str).reset_index()
        sizes = (cells.value(f"{int(name):,}", name, numbers.speedup) for name in turned.columns[len(keys) :])
        yield Table("Speed-up by threads and workers", (*machine, names, *sizes), turned)


def exchanges(found: Scaling) -> Iterator[Table]:
    """What an exchange takes, and from which minibatch size on so many workers pay; nothing without workers."""
    if found.exchanges.empty:
        return
    frame = found.exchanges.assign(
        exchange=found.exchanges["seconds_per_exchange"].fillna(found.exchanges["seconds_per_exchange_low"]),
        known_size=found.exchanges["from_size"].fillna(found.exchanges["from_size_low"]),
        source=found.exchanges["measured"].map({True: "fitted", False: "predicted"}),
        over=found.exchanges["spread"].map({True: "several", False: "one"}),
    )
    columns = (
        *_names(frame),
        cells.count("workers", "workers"),
        *([cells.count("threads\nof each", "threads")] if frame["threads"].nunique() > 1 else []),
        *([cells.text("machines", "over")] if frame["spread"].any() else []),
        Column("an exchange\n(µs)", "exchange", _exchange),
        Column("pays from\n(images)", "known_size", lambda row: _from(row, found.images)),
        cells.text("\nwhich is", "source"),
    )
    yield Table("From which minibatch size on workers pay, by the machine card", columns, frame)


def document(found: Scaling) -> dict[str, Any]:
    """Everything for JSON."""
    return {
        "answer": sentences(found),
        "speedups": records(found.speedups),
        "gains": records(found.gains),
        "exchanges": records(found.exchanges),
    }


def _names(frame: pd.DataFrame) -> tuple[Column, ...]:
    """The machine if there are several, and the way to train."""
    several = [cells.machine()] if frame["setup"].nunique() > 1 else []
    return (*several, Column("way", "way", lambda row: str(row["way"]), numeric=False, wraps=True))


def _exchange(row: Row) -> str:
    return _range(row, "seconds_per_exchange", numbers.microseconds)


def _from(row: Row, images: int) -> str:
    return _range(row, "from_size", lambda size: rounded(size, images))


def _range(row: Row, name: str, show: Callable[[float], str]) -> str:
    """A value with its interval in brackets, or a range without a value."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    shown = list(dict.fromkeys([show(low), show(high)])) if known(low) else []
    ends = " to ".join(shown)
    if not known(row[name]):
        return ends
    return f"{show(row[name])} ({ends})" if len(shown) > 1 else show(row[name])
