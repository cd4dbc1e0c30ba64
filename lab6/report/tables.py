"""The tables of the answer, once for all who show them: terminal, Markdown and page."""

import itertools
import math
from collections.abc import Callable, Iterator

import pandas as pd

from lab6.analysis import frontier, lab_report, ways
from lab6.analysis.answer import Answer, of_series
from lab6.analysis.series import SERIES
from lab6.report import cells, wording
from lab6.report.table import Column, Row, Table

AT_ONCE = 6
"""Minibatch sizes that fit beside each other into a terminal of 80 columns, after the name of a way to train."""


def starts(answer: Answer) -> Table:
    """Where to start, for each series."""
    rows = []
    for start in answer.starts:
        chosen = answer.sizes(start).loc[start.batch_size]
        rivals = wording.listed(start.rivals) if start.rivals else "none"
        share = math.nan if start.share is None else start.share
        rows.append({**chosen, "share": share, "rivals": rivals, "choices": start.choices})
    columns = (
        *cells.series(answer),
        _start("start with"),
        cells.interval("epoch (s)", "seconds", cells.seconds),
        cells.interval(wording.NAMES[answer.accuracy], answer.accuracy, wording.accuracy),
        Column("wins in", "share", lambda row: f"{row['share']:.0%}"),
        cells.text("not distinguished from", "rivals"),
    )
    return Table("Which minibatch size to start with", columns, pd.DataFrame(rows))


def ranked(answer: Answer) -> Table:
    """A row a series, the fastest with its size to start with first, for a terminal of 80 columns."""
    chosen = pd.DataFrame([answer.sizes(start).loc[start.batch_size] for start in answer.starts])
    shares = [math.nan if start.share is None else start.share for start in answer.starts]
    marks, choices = (chosen["disturbed"] > 0).fillna(False), [start.choices for start in answer.starts]
    frame = chosen.assign(share=shares, mark=marks, choices=choices).sort_values("seconds")
    judged = answer.accuracy.removesuffix("_accuracy")
    columns = (
        *cells.series(answer),
        _start("start\nwith"),
        Column("epoch\n(s)", "seconds", lambda row: cells.seconds(row["seconds"])),
        *cells.marks(frame),
        Column(f"{judged}\naccuracy", answer.accuracy, lambda row: wording.accuracy(row[answer.accuracy])),
        Column("wins\nin", "share", lambda row: f"{row['share']:.0%}"),
    )
    return Table(f"All {len(frame):,} series, by their epoch with the size to start with", columns, frame)


def compact(answer: Answer, start: frontier.Start) -> Table:
    """A series' sizes in few characters, for a terminal of 80 columns."""
    judged = answer.accuracy.removesuffix("_accuracy")
    training = Column("training\naccuracy", "training_accuracy", lambda row: wording.accuracy(row["training_accuracy"]))
    other = [training] if judged == "test" else []
    frame = of_series(_with_verdicts(answer), start.setup, start.method)
    frame = frame.assign(mark=(frame["disturbed"] > 0).fillna(False))
    columns = (
        cells.size("batch\nsize"),
        Column("epoch\n(s)", "seconds", lambda row: cells.seconds(row["seconds"])),
        *cells.marks(frame),
        cells.bounds("95%\ninterval", "seconds", cells.seconds),
        *cells.of_limit(frame, "of\nlimit"),
        Column("images\n/s", "images_per_second", lambda row: f"{row['images_per_second']:,.0f}"),
        *other,
        Column(f"{judged}\naccuracy", answer.accuracy, lambda row: wording.accuracy(row[answer.accuracy])),
        cells.bounds("95%\ninterval", answer.accuracy, wording.accuracy),
        cells.text("\nverdict", "verdict"),
    )
    return Table("Every minibatch size", columns, frame)


