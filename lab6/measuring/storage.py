"""Where results go: ``results/``, one folder a machine, pytest-benchmark's own JSON files, numbered from 0001."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_benchmark.logger import Logger
from pytest_benchmark.storage.file import FileStorage
from pytest_benchmark.utils import safe_dumps

from lab6.errors import ResultsError
from lab6.measuring import programs, publishing
from lab6.measuring.journal import Journal
from lab6.measuring.publishing import NUMBERED


class ResultsStorage(FileStorage):  # type: ignore[misc]  # pytest-benchmark has no types
    """pytest-benchmark's file storage, but a file appears whole or not at all, and makes no folder before that."""

    def __init__(self, root: Path, logger: Logger, machine_folder: str) -> None:
        """Keep the files of the machine called ``machine_folder`` in a folder of that name under ``root``."""
        self.path = root.resolve()
        self.default_machine_id = machine_folder
        self.logger = logger
        self._cache: dict[Path, Any] = {}
        self.saved: Path | None = None
        """The file that this session wrote."""
        self.rescued = False
        """Whether it had to go elsewhere, because the machine's folder could not be written."""
        self.journal: Journal | None = None
        """What keeps this session's finished rounds until they are saved."""

    @property
    def folder(self) -> Path:
        """This machine's folder."""
        return self.path / str(self.default_machine_id)

    @property
    def location(self) -> str:
        """The root, as pytest-benchmark names it in its messages."""
        return str(self.path)

    def check_writable(self, name: str) -> None:
        """Make sure, before anything is measured, that it can be saved under ``name``. Raises ResultsError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, suffix=f"_{name}.json"):
                pass
        except OSError as error:
            raise ResultsError(
                f"results cannot be saved in {self.folder} ({error.strerror}): make it writable, or choose another "
                "place with --benchmark-storage=DIR."
            ) from error

    def save(self, output_json: dict[str, Any], save: str) -> None:
        """Write a session's benchmarks under the next free number; where that fails, into the temporary folder."""
        content = safe_dumps(output_json, ensure_ascii=True, indent=4).encode()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            journal = self.journal if self.journal and self.journal.begun else None
            self.saved = journal.publish(content, save) if journal else publishing.save(self.folder, content, save)
        except OSError as error:
            self._rescue(content, save, f"{self.folder} cannot be written ({error.strerror})")

    def _rescue(self, content: bytes, name: str, why: str) -> None:
        """Keep what has no place in the machine's folder wherever there is one, and say where."""
        self.rescued = True
        whole = self.journal is not None and self.journal.whole
        later = f"once there is room, keep them with: {programs.lab6('recover', self.path)}"
        try:
            self.saved = publishing.save(Path(tempfile.mkdtemp(prefix="lab6-")), content, name)
        except OSError as error:
            kept = later if whole else "they are in the tables here alone"
            self.logger.error(
                f"{why}, nor can a temporary folder ({error.strerror}), so the results are not saved: {kept}."
            )
            return
        move = f"move that file into {self.folder} once there is room"
        self.logger.error(f"{why}, so the results were kept in {self.saved}: {later if whole else move}.")

    def query(self, *globs_or_files: str) -> list[Path]:
        """The saved runs that pytest-benchmark would find, in the order of their numbers.

        Four digits and more are one run's number; pytest-benchmark takes them for how a name begins.
        """
        globs = [re.sub(r"(?:^|(?<=/))(\d{4,})$", r"\1_", str(glob)) for glob in globs_or_files]
        return sorted(super().query(*globs), key=_place)

    def load(self, *globs_or_files: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Saved runs with their names; without an argument all of this machine, the last one last."""
        numbered = [str(path) for path in self.query() if path.parent == self.folder and NUMBERED.fullmatch(path.name)]
        yield from super().load(*(globs_or_files or numbered))


def _place(path: Path) -> tuple[int, str, Path]:
    """Where a file stands among saved runs: by its number; those without one come first."""
    numbered = NUMBERED.fullmatch(path.name)
    return int(numbered[1]) if numbered else 0, path.name, path.parent
