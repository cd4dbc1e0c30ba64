"""The tables of the answer, for terminal, Markdown and page."""

import itertools
import math
from collections.abc import Callable, Iterator

import pandas as pd

from lab6.limit import parameters, percent
from lab6.render import cells, numbers
from lab6.render.console import MOST_SHOWN
from lab6.render.table import Column, Row, Table, known
from lab6.start import frontier, ways
from lab6.start.answer import Answer
from lab6.start.words import NAMES
from lab6.store import lab_report
from lab6.store.series import SERIES, title
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


def rounds(frame: pd.DataFrame) -> Table:
    """Every round; ``frame``: of :func:`lab6.store.summary.differences`."""
    others = Column("other programs (cores)", "others", _others)
    columns = (
        *cells.series(frame),
        cells.size("minibatch size"),
        cells.value("seed", "seed", "{}".format),
        cells.seconds("epoch (s)"),
        cells.value("from the mean (%)", "time_difference", "{:+.1f}".format),
        cells.value("training accuracy", "training_accuracy", "{:.4f}".format),
        cells.value("test accuracy", "test_accuracy", "{:.4f}".format),
        *([others] if frame["disturbed"].any() else []),
    )
    return Table("Every round", columns, frame)


def beside_the_lab_report(answer: Answer, start: frontier.Start) -> Table:
    """The five sizes of the lab report and a series' own; training accuracy, because the report has no other."""
    reported = lab_report.rounds()[["batch_size", "seconds", "training_accuracy"]]
    own = answer.sizes(start)[["seconds", "training_accuracy"]].add_prefix("own_")
    frame = reported.join(own, on="batch_size")
    frame["speedup"] = frame["seconds"] / frame["own_seconds"]
    name = title(start.setup, start.method)
    columns = (
        cells.size("minibatch size"),
        cells.seconds("lab report: epoch (s)"),
        cells.seconds(f"{name}: epoch (s)", "own_seconds"),
        cells.value("times as fast", "speedup", numbers.times),
        cells.value("lab report: training accuracy", "training_accuracy", "{:.2f}".format),
        cells.value(f"{name}: training accuracy", "own_training_accuracy", numbers.accuracy),
    )
    return Table("The lab report's five sizes", columns, frame)


def machines(answer: Answer) -> Table:
    """The machines, a row for each setup."""
    rounds = answer.summary.rounds
    within = rounds["threads"].fillna(rounds["intra_op_threads"])
    dated = rounds.assign(
        memory=rounds["memory_bytes"].astype("Float64") / 2**30,
        threads=within.astype("string") + " + " + rounds["inter_op_threads"].astype("string"),
        gpus=rounds["gpus"].replace("", "none"),
    )
    by_setup = dated.groupby("setup", sort=False)
    last = by_setup.agg(runs=("run", "nunique"), last=("measured_at", "max"))
    joined = by_setup[["threads", "versions"]].agg(_joined)
    frame = dated.drop_duplicates("setup").set_index("setup", drop=False).drop(columns=joined.columns)
    columns = (
        cells.text("machine", "setup"),
        cells.text("CPU", "cpu_model"),
        cells.value("cores", "usable_cores", "{}".format),
        cells.value("memory (GiB)", "memory", "{:.1f}".format),
        cells.text("GPU", "gpus"),
        cells.text("threads within + across operations", "threads"),
        cells.text("versions", "versions"),
        cells.text("lab6", "lab6_version"),
        cells.count("runs", "runs"),
        Column("last measured", "last", lambda row: f"{row['last']:%Y-%m-%d %H:%M} UTC", numeric=False),
    )
    return Table("Machines and versions", columns, frame.join([last, joined]))


def network(answer: Answer) -> Table:
    """The network's parameters, layer by layer: a weight for each input and unit, and a bias for each unit."""
    widths = [int(width) for width in answer.summary.rounds["network"].iloc[0].split("-")]
    rows: list[Row] = [
        {"layer": f"dense {number}", "inputs": inputs, "units": units, "parameters": parameters((inputs, units))}
        for number, (inputs, units) in enumerate(itertools.pairwise(widths), 1)
    ]
    rows.append({"layer": "together", "inputs": 0, "units": 0, "parameters": parameters(widths)})

    def arithmetic(row: Row) -> str:
        return f"{row['inputs']:,} x {row['units']:,} + {row['units']:,}" if row["inputs"] else ""

    columns = (
        cells.text("layer", "layer"),
        Column("inputs x units + biases", "inputs", arithmetic),
        cells.count("parameters", "parameters"),
    )
    return Table("Parameters", columns, pd.DataFrame(rows))


def _judged(answer: Answer) -> str:
    return answer.accuracy.removesuffix("_accuracy")


def _starts(answer: Answer) -> pd.DataFrame:
    """The summary's rows of the sizes to start with."""
    shares = [math.nan if start.share is None else start.share for start in answer.starts]
    chosen = pd.DataFrame([answer.chosen(start) for start in answer.starts])
    return chosen.assign(share=shares, choices=[start.choices for start in answer.starts])


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


def _others(row: Row) -> str:
    """The cores that other programs used during a round."""
    return f"{row['others']:.2f}" + (" (disturbed)" if row["disturbed"] else "")


def _joined(texts: pd.Series) -> str | None:
    """The parts of comma-separated ``texts``, each once: each backend of Keras has its own versions."""
    return ", ".join(dict.fromkeys(", ".join(texts.dropna().unique()).split(", "))) or None


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
