"""Check what ``pytest benchmarks`` measured: ``--against`` after each pair of a duet, ``--check-against`` at the end.

What is known before measuring (another machine, other work) is refused then. pandas is imported
only for the verdict: after all is measured and saved, or between the pairs of a duet, never while the clock runs.
"""

import dataclasses
import json
import os
from collections.abc import Collection, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError
from pytest_benchmark.utils import safe_dumps
from rich.console import Console
from rich.text import Text

from lab6 import paths
from lab6.check.fingerprint import differences, of_machine
from lab6.errors import Lab6Error, OptionError, ResultsError
from lab6.measure import book
from lab6.measure.begin import nothing_in_common
from lab6.measure.book import console_of, fail
from lab6.measure.contest import Judge
from lab6.measure.hooks import Hooks
from lab6.measure.options import Options
from lab6.measure.plan import Case
from lab6.measure.plugin import OPTIONS
from lab6.measure.storage import ResultsStorage
from lab6.record import PACKAGES, Machine
from lab6.store import names

if TYPE_CHECKING:
    from lab6.check.check import Check

OPTION = "--check-against"

REFUSED = pytest.ExitCode.INTERRUPTED
"""2, the exit code of ``lab6 check`` if nothing can be compared; pytest uses it for interrupted runs."""

ARCHIVE = b"PAR1"
"""The beginning of a Parquet file."""


@dataclasses.dataclass(frozen=True)
class Judged:
    """The check of a duet, as :class:`lab6.measure.contest.Verdicts`."""

    found: "Check"

    def settled(self, case: Case) -> bool:
        """Whether a row needs no more pairs."""
        return bool(self.found.settled[self._is_of(case)].any())

    def sentence(self, case: Case) -> str:
        """Why a row fails; empty if it does not."""
        from lab6.check import words

        rows = self.found.rows[self._is_of(case) & self.found.regressed]
        return "; ".join(words.row_sentence(row) for row in rows.to_dict("records"))

    def show(self, console: Console) -> None:
        """Print the check."""
        from lab6.check import command

        command.show(console, self.found)

    def _is_of(self, case: Case) -> Any:
        from lab6.store import workload

        rows, way, goal = self.found.rows, case.way, case.goal
        named = workload.goal(goal.target, goal.learning_rate, goal.decay_steps or 0) if goal else ""
        same = (rows["engine"] == way.engine) & (rows["device"] == way.device) & (rows["goal"] == named)
        return same & (rows["batch_size"] == case.batch_size)


def judge(options: Options) -> Judge:
    """The judge of a duet."""

    def judged(baseline: dict[str, Any], candidate: dict[str, Any], rows: int) -> Judged:
        from lab6.check.check import Terms, check  # imports pandas

        terms = Terms(options.minimum_effect, rows=rows)
        return Judged(check(_frame("baseline", baseline), _frame("candidate", candidate), terms))

    return judged


def _frame(name: str, content: dict[str, Any]) -> Any:
    """The tidy frame of a run's saved content."""
    from lab6.store import run  # imports pandas

    return run.frame([run.read(name, safe_dumps(content).encode())])


