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
from lab6.measure import publishing
from lab6.measure.publishing import NUMBERED


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
        self.unfinished = False
        """Whether the file that is saved at the end is of a run that was cut off."""
        self._warned = False

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

    def keep(self, file: Path | None, content: dict[str, Any], name: str) -> Path | None:
        """Write what a run has finished so far into its own file, which says that it is unfinished.

        ``file``: where it was written before; None the first time. Returns where it is; None where it cannot be kept,
        which is said once, and is no reason to stop.
        """
        try:
            return self._write(file, content | {"unfinished": True}, name)
        except OSError as error:
            if not self._warned:
                self._warned = True
                self.logger.warning(
                    f"{self.folder} cannot be written ({error.strerror}): measuring goes on, but what it has finished "
                    "by then would not survive a crash."
                )
            return file

    def save(self, output_json: dict[str, Any], save: str) -> None:
        """Write a session's benchmarks into the file that it has, or under the next free number; where that fails,
        into the temporary folder."""
        content = output_json | ({"unfinished": True} if self.unfinished else {})
        try:
            self.saved = self._write(self.saved, content, save)
        except OSError as error:
            self._rescue(content, save, f"{self.folder} cannot be written ({error.strerror})")

    def rewrite(self, file: Path, content: dict[str, Any]) -> None:
        """Write a run's file again; where that fails, what was there stays, and that is said."""
        try:
            publishing.write(file, _encoded(content))
        except OSError as error:
            self.logger.error(f"{file} cannot be written again ({error.strerror}): it stays unfinished.")

    def _write(self, file: Path | None, content: dict[str, Any], name: str) -> Path:
        """Write into ``file``, or into a new one. Raises OSError."""
        encoded = _encoded(content)
        if file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            return publishing.save(self.folder, encoded, name)
        publishing.write(file, encoded)
        return file

    def _rescue(self, content: dict[str, Any], name: str, why: str) -> None:
        """Keep what has no place in the machine's folder wherever there is one, and say where."""
        self.rescued = True
        try:
            self.saved = publishing.save(Path(tempfile.mkdtemp(prefix="lab6-")), _encoded(content), name)
        except OSError as error:
            self.logger.error(
                f"{why}, nor can a temporary folder ({error.strerror}), so the results are not saved: they are in the "
                "tables here alone."
            )
            return
        self.logger.error(
            f"{why}, so the results were kept in {self.saved}: move that file into {self.folder} once there is room."
        )

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


def _encoded(content: dict[str, Any]) -> bytes:
    encoded: str = safe_dumps(content, ensure_ascii=True, indent=4)
    return encoded.encode()


def _place(path: Path) -> tuple[int, str, Path]:
    """Where a file stands among saved runs: by its number; those without one come first."""
    numbered = NUMBERED.fullmatch(path.name)
    return int(numbered[1]) if numbered else 0, path.name, path.parent
