"""Where results go: one folder for each machine, with pytest-benchmark's own JSON files, numbered from 0001."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_benchmark.logger import Logger
from pytest_benchmark.storage.file import FileStorage
from pytest_benchmark.utils import safe_dumps

from lab6 import paths
from lab6.errors import ResultsError

NUMBERED = re.compile(r"(\d{4,})_.*\.json", re.DOTALL)  # a name may have line ends
"""The name of a saved run: its number, and what it was saved as."""

CLAIM = re.compile(r"\.(\d{4,})")
"""The name of the empty folder that reserves a number while its file is written."""


class ResultsStorage(FileStorage):  # type: ignore[misc]  # pytest-benchmark has no types
    """pytest-benchmark's file storage, but a file appears whole or not at all, and no folder is made before it."""

    def __init__(self, root: Path, logger: Logger, machine_folder: str) -> None:
        """Keep the files of a machine in ``root / machine_folder``."""
        self.path = root.resolve()
        self.default_machine_id = machine_folder
        self.logger = logger
        self._cache: dict[Path, Any] = {}
        self.saved: Path | None = None
        """The file that this session wrote."""
        self.rescued = False
        """Whether it was saved elsewhere, because the machine's folder could not be written."""
        self.unfinished = False
        """Whether the file that is saved at the end is of an interrupted run."""
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
                f"results cannot be saved in {self.folder} ({error.strerror}): make it writable, choose another "
                "place with --benchmark-storage=DIR, or a shorter name."
            ) from error

    def keep(self, file: Path | None, content: dict[str, Any], name: str) -> Path | None:
        """Write what a run has finished so far into its own file, marked as unfinished.

        ``file``: where it was written before; None the first time. Returns where it is now; None if it could not be
        written, of which the user is warned once.
        """
        try:
            return self._write(file, content | {"unfinished": True}, name)
        except OSError as error:
            if not self._warned:
                self._warned = True
                self.logger.warning(
                    f"{self.folder} cannot be written ({error.strerror}): measuring goes on, but its results so far "
                    "would not survive a crash."
                )
            return file

    def save(self, output_json: dict[str, Any], save: str) -> None:
        """Write a session's benchmarks into its file, or into a new one; if that fails, into the temporary folder."""
        content = output_json | ({"unfinished": True} if self.unfinished else {})
        try:
            self.saved = self._write(self.saved, content, save)
        except OSError as error:
            self._rescue(content, save, f"{self.folder} cannot be written ({error.strerror})")

    def rewrite(self, file: Path, content: dict[str, Any]) -> None:
        """Write a run's file again; if that fails, report it and leave the file as it was."""
        try:
            write(file, _encoded(content))
        except OSError as error:
            self.logger.error(f"{file} cannot be written again ({error.strerror}): it stays unfinished.")

    def _write(self, file: Path | None, content: dict[str, Any], name: str) -> Path:
        """Write into ``file``, or into a new one. Raises OSError."""
        if file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            return write_numbered(self.folder, _encoded(content), name)
        write(file, _encoded(content))
        return file

    def _rescue(self, content: dict[str, Any], name: str, why: str) -> None:
        """Save into the temporary folder, and tell the user."""
        self.rescued = True
        try:
            self.saved = write_numbered(Path(tempfile.mkdtemp(prefix="lab6-")), _encoded(content), name)
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

        Four or more digits are the number of one run; pytest-benchmark takes them as the beginning of a name.
        """
        globs = [re.sub(r"(?:^|(?<=/))(\d{4,})$", r"\1_", paths.expanded(str(glob))) for glob in globs_or_files]
        try:
            found = super().query(*globs)
        except (OSError, ValueError):  # neither a file nor MACHINE/NAME
            return []
        return sorted(found, key=lambda path: (_number(path) or 0, path.name, path.parent))

    def load(self, *globs_or_files: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Saved runs with their names; without an argument all of this machine, the last one last."""
        numbered = [str(path) for path in self.query() if path.parent == self.folder and _number(path)]
        yield from super().load(*(globs_or_files or numbered))


def write(path: Path, content: bytes) -> None:
    """Write a file under another name, wait until it is on disk, and rename it to ``path``.

    Raises OSError; what was at ``path`` before is then untouched.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    with contextlib.suppress(OSError):  # Windows and some file systems cannot synchronise a folder
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_numbered(folder: Path, content: bytes, name: str) -> Path:
    """Write a new run's file into ``folder``, under its next free number. Raises OSError, and leaves nothing then.

    No two processes take the same number: each reserves its own with a folder, which only one of them can make.
    """
    while True:
        number = max(filter(None, map(_number, folder.iterdir())), default=0) + 1
        claim = folder / f".{number:04}"
        try:
            claim.mkdir()
        except FileExistsError:
            continue
        try:
            if not any(folder.glob(f"{number:04}_*.json")):  # written since the numbers were read
                path = folder / f"{number:04}_{name}.json"
                write(path, content)
                return path
        finally:
            claim.rmdir()


def _number(path: Path) -> int | None:
    """The number of a saved run, or of one that is being written."""
    found = NUMBERED.fullmatch(path.name) or CLAIM.fullmatch(path.name)
    return int(found[1]) if found else None


def _encoded(content: dict[str, Any]) -> bytes:
    encoded: str = safe_dumps(content, ensure_ascii=True, indent=4)
    return encoded.encode()
