"""What is printed when all is measured: the table, what it was measured on, where it was saved, what to run next."""

import dataclasses
import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from lab6 import disturbance
from lab6.measure import table, target_table
from lab6.measure.storage import ResultsStorage
from lab6.measure.work import Data
from lab6.record import Machine
from lab6.training.backends import BACKENDS


@dataclasses.dataclass(frozen=True)
class Summary:
    """One run of benchmarks, at its end.

    ``arguments``: what pytest was called with. ``storage``: where results go; None if it is not lab6's. ``save``: the
    option that would save it.
    """

    results: Sequence[table.Result]
    datasets: Sequence[Data]
    machine: Machine
    storage: ResultsStorage | None
    arguments: Sequence[str]
    interrupted: bool
    save: str = "--benchmark-save"

    def show(self, console: Console) -> None:
        """Print all of it."""
        if self.results:
            epochs, runs = (
                [each for each in self.results if (each.record.target is None) is of] for of in (True, False)
            )
            if epochs:
                table.show(console, epochs, self.machine.usable_cores)
            if runs:
                target_table.show(console, runs, self.machine.usable_cores)
            if line := describe_disturbed(self.results, self.machine.usable_cores):
                _print(console, line)
        self.show_the_rest(console)

    def show_the_rest(self, console: Console, baseline: Path | None = None) -> None:
        """Print all but the table; ``baseline``: the file of the other side of a duet."""
        if self.results:
            console.print()
            for line in (*map(describe_dataset, self.datasets), *_describe_machine(self.machine)):
                _print(console, line)
        for line in self._what_next(baseline):
            _print(console, line)

    def _what_next(self, baseline: Path | None) -> Iterator[str]:
        saved = self.storage.saved if self.storage else None
        rescued = self.storage is not None and self.storage.rescued
        if self.interrupted:
            yield f"Interrupted; benchmarks with a finished round: {len(self.results)}{', saved' if saved else ''}."
        if saved is None:
            if self.results and not rescued:
                yield f"Not saved. To keep such numbers: {_command(self.arguments)} {self.save}"
        elif baseline:
            yield f"Saved in {_shown(baseline)} and {_shown(saved)}"
            yield f"Check them again: {shlex.join([_program('lab6'), 'check', _shown(baseline), _shown(saved)])}"
        else:
            yield f"Saved in {_shown(saved)}"
            if not rescued:
                number = saved.name.split("_")[0]
                yield f"Measure again and compare: {_command(self.arguments)} --benchmark-compare={number}"
            by_itself = self.storage and not rescued and self.storage.path == Path.cwd() / "results"
            places = [] if by_itself else [_shown(saved)]  # of one run, whatever else is saved beside it
            yield f"Show it: {shlex.join([_program('lab6'), 'report', *places])}"


def describe_dataset(dataset: Data) -> str:
    """The data set in one line; conspicuous if it is not MNIST."""
    counts = f"{dataset.training_images:,} + {dataset.test_images:,} images"
    name = {"mnist": "MNIST", "digits": "digits, NOT MNIST"}.get(dataset.name, dataset.name)
    return f"Data set: {name}, {counts}, {dataset.source}"


def describe_disturbed(results: Sequence[table.Result], cores: int) -> str | None:
    """A sentence on the disturbed rounds of a run; None if there are none."""
    disturbed = [share for result in results for share in result.disturbed(cores)]
    if not disturbed:
        return None
    rounds = sum(len(result.seconds) for result in results)
    return f"{table.MARK} {disturbance.sentence(len(disturbed), rounds, max(disturbed), cores)}"


def _describe_machine(machine: Machine) -> Iterator[str]:
    """The machine and the versions on it, in a line each."""
    gpus = ", ".join(machine.named_gpus) or "no GPU"
    yield (
        f"Machine: {machine.cpu_model or 'unknown CPU'}, {machine.usable_cores} cores, "
        f"{_memory(machine)}, {gpus}; "
        f"threads {machine.intra_op_threads} within and {machine.inter_op_threads} across operations"
    )
    yield f"Versions: {', '.join(machine.named_versions)}"
    if machine.settings:
        yield f"Settings: {', '.join(machine.named_settings)}"


def _memory(machine: Machine) -> str:
    return "unknown memory" if machine.memory_bytes is None else f"{machine.memory_bytes / 2**30:.1f} GiB"


def _command(arguments: Sequence[str]) -> str:
    """The command that measures the same again: what was typed, without the options that save and compare."""
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
    backend = os.environ.get("KERAS_BACKEND") or default
    chosen = [] if backend == default else [f"KERAS_BACKEND={backend}"]
    return shlex.join([*chosen, _program("pytest"), *kept])


def _program(name: str) -> str:
    """A program of this environment as it can be typed: its name, or its path if another one is on the PATH."""
    here = Path(sys.executable).parent / name
    return name if not here.exists() or shutil.which(name) == str(here) else _shown(here)


def _shown(path: Path) -> str:
    """A path for people: relative if it is below the working folder."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _print(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
