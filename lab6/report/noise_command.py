"""``lab6 noise``: how far runs of the same code come out from each other here, and so what a check can find."""

import json
import math
from collections.abc import Callable, Sequence

import pandas as pd
from rich.console import Console
from rich.text import Text

from lab6 import values
from lab6.analysis import disturbed, fingerprint, gate, noise, results, saved, workload
from lab6.analysis.check import check_measured
from lab6.analysis.noise import ROW
from lab6.errors import ResultsError
from lab6.report import console as terminal
from lab6.report import markdown, verdict, wording
from lab6.report.table import Column, Row, Table

RUNS = (3, 5, 10)
"""Runs a side for which it is said what a check finds."""

EXPLANATION = (
    "Within: the spread (standard deviation) among the rounds of a run; between: among runs, each by the median of its "
    "rounds, with its 95% interval. Finds: the slowdown that lab6 check calls slower in 95 of 100 cases, with so many "
    "runs on each side. Rounds that other programs disturbed are left out."
)


def run(places: Sequence[str], conditions: Sequence[str], form: str, console: Console) -> None:
    """Read, work out, print. Raises ResultsError and OptionError."""
    values.one_of("--format", form, FORMATS)
    found = [place for given in places for place in saved.places("noise", given)]
    rounds = workload.where(results.load(*found), conditions)
    if rounds["run"].nunique() < 2:
        raise ResultsError(
            f"{rounds['source'].iloc[0]} is one run, but only several show how far runs come out from each other: "
            "measure the same code more often (five times is good), and give all those runs."
        )
    check_measured(rounds)
    workload.check(rounds)
    fingerprint.check_side("noise", rounds)
    quiet = rounds[~disturbed.mark(rounds)["disturbed"].fillna(False)]
    if quiet.empty:
        raise ResultsError("other programs disturbed all of these rounds: measure again when the machine is quiet.")
    measured = noise.measured(quiet)
    for runs in RUNS:
        measured[f"finds_{runs}"] = [_detectable(between, runs, len(measured)) for between in measured["between"]]
    with terminal.written(console):
        if form == "table":
            show(console, measured)
        else:
            console.file.write(FORMATS[form](measured))


def show(console: Console, measured: pd.DataFrame) -> None:
    """Print the tables, one for each way to train."""
    for title, shown in _tables(measured):
        console.print(Text(title, style="bold"))
        terminal.show(console, shown)
        console.print()
    console.print(Text(EXPLANATION, style="dim"))


def as_json(measured: pd.DataFrame) -> str:
    """A row for each way to train and minibatch size; spreads and slowdowns as fractions, times in seconds."""
    rows = [
        {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}
        for row in measured.to_dict("records")
    ]
    return json.dumps({"rows": rows}, indent=1, allow_nan=False) + "\n"


def as_markdown(measured: pd.DataFrame) -> str:
    """The tables for a comment or a summary."""
    lines = [line for _, shown in _tables(measured) for line in markdown.table(shown)]
    return "\n".join([*lines, "", EXPLANATION]).lstrip() + "\n"


FORMATS: dict[str, Callable[[pd.DataFrame], str]] = {"table": as_markdown, "json": as_json, "markdown": as_markdown}
"""By the names that ``--format`` takes; a table goes to a terminal."""


def _detectable(between: float, runs: int, rows: int) -> float:
    return gate.detectable(between, runs, rows) if between > 0 else math.nan


def _tables(measured: pd.DataFrame) -> list[tuple[str, Table]]:
    columns = (
        Column("batch\nsize", "batch_size", lambda row: f"{row['batch_size']:,}"),
        Column("\nruns", "runs", lambda row: f"{row['runs']}"),
        Column("epoch\n(s)", "seconds", lambda row: wording.seconds(row["seconds"]).removesuffix(" s")),
        Column("\nwithin", "within", lambda row: f"{row['within']:.1%}"),
        Column("\nbetween", "between", lambda row: f"{row['between']:.1%}"),
        Column("95%\ninterval", "between_low", lambda row: f"{row['between_low']:.1%} to {row['between_high']:.1%}"),
        *(_finds(runs) for runs in RUNS),
    )
    return [
        (f"Noise of {method}", Table(f"Noise of {method}", columns, rows))
        for method, rows in measured.groupby(measured[ROW].apply(verdict.method_name, axis=1), sort=False)
    ]


def _finds(runs: int) -> Column:
    def cell(row: Row) -> str:
        return verdict.percent(row[f"finds_{runs}"])

    return Column(f"{runs} runs\nfind", f"finds_{runs}", cell)