def sizes(answer: Answer) -> Table:
    """Every series and minibatch size, with all that was measured."""
    frame = _with_verdicts(answer).assign(memory=answer.summary["peak_memory_bytes"] / 1e9)
    columns = (
        *cells.series(answer),
        cells.size("minibatch size"),
        cells.text("verdict", "verdict"),
        Column("updates", "steps_per_epoch", lambda row: f"{row['steps_per_epoch']:,}"),
        cells.interval("epoch (s)", "seconds", cells.seconds),
        *cells.of_limit(frame, "of limit"),
        Column("images/s", "images_per_second", lambda row: f"{row['images_per_second']:,.0f}"),
        cells.interval("training accuracy", "training_accuracy", wording.accuracy),
        cells.interval("test accuracy", "test_accuracy", wording.accuracy),
        Column("compile (s)", "compile_seconds", lambda row: f"{row['compile_seconds']:.2f}"),
        Column("peak memory (GB)", "memory", lambda row: f"{row['memory']:.2f}"),
        Column("rounds", "rounds", cells.rounds),
        Column("processes", "processes", lambda row: f"{row['processes']:,}"),
        Column("runs", "runs", lambda row: f"{row['runs']:,}"),
    )
    return Table("Every minibatch size", columns, frame)


def side_by_side(answer: Answer) -> Iterator[Table]:
    """Each machine's ways to train beside each other, a row for each minibatch size: epoch, and test accuracy."""
    for title, frame, show in _ways(answer):
        columns = (cells.size("minibatch size"), *(cells.value(name, name, show) for name in frame))
        yield Table(title, columns, frame.reset_index())


def side_by_side_turned(answer: Answer) -> Iterator[Table]:
    """The same with a row for each way, and a few minibatch sizes each, for a terminal of 80 columns."""
    for title, frame, show in _ways(answer):
        for first in range(0, len(frame), AT_ONCE):
            turned = frame.iloc[first : first + AT_ONCE].T.rename(columns=str).rename_axis("way").reset_index()
            sizes = (cells.value(f"{int(name):,}", name, show) for name in turned.columns[1:])
            yield Table(title, (cells.text("way", "way"), *sizes), turned)


def _ways(answer: Answer) -> Iterator[tuple[str, pd.DataFrame, Callable[[float], str]]]:
    """By what ways are compared, its values by minibatch size and way, and how one is shown; of very many machines
    with several ways only for that of the headline."""
    found = list(ways.side_by_side(answer))
    several = answer.summary["setup"].nunique() > 1
    for own in found:
        if len(found) <= wording.MOST_TOLD or own.setup == answer.headline.setup:
            title = f"Side by side{f' on {own.setup}' if several else ''}"
            yield f"{title}: epoch (s)", own.seconds, cells.seconds
            yield f"{title}: test accuracy", own.accuracies, wording.accuracy


def budgets(answer: Answer, frame: pd.DataFrame) -> Table:
    """From which time budget on which size reaches the most; ``frame``: the data of picture 4."""
    columns = (
        *cells.series(answer),
        Column("from (s)", "seconds", lambda row: cells.seconds(row["seconds"])),
        cells.size("minibatch size"),
        Column(wording.NAMES[answer.accuracy], answer.accuracy, lambda row: wording.accuracy(row[answer.accuracy])),
    )
    return Table("What a time budget buys", columns, frame)


def rounds(answer: Answer, frame: pd.DataFrame) -> Table:
    """Every round; ``frame``: the data of picture 3."""
    columns = (
        *cells.series(answer),
        cells.size("minibatch size"),
        Column("seed", "seed", lambda row: f"{row['seed']}"),
        Column("epoch (s)", "seconds", lambda row: cells.seconds(row["seconds"])),
        Column("from the mean (%)", "time_difference", lambda row: f"{row['time_difference']:+.1f}"),
        Column("training accuracy", "training_accuracy", lambda row: f"{row['training_accuracy']:.4f}"),
        Column("test accuracy", "test_accuracy", lambda row: f"{row['test_accuracy']:.4f}"),
        *([Column("other programs (cores)", "others", cells.others)] if frame["disturbed"].any() else []),
    )
    return Table("Every round", columns, frame)


