"""What is printed when all is measured: the table, what it was measured on, where it was saved, what to run next."""

import dataclasses
import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from lab6.measure import disturbances, programs, table
from lab6.measure.plan import Data
from lab6.measure.storage import ResultsStorage
from lab6.record import Machine
from lab6.training.backends import BACKENDS


@dataclasses.dataclass(frozen=True)
class Summary:
    """One run of benchmarks, at its end.

    ``arguments``: what pytest was called with. ``storage``: where results go; None where that is not lab6's.
    """

    results: Sequence[table.Result]
    dataset: Data
    machine: Machine
    storage: ResultsStorage | None
    arguments: Sequence[str]
    interrupted: bool

    def show(self, console: Console) -> None:
        """Print all of it."""
        if self.results:
            table.show(console, self.results, self.machine.usable_cores)
            if line := disturbances.during(self.results, self.machine.usable_cores):
                _print(console, line)
        self.show_the_rest(console)

    def show_the_rest(self, console: Console, baseline: Path | None = None) -> None:
        """Print all but the table; ``baseline``: the file of the other side of a duet."""
        if self.results:
            console.print()
            for line in (describe_dataset(self.dataset), *_describe_machine(self.machine)):
                _print(console, line)
        for line in self._what_next(baseline):
            _print(console, line)

    def _what_next(self, baseline: Path | None) -> Iterator[str]:
        saved = self.storage.saved if self.storage else None
        if self.interrupted:
            yield f"Interrupted; benchmarks with a finished round: {len(self.results)}{', saved' if saved else ''}."
        if saved is None:
            if self.results and not (self.storage and self.storage.rescued):  # where it could not be, that was said
                yield f"Not saved. To keep such numbers: {_command(self.arguments)} --benchmark-save"
            return
        if baseline:
            yield f"Saved in {programs.shown(baseline)} and {programs.shown(saved)}"
            both = [programs.shown(baseline), programs.shown(saved)]
            yield f"Check them again: {shlex.join([programs.program('lab6'), 'check', *both])}"
            return
        yield f"Saved in {programs.shown(saved)}"
        if not (self.storage and self.storage.rescued):
            number = saved.name.split("_")[0]
            yield f"Measure again and compare: {_command(self.arguments)} --benchmark-compare={number}"
        yield f"Show it: {self._report(saved)}"

    def _report(self, saved: Path) -> str:
        """The command that shows what was saved; without an argument where it looks there anyway."""
        root = saved if self.storage is None or self.storage.rescued else self.storage.path
        return programs.lab6("report", root)


def describe_dataset(dataset: Data) -> str:
    """The data set in one line; loud where it is not MNIST."""
    counts = f"{dataset.training_images:,} + {dataset.test_images:,} images"
    name = "MNIST" if dataset.name == "mnist" else f"{dataset.name}, NOT MNIST"
    return f"Data set: {name}, {counts}, {dataset.source}"


def _describe_machine(machine: Machine) -> Iterator[str]:
    """The machine, and the versions on it, in a line each."""
    gpus = ", ".join(machine.named_gpus) or "no GPU"
    yield (
        f"Machine: {machine.cpu_model or 'unknown CPU'}, {machine.usable_cores} cores, "
        f"{machine.memory_bytes / 2**30:.1f} GiB, {gpus}; "
        f"threads {machine.intra_op_threads} within and {machine.inter_op_threads} across operations"
    )
    yield f"Versions: {', '.join(machine.named_versions)}"


def _command(arguments: Sequence[str]) -> str:
    """The command that measures the same again: what was typed, without what saves and compares."""
    kept: list[str] = []
    dropped = ""
    for argument in arguments:
        option = argument.split("=")[0]
        if option in ("--benchmark-save", "--benchmark-autosave", "--benchmark-compare", "--benchmark-compare-fail"):
            dropped = argument
        elif dropped and "=" not in dropped and not argument.startswith("-") and not Path(argument).exists():
            dropped = ""  # the value of an option that was dropped
        else:
            kept.append(argument)
            dropped = ""
    default = next(iter(BACKENDS))
    backend = os.environ.get("KERAS_BACKEND", default)
    chosen = "" if backend == default else f"KERAS_BACKEND={backend} "
    return chosen + shlex.join([programs.program("pytest"), *kept])


def _print(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
