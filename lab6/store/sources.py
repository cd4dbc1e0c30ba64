"""Find, read and write files of results: files, folders and globs, on this machine or any store that fsspec knows."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import fsspec

from lab6.errors import ResultsError

DEFAULT = "results"
"""The place that is read by default."""

SUFFIXES = (".json", ".parquet")
"""The files in a folder that are read."""


@dataclasses.dataclass(frozen=True)
class File:
    """A file of results. ``name``: its path relative to the working folder, or its address."""

    name: str
    path: str
    filesystem: Any

    def read(self) -> bytes:
        """The whole content. Raises ResultsError."""
        try:
            content: bytes = self.filesystem.cat_file(self.path)
        except Exception as error:  # each store has errors of its own
            raise ResultsError(f"{self.name} cannot be read ({_why(error)}): make it readable.") from error
        return content


def find(places: Sequence[str]) -> list[File]:
    """The files of results in ``places``, each once, in order. Raises ResultsError if a place has none."""
    if "" in places:
        raise ResultsError("an empty name is not a place of results: give files, folders or globs, such as results.")
    found = {(type(file.filesystem), file.path): file for place in places for file in _find(place)}
    return list(found.values())


def write(place: str, content: bytes) -> None:
    """Write a file; on this machine whole or not at all. Raises ResultsError."""
    try:
        filesystem, path = fsspec.core.url_to_fs(place)
        if _is_local(filesystem):
            target = Path(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f".{target.name}.part")
            try:
                part.write_bytes(content)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
        else:
            filesystem.pipe_file(path, content)
    except Exception as error:  # each store has errors of its own
        raise ResultsError(f"{place} cannot be written ({_why(error)}): choose another place.") from error


def _find(place: str) -> Iterator[File]:
    try:
        filesystem, path = fsspec.core.url_to_fs(place)
        if "*" in place or "?" in place:
            matches = [match for match in sorted(filesystem.glob(path)) if not _is_hidden(match, path)]
            paths = [inside for match in matches for inside in _results(filesystem, match)]
        elif filesystem.exists(path):
            paths = _results(filesystem, path) if filesystem.isdir(path) else [path]
        else:
            raise ResultsError(
                f"{place}: there is no such file or folder; give files, folders or globs of results, or "
                "measure some with pytest benchmarks --benchmark-save."
            )
    except ResultsError:
        raise
    except Exception as error:  # each store has errors of its own
        raise ResultsError(
            f"{place} cannot be read ({_why(error)}): give a path, or the address of a store."
        ) from error
    if not paths:
        raise ResultsError(
            f"{place} holds no results (no {' or '.join(SUFFIXES)} file): measure some with "
            "pytest benchmarks --benchmark-save, or name another place."
        )
    here = Path.cwd()
    for path in paths:
        yield File(_name(filesystem, path, here), path, filesystem)


def _results(filesystem: Any, path: str) -> list[str]:
    """The files of results in a folder and below it; or ``path`` itself if it is such a file."""
    inside = sorted(filesystem.find(path)) if filesystem.isdir(path) else [path]
    return [file for file in inside if file.endswith(SUFFIXES) and not _is_hidden(file, path)]


def _is_hidden(path: str, named: str) -> bool:
    """Whether ``path`` is hidden, or in a hidden folder, unless it was ``named`` so."""
    return any(part.startswith(".") and part not in named.split("/") for part in path.split("/"))


def _name(filesystem: Any, path: str, here: Path) -> str:
    if not _is_local(filesystem):
        return str(filesystem.unstrip_protocol(path))
    local = Path(path)
    try:
        return str(local.relative_to(here))
    except ValueError:
        return str(local)


def _is_local(filesystem: Any) -> bool:
    return "file" in filesystem.protocol


def _why(error: Exception) -> str:
    """The error's message in one line."""
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:160] or type(error).__name__
