"""Where results go: ``results/``, one folder a machine, pytest-benchmark's own JSON files, numbered from 0001."""

import os
import re
import tempfile
from pathlib import Path
from typing import Any

from pytest_benchmark.logger import Logger
from pytest_benchmark.storage.file import FileStorage
from pytest_benchmark.utils import safe_dumps

from lab6.errors import ResultsError


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
            self.saved = self._write(self.folder, content, save)
        except OSError as error:
            self.saved = self._write(Path(tempfile.mkdtemp(prefix="lab6-")), content, save)
            self.rescued = True
            self.logger.error(
                f"{self.folder} cannot be written ({error.strerror}), so the results were kept in {self.saved}: move "
                f"that file into {self.folder} once there is room."
            )

    def _write(self, folder: Path, content: bytes, name: str) -> Path:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".part", delete=False) as file:
            part = Path(file.name)
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                file.close()
                part.chmod(0o644)
                return self._publish(part, folder, name)
            finally:
                part.unlink(missing_ok=True)

    def _publish(self, part: Path, folder: Path, name: str) -> Path:
        """Give a complete file the next free number; another session that takes it first only moves us on."""
        taken = [int(found[1]) for path in folder.iterdir() if (found := re.match(r"(\d{4,})_.*\.json$", path.name))]
        number = max(taken, default=0) + 1
        while True:
            target = folder / f"{number:04}_{name}.json"
            try:
                _move_without_overwriting(part, target)
            except FileExistsError:
                number += 1
            else:
                return target


def _move_without_overwriting(source: Path, target: Path) -> None:
    """Rename in one step; raises FileExistsError where ``target`` is there already."""
    try:
        target.hardlink_to(source)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: claim the name, then fill it
        target.touch(exist_ok=False)
        source.replace(target)
