"""The tables around the answer: every round, the lab report's numbers, the machines and the network."""

import itertools
import re

import pandas as pd

from lab6.limit import parameters
from lab6.render import cells, numbers
from lab6.render.table import Column, Row, Table
from lab6.start import frontier
from lab6.start.answer import Answer
from lab6.store import lab_report, workload
from lab6.store.series import title


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
        threads=within.astype("string") + " + " + rounds["inter_op_threads"].astype("string") + _workers(rounds),
        gpus=rounds["gpus"].replace("", "none"),
        settings=rounds["settings"].replace("", "none"),
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
        *([cells.text("settings", "settings")] if frame["settings"].ne("none").any() else []),
        cells.text("lab6", "lab6_version"),
        cells.count("runs", "runs"),
        Column("last measured", "last", lambda row: f"{row['last']:%Y-%m-%d %H:%M} UTC", numeric=False),
    )
    return Table("Machines and versions", columns, frame.join([last, joined]))


def network(answer: Answer) -> Table | None:
    """The network's parameters, layer by layer: a weight for each input and unit, and a bias for each unit.

    None of one's own network, whose layers are not saved.
    """
    work = workload.known(answer.summary.rounds)
    if not re.fullmatch(r"\d+(-\d+)+", work["network"]):
        return None
    widths = [int(width) for width in work["network"].split("-")]
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


def _others(row: Row) -> str:
    """The cores that other programs used during a round."""
    return f"{row['others']:.2f}" + (" (disturbed)" if row["disturbed"] else "")


def _workers(rounds: pd.DataFrame) -> pd.Series:
    """Such as `` in each of 2 workers``; empty if one trained alone."""
    return (" in each of " + rounds["workers"].astype("string") + " workers").fillna("")


def _joined(texts: pd.Series) -> str | None:
    """The parts of comma-separated ``texts``, each once: each backend of Keras has its own versions."""
    return ", ".join(dict.fromkeys(", ".join(texts.dropna().unique()).split(", "))) or None
