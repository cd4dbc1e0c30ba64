"""lab6's own table at the end of a run: speed and accuracy beside each other."""

import dataclasses
import statistics
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lab6.record import Record

REFERENCE_ENGINE = "fit"
"""Where several engines were measured, each says how much faster it is than this one."""

WIDE = 84
"""Columns of a terminal in which the columns of a table can stand further apart."""


@dataclasses.dataclass(frozen=True)
class Result:
    """One benchmark: its record, and the seconds of each of its rounds."""

    record: Record
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Seconds of the epoch in the middle."""
        return statistics.median(self.seconds)

    @property
    def test_accuracies(self) -> list[float]:
        """Of each round."""
        return [round_.test_accuracy for round_ in self.record.rounds]


def show(console: Console, results: Sequence[Result]) -> None:
    """A table for each engine and device, its rows the minibatch sizes."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.record.engine, result.record.device), []).append(result)
    reference = {
        (result.record.device, result.record.batch_size): result.median
        for result in results
        if result.record.engine == REFERENCE_ENGINE and len(groups) > 1
    }
    for (engine, device), members in groups.items():
        name = members[0].record.device_name
        console.print(Text(f"\nOne epoch with {engine} on {device}{f' ({name})' if name else ''}", style="bold"))
        console.print(_table(members, reference, gap=2 if console.width > WIDE else 1))
    console.print(_caption({len(result.seconds) for result in results}), style="dim")


def _caption(rounds: set[int]) -> str:
    """What the columns mean, where the benchmarks had so many ``rounds``."""
    spread = ""
    if rounds != {1}:
        count = f"{max(rounds)} rounds" if len(rounds) == 1 else "the rounds"
        spread = f"Epoch: median of {count} ± half their range. Accuracy: mean ± standard deviation over their seeds. "
    return (
        f"{spread}Training accuracy is taken before each update, test accuracy after the epoch. Memory is the whole "
        "process's peak, with what earlier benchmarks left in it."
    )


def _table(results: Sequence[Result], reference: dict[tuple[str, int], float], gap: int) -> Table:
    table = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="bold")
    headings = [
        "batch\nsize",
        "epoch\n(s)",
        "images\n/s",
        "training\naccuracy",
        "test\naccuracy",
        "compile\n(s)",
        "memory\n(GB)",
    ]
    if reference:
        headings.insert(3, f"vs\n{REFERENCE_ENGINE}")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for result in results:
        record = result.record
        cells = [
            f"{record.batch_size:,}",
            _time(result.seconds),
            f"{record.training_images / result.median:,.0f}",
            accuracy([round_.training_accuracy for round_ in record.rounds]),
            accuracy(result.test_accuracies),
            "-" if record.compile_seconds is None else f"{record.compile_seconds:.2f}",
            _peak([round_.peak_memory_bytes for round_ in record.rounds]),
        ]
        if reference:
            slower = reference.get((record.device, record.batch_size))
            cells.insert(3, _times(slower / result.median) if slower else "-")
        table.add_row(*cells)
    return table


def _time(seconds: Sequence[float]) -> str:
    """The median and half the range, in seconds, to about three digits."""
    middle = statistics.median(seconds)
    places = 4 if middle < 0.1 else 3 if middle < 10 else 1
    spread = (max(seconds) - min(seconds)) / 2
    return f"{middle:.{places}f}" + (f"±{spread:.{places}f}" if len(seconds) > 1 else "")


def _times(factor: float) -> str:
    return f"{factor:.1f}x" if factor >= 1 else f"{factor:.2f}x"


def accuracy(values: Sequence[float]) -> str:
    """The mean of accuracies and, where there are several, their standard deviation."""
    mean = f"{statistics.fmean(values):.3f}"
    return mean if len(values) < 2 else f"{mean}±{statistics.stdev(values):.3f}"


def _peak(values: Sequence[int | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{max(known) / 1e9:.2f}" if known else "-"