def beside_the_lab_report(answer: Answer, start: frontier.Start) -> Table:
    """The five sizes of the lab report beside a series' own numbers; training accuracy, the only one it has."""
    reported = lab_report.rounds()[["batch_size", "seconds", "training_accuracy"]]
    own = answer.sizes(start)[["seconds", "training_accuracy"]].add_prefix("own_")
    frame = reported.join(own, on="batch_size")
    frame["speedup"] = frame["seconds"] / frame["own_seconds"]
    name = wording.series(start.setup, start.method)
    columns = (
        cells.size("minibatch size"),
        Column("lab report: epoch (s)", "seconds", lambda row: cells.seconds(row["seconds"])),
        Column(f"{name}: epoch (s)", "own_seconds", lambda row: cells.seconds(row["own_seconds"])),
        Column("times as fast", "speedup", lambda row: wording.times(row["speedup"])),
        Column("lab report: training accuracy", "training_accuracy", lambda row: f"{row['training_accuracy']:.2f}"),
        Column(
            f"{name}: training accuracy",
            "own_training_accuracy",
            lambda row: wording.accuracy(row["own_training_accuracy"]),
        ),
    )
    return Table("The lab report's five sizes", columns, frame)


def machines(answer: Answer) -> Table:
    """What was measured on, a row for each setup."""
    rounds = answer.rounds
    within = rounds["threads"].fillna(rounds["intra_op_threads"])
    dated = rounds.assign(
        memory=rounds["memory_bytes"].astype("Float64") / 2**30,
        threads=within.astype("string") + " + " + rounds["inter_op_threads"].astype("string"),
        gpus=rounds["gpus"].replace("", "none"),
    )
    by_setup = dated.groupby("setup", sort=False)
    last = by_setup.agg(runs=("run", "nunique"), last=("measured_at", "max"))
    said = by_setup[["threads", "versions"]].agg(_together)
    frame = dated.drop_duplicates("setup").set_index("setup", drop=False).drop(columns=said.columns).join([last, said])
    columns = (
        cells.text("machine", "setup"),
        cells.text("CPU", "cpu_model"),
        Column("cores", "usable_cores", lambda row: f"{row['usable_cores']}"),
        Column("memory (GiB)", "memory", lambda row: f"{row['memory']:.1f}"),
        cells.text("GPU", "gpus"),
        cells.text("threads within + across operations", "threads"),
        cells.text("versions", "versions"),
        cells.text("lab6", "lab6_version"),
        Column("runs", "runs", lambda row: f"{row['runs']:,}"),
        Column("last measured", "last", lambda row: f"{row['last']:%Y-%m-%d %H:%M} UTC", numeric=False),
    )
    return Table("Machines and versions", columns, frame)


def parameters(answer: Answer) -> Table:
    """The network's parameters, layer by layer, worked out from its widths: a weight for each pair, a bias a unit."""
    widths = [int(width) for width in answer.rounds["network"].iloc[0].split("-")]
    rows: list[Row] = [
        {"layer": f"dense {number}", "inputs": inputs, "units": units, "parameters": inputs * units + units}
        for number, (inputs, units) in enumerate(itertools.pairwise(widths), 1)
    ]
    rows.append({"layer": "together", "inputs": 0, "units": 0, "parameters": sum(row["parameters"] for row in rows)})

    def arithmetic(row: Row) -> str:
        return f"{row['inputs']:,} x {row['units']:,} + {row['units']:,}" if row["inputs"] else ""

    columns = (
        cells.text("layer", "layer"),
        Column("inputs x units + biases", "inputs", arithmetic),
        Column("parameters", "parameters", lambda row: f"{row['parameters']:,}"),
    )
    return Table("Parameters", columns, pd.DataFrame(rows))


def _start(heading: str) -> Column:
    """The size to start with; ``100 only`` if there is no other."""
    only = {True: " only", False: ""}
    return Column(heading, "batch_size", lambda row: f"{row['batch_size']:,}{only[row['choices'] == 1]}")


def _together(texts: pd.Series) -> str | None:
    """All that comma-separated ``texts`` say, once each: several backends of Keras have their own versions."""
    return ", ".join(dict.fromkeys(", ".join(texts.dropna().unique()).split(", "))) or None


def _with_verdicts(answer: Answer) -> pd.DataFrame:
    """The summary with what is said of each size: ``start here``, ``frontier`` or ``dominated``; of a single one, no
    start."""
    chosen = {(start.setup, start.method, start.batch_size) for start in answer.starts if start.choices > 1}
    keys = answer.summary[[*SERIES, "batch_size"]].itertuples(index=False, name=None)
    verdicts = answer.summary["dominated"].map({True: "dominated", False: "frontier"})
    return answer.summary.assign(verdict=verdicts.where([key not in chosen for key in keys], "start here"))
