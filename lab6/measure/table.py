"""lab6's own table at the end of a run: speed and accuracy beside each other."""

import dataclasses
import statistics
from collections.abc import Sequence
from typing import TypeVar

from rich.console import Console
from rich.text import Text

from lab6 import disturbance
from lab6.limit import percent
from lab6.measure.progress import duration
from lab6.record import PACKAGES, Record
from lab6.terminal_table import Columns

T = TypeVar("T")

PlaceAndSize = tuple[str, str, str, int]
"""A backend, a device, a note, a minibatch size."""

REFERENCE_ENGINE = "fit"
"""If several engines were measured, each row says how much faster it is than this one."""

MARK = "*"
"""At the end of a row with a disturbed round."""


@dataclasses.dataclass(frozen=True, repr=False)
class Result:
    """One benchmark: its record, and the seconds of each of its rounds.

    ``predicted`` and ``is_keras_default``: see :class:`lab6.measure.plan.Case`. ``note``: see
    :class:`lab6.measure.way.Way`.
    """

    record: Record
    seconds: tuple[float, ...]
    predicted: float | None = None
    is_keras_default: bool = False
    note: str = ""

    def __repr__(self) -> str:
        own = self.record
        learned = accuracy(self.test_accuracies)
        return f"<{own.named_network}, minibatch size {own.batch_size:,}: {self.median:.3f} s, test accuracy {learned}>"

    @property
    def work(self) -> str:
        """What was trained on what, for people."""
        own = self.record
        rate = "" if own.learning_rate is None or own.target else f", learning rate {own.learning_rate:g}"
        return f"{own.named_network} on {own.training_images:,} images of {own.dataset}, {own.optimizer}{rate}"

    @property
    def way(self) -> str:
        """The engine, with its backend if that is neither TensorFlow nor part of the engine's name, and the note."""
        engine, backend = self.record.engine, self.record.backend
        named = PACKAGES.get(backend, backend)
        plain = backend == "tensorflow" or engine.startswith(f"{backend}-")
        return " ".join(filter(None, [engine, "" if plain else f"({named})", self.note]))

    @property
    def median(self) -> float:
        """The median epoch, or the median run that reached its target, or of all if none did; seconds."""
        return statistics.median(self.of_reached(self.seconds))

    def of_reached(self, values: Sequence[T]) -> list[T]:
        """The ``values`` of epochs, or of the runs that reached their target, or of all if none did."""
        found = [value for value, reached in zip(values, self.reached, strict=True) if reached]
        return found or list(values)

    @property
    def reached(self) -> list[bool]:
        """Of each round, whether its test accuracy is as high as the target; true for an epoch."""
        return [value >= (self.record.target or 0) for value in self.test_accuracies]

    @property
    def found(self) -> str:
        """What came of it beside the time, in a phrase."""
        if self.record.target is None:
            return f"test accuracy {accuracy(self.test_accuracies)}"
        expected = "" if self.predicted is None else f", predicted {duration(self.predicted)}"
        return f"{self.steps:,.0f} steps, reached in {sum(self.reached)} of {len(self.reached)}{expected}"

    @property
    def steps(self) -> float:
        """The median steps of the runs that :meth:`of_reached` takes, or those of an epoch."""
        usual = self.record.steps_per_epoch
        return statistics.median(self.of_reached([round_.steps or usual for round_ in self.record.rounds]))

    @property
    def of_limit(self) -> float | None:
        """The least time that an epoch can take, as a share of the median; None if unknown."""
        limit = self.record.limit_seconds
        return None if limit is None else limit / self.median

    @property
    def test_accuracies(self) -> list[float]:
        """The test accuracy of each round."""
        return [round_.test_accuracy for round_ in self.record.rounds]

    def disturbed(self, cores: int) -> list[float]:
        """How many of the usable ``cores`` other programs used, in each disturbed round."""
        taken = [(round_.other_cpu_seconds, own) for round_, own in zip(self.record.rounds, self.seconds, strict=True)]
        return [other / own for other, own in taken if other and disturbance.is_disturbed(other, own, cores)]


