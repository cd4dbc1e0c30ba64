"""The file of a search: a finished trial is appended at once, so that an interrupted search goes on where it was."""

import threading
from pathlib import Path

from lab6 import trials
from lab6.errors import OptionError, ResultsError
from lab6.measure.search.grid import Setting
from lab6.trials import Trial, Tried

SAME = (*trials.WORK, "targets", "max_epochs")
"""What a table and a search that goes on with it must agree in."""


class Journal:
    """The trials of one table; several threads may use it."""

    def __init__(self, path: Path, tried: Tried) -> None:
        """Go on with the table at ``path``, or begin it. Raises OptionError if that is of other work, ResultsError."""
        self.path, self.tried = path, tried
        self._lock = threading.Lock()
        self._trials: dict[tuple[int, Setting, int], Trial] = {}
        if path.exists() and path.stat().st_size:
            found = trials.read(path)
            _check_same(path, found.tried, tried)
            self.tried = found.tried
            for trial in found.trials:
                self._trials[_key(trial)] = trial
        self.found = len(self._trials)
        """Trials that were there already."""
        self.write()  # without what was cut off

    def __len__(self) -> int:
        return len(self._trials)

    def get(self, batch_size: int, setting: Setting, seed: int) -> Trial | None:
        """A finished trial; None if there is none."""
        return self._trials.get((batch_size, setting, seed))

    @property
    def trials(self) -> list[Trial]:
        """All finished trials."""
        return list(self._trials.values())

    def add(self, trial: Trial) -> None:
        """Keep a finished trial. Raises ResultsError if the file cannot be written."""
        with self._lock:
            self._trials[_key(trial)] = trial
            try:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(f"{trials.line(trial)}\n")
            except OSError as error:
                raise _unwritable(self.path, error) from error

    def write(self) -> None:
        """Write the whole file anew, in the order of settings. Raises ResultsError."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            trials.write(self.path, self.tried, self._trials.values())
        except OSError as error:
            raise _unwritable(self.path, error) from error


def _key(trial: Trial) -> tuple[int, Setting, int]:
    return trial.batch_size, Setting(trial.learning_rate, trial.decay_steps), trial.seed


def _check_same(path: Path, old: Tried, new: Tried) -> None:
    for field in SAME:
        there, here = (_text(getattr(each, field)) for each in (old, new))
        if there != here:
            raise OptionError(
                f"{path} is a table of other trials: {field} is {there} there and {here} here; give the same options, "
                "or another file with --output."
            )


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _unwritable(path: Path, error: OSError) -> ResultsError:
    return ResultsError(f"{path} cannot be written ({error.strerror}): name another file with --output.")