class Against:
    """The hooks around a run that is checked against saved ones.

    A ``conftest.py`` registers it after :class:`lab6.measure.hooks.Hooks`; see ``benchmarks/conftest.py``.
    """

    def __init__(self, benchmarks: Hooks) -> None:
        """``benchmarks``: the run's own hooks."""
        self.benchmarks = benchmarks
        self.config = benchmarks.config
        self.options = self.config.stash[OPTIONS]
        self.baseline: list[Path] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Find the saved runs, and refuse benchmarks that they cannot be compared with."""
        if self.options.check_against is None or self.config.option.collectonly:
            return
        try:
            baseline = self._find(self.options.check_against)
            self._refuse(baseline, {item.nodeid for item in session.items})
        except Lab6Error as error:
            self.benchmarks.refuse(session, str(error))
        self.baseline = baseline

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> Generator[None]:
        """Print the verdict after everything else."""
        yield
        if not self.baseline:
            return
        console = console_of(self.config)
        console.print()
        try:
            if exitstatus == pytest.ExitCode.INTERRUPTED or not self.benchmarks.run.results:
                raise ResultsError("the run was not finished.")
            if self._verdict():
                fail(terminalreporter)
        except Lab6Error as error:
            console.print(Text(f"Not checked: {error}"), soft_wrap=True)
            if exitstatus == pytest.ExitCode.OK:
                fail(terminalreporter, REFUSED)

    def _find(self, name: str) -> list[Path]:
        """The file called so, or the runs of that name or number in this machine's folder or one of the same kind.

        Raises ResultsError.
        """
        if os.path.isfile(file := paths.expanded(name)):  # noqa: PTH113  # Path's raises for a long name
            return [Path(file)]
        storage = book.session(self.config).storage
        folder = storage.folder if isinstance(storage, ResultsStorage) else Path("results")
        found = names.runs(name, folder) or self._elsewhere(name, folder)
        if not found:
            raise ResultsError(
                f"{OPTION}: there is no run of the name or number {name!r} in {folder}; measure one with "
                f"--benchmark-save={name}, or give the path of a saved run."
            )
        return found

    def _elsewhere(self, name: str, folder: Path) -> list[Path]:
        """The runs of that name in other machines' folders, if those are the same in all that decides the speed.

        A container has a new host name, and with it another folder, each time. Raises ResultsError if all differ.
        """
        others = [runs for other in sorted(folder.parent.glob("*/")) if (runs := names.runs(name, other))]
        differing = [(runs, self._differing(_read(runs[0])[0])) for runs in others if runs[0].parent != folder]
        same = [path for runs, fields in differing if not fields for path in runs]
        if differing and not same:
            (path, *_), ((field, theirs, ours), *_) = differing[-1]
            raise ResultsError(
                f"{OPTION}: {path} is of another machine: {field} is {theirs} there and {ours} here; measure one here "
                f"with --benchmark-save={name}, or allow it with --allow-differing {field} if that is what you test."
            )
        return same

    def _differing(self, machine: Machine) -> list[tuple[str, Any, Any]]:
        """The fields that may not differ and do, with the values of ``machine`` and of this one."""
        here = of_machine(self.benchmarks.plan().machine)
        found = differences(of_machine(machine), here)
        return [difference for difference in found if difference[0] not in self.options.allow_differing]

    def _refuse(self, baseline: Sequence[Path], benchmarks: Collection[str]) -> None:
        """Raise ResultsError if ``baseline`` is of another machine, or has none of ``benchmarks``, pytest's names.

        Raises OptionError for an unknown field.
        """
        known = dict.fromkeys((*of_machine(self.benchmarks.plan().machine), *PACKAGES))
        for field in self.options.allow_differing:
            if field not in known:
                raise OptionError(f"--allow-differing: {field!r} is not known; give any of {', '.join(known)}.")
        theirs: set[str] = set()
        for path in baseline:
            machine, own = _read(path)
            for field, theirs, ours in self._differing(machine):
                raise ResultsError(
                    f"{OPTION}: the machines differ: {field} is {theirs} in {path} and {ours} here; allow it with "
                    f"--allow-differing {field} if that is what you test."
                )
            theirs |= own
        if benchmarks and not theirs & set(benchmarks):
            raise ResultsError(f"{OPTION}: {nothing_in_common(str(baseline[0]), theirs, benchmarks)}")

    def _verdict(self) -> bool:
        """Check this run's saved content, and print the verdict; whether it failed. Raises ResultsError."""
        from lab6.check import command  # imports pandas
        from lab6.check.check import Terms, check
        from lab6.store.load import load

        candidate = _frame("this run", self.benchmarks.run.content())
        terms = Terms(self.options.minimum_effect, self.options.allow_differing)
        found = check(load(*map(str, self.baseline)), candidate, terms)
        command.show(console_of(self.config), found)
        return found.failed


def _read(path: Path) -> tuple[Machine, set[str]]:
    """The machine of a saved run, and the names of its benchmarks."""
    try:
        file = path.read_bytes()
        if file.startswith(ARCHIVE):
            raise ResultsError(
                f"{OPTION}: {path} is an archive, but only a run as it was saved, a .json file, can be checked "
                "before anything is measured: name such a run, or save this one and give both to lab6 check."
            )
        content = json.loads(file)
        machine = Machine.model_validate(content["machine_info"]["lab6"])
        return machine, {benchmark["fullname"] for benchmark in content["benchmarks"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError, ValidationError) as error:
        wrong = f"it has no {error}" if isinstance(error, KeyError) else str(error).splitlines()[0]
        if isinstance(error, ValidationError):
            wrong = "{loc}: {msg}".format_map(error.errors()[0])
        raise ResultsError(f"{OPTION}: {path} is damaged, or not a run of lab6 ({wrong}): name another run.") from error