def show(console: Console, results: Sequence[Result], cores: int) -> None:
    """Print a table for each work, engine and device, a row for each minibatch size. ``cores``: the usable ones."""
    works = dict.fromkeys(result.work for result in results)
    for work in works:
        _show(console, [result for result in results if result.work == work], cores, f" of {work}," * (len(works) > 1))
    console.print(_caption(results), style="dim")


def _show(console: Console, results: Sequence[Result], cores: int, work: str) -> None:
    """Print the tables of one work, which is named if there are several."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.way, result.record.device), []).append(result)
    reference = {
        _place_and_size(result): result.median
        for result in results
        if result.record.engine == REFERENCE_ENGINE and len(groups) > 1
    }
    for members in groups.values():
        console.print(Text(f"\nOne epoch{work} with {place(members[0])}", style="bold"))
        console.print(_table(members, reference, cores))


def place(result: Result) -> str:
    """What trained it where."""
    own = result.record
    return f"{result.way} on {own.device}{f' ({own.device_name})' if own.device_name else ''}"


def _caption(results: Sequence[Result]) -> str:
    """What the columns mean."""
    rounds = {len(result.seconds) for result in results}
    shares = [result.of_limit for result in results if result.of_limit is not None]
    spread = ""
    if rounds != {1}:
        count = f"{max(rounds)} rounds" if len(rounds) == 1 else "the rounds"
        spread = f"Epoch: median of {count} ± half their range. Accuracy: mean ± standard deviation over their seeds. "
    limit = "The limit is what lab6 roofline shows: the least time by the machine's ceilings. " if shares else ""
    if max(shares, default=0) > 1:
        limit += "Above 100%, the machine was slower while its ceilings were measured. "
    return (
        f"{spread}{limit}Training accuracy is taken before each update, test accuracy after the epoch. Memory is the "
        "most that the whole process held during an epoch, with what earlier benchmarks left in it."
    )


def _table(results: Sequence[Result], reference: dict[PlaceAndSize, float], cores: int) -> Columns:
    limited = any(result.record.limit_seconds for result in results)
    table = Columns(
        "batch\nsize",
        "epoch\n(s)",
        "images\n/s",
        *([f"vs\n{REFERENCE_ENGINE}"] if reference else []),
        *(["of\nlimit"] if limited else []),
        "training\naccuracy",
        "test\naccuracy",
        "compile\n(s)",
        "mem\n(GB)",
        *([""] if any(result.disturbed(cores) for result in results) else []),
    )
    for result in results:
        record = result.record
        slower = reference.get(_place_and_size(result))
        table.add_row(
            f"{record.batch_size:,}",
            _time(result.seconds),
            f"{record.training_images / result.median:,.0f}",
            *([times(slower / result.median) if slower else "-"] if reference else []),
            *(["-" if result.of_limit is None else percent(result.of_limit)] if limited else []),
            accuracy([round_.training_accuracy for round_ in record.rounds]),
            accuracy(result.test_accuracies),
            "-" if record.compile_seconds is None else f"{record.compile_seconds:.2f}",
            _peak([round_.peak_memory_bytes for round_ in record.rounds]),
            *([MARK] if result.disturbed(cores) else []),
        )
    return table


def _place_and_size(result: Result) -> PlaceAndSize:
    """What two engines have in common that are compared."""
    own = result.record
    return own.backend, own.device, result.note, own.batch_size


def _time(seconds: Sequence[float]) -> str:
    """The median and half the range, in seconds, to about three digits."""
    middle = statistics.median(seconds)
    places = 4 if middle < 0.1 else 3 if middle < 10 else 1
    spread = (max(seconds) - min(seconds)) / 2
    return f"{middle:.{places}f}" + (f"±{spread:.{places}f}" if len(seconds) > 1 else "")


def times(factor: float) -> str:
    """How many times as fast."""
    return f"{factor:.1f}x" if factor >= 1 else f"{factor:.2f}x"


def accuracy(values: Sequence[float]) -> str:
    """The mean of accuracies and, if there are several, their standard deviation."""
    mean = f"{statistics.fmean(values):.3f}"
    return mean if len(values) < 2 else f"{mean}±{statistics.stdev(values):.3f}"


def _peak(values: Sequence[int | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{max(known) / 1e9:.1f}" if known else "-"
