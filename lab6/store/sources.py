"""Find, read and write files of results: files, folders and globs, on this machine or any store that fsspec knows."""

import dataclasses
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import fsspec

from lab6 import paths
from lab6.errors import ResultsError

DEFAULT = "results"
"""The place that is read by default."""

SUFFIXES = (".json", ".parquet")
"""The files in a folder that are read."""


@dataclasses.dataclass(frozen=True)
class File:
    """A file of results.

    ``name``: for people, its path relative to the working folder, or its address. ``key``: identifies it. ``content``:
    reads it.
    """

    name: str
    key: str
    content: Callable[[], bytes]

    def read(self) -> bytes:
        """The whole content. Raises ResultsError."""
        try:
            return self.content()
        except Exception as error:  # each store has errors of its own
            raise ResultsError(f"{self.name} cannot be read ({_why(error)}): make it readable.") from error


def find(places: Sequence[str]) -> list[File]:
    """The files of results in ``places``, each once, in order. Raises ResultsError if a place has none."""
    if "" in places:
        raise ResultsError("an empty name is not a place of results: give files, folders or globs, such as results.")
    found: dict[str, File] = {}
    for place in places:
        for file in _find(place):
            found.setdefault(file.key, file)
    return list(found.values())


def write(place: str, content: bytes) -> None:
    """Write a file; on this machine whole or not at all. Raises ResultsError."""
    try:
        filesystem, path = _located(place)
        if filesystem:
            filesystem.pipe_file(path, content)
            return
        target = Path(os.path.realpath(path))  # a link stays a link
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".lab6-{os.getpid()}.part")  # the target's name may be as long as names can be
        try:
            part.write_bytes(content)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except Exception as error:  # each store has errors of its own
        raise ResultsError(f"{place} cannot be written ({_why(error)}): choose another place.") from error


def _find(place: str) -> list[File]:
    """The files of results in a place. Raises ResultsError."""
    try:
        filesystem, path = _located(place)
        found = list(_in_store(filesystem, path) if filesystem else _here(path))
    except _NoSuchPlace as error:
        raise ResultsError(
            f"{place}: there is no such file or folder; give files, folders or globs of results, or "
            "measure some with pytest benchmarks --benchmark-save."
        ) from error
    except Exception as error:  # each store has errors of its own
        raise ResultsError(
            f"{place} cannot be read ({_why(error)}): give a path, or the address of a store."
        ) from error
    if not found:
        raise ResultsError(
            f"{place} holds no results (no {' or '.join(SUFFIXES)} file): measure some with "
            "pytest benchmarks --benchmark-save, or name another place."
        )
    return found


class _NoSuchPlace(Exception):
    """A place does not exist, and is not a glob."""


def _located(place: str) -> tuple[Any, str]:
    """The store of a place, None for this machine's own files, and the path there."""
    if not paths.is_address(place):
        return None, paths.expanded(place)
    filesystem, path = fsspec.core.url_to_fs(place)
    return (None if "file" in filesystem.protocol else filesystem), path


def _here(place: str) -> Iterator[File]:
    """The files that a path or a glob means on this machine. Raises OSError and _NoSuchPlace."""
    if _mode(place):
        files = _inside(place) if stat.S_ISDIR(_mode(place)) else [place]
    elif _is_glob(place):
        matches = sorted(map(str, _matches(Path(place).parts)))
        files = [file for match in matches for file in (_inside(match) if Path(match).is_dir() else _results([match]))]
    else:
        raise _NoSuchPlace
    here = os.path.join(Path.cwd(), "")  # noqa: PTH118
    known: dict[str, str] = {}
    for file in files:
        key = _real(file, known)
        whole = os.path.normpath(os.path.join(here, file))  # noqa: PTH118
        yield File(paths.printable(whole.removeprefix(here)), key, partial(_content, file))


def _matches(parts: Sequence[str]) -> list[Path]:
    """The paths that match a glob. Leading parts that exist are taken literally."""
    known = next(count for count in range(len(parts)) if not os.path.lexists(Path(*parts[: count + 1])))
    base, pattern = Path(*parts[:known]), "/".join(parts[known:])
    found = list(base.glob(pattern)) or list(base.glob(pattern.replace("[", "[[]")))
    return [path for path in found if not _is_hidden(path.relative_to(base).parts, parts)]


def _inside(folder: str) -> list[str]:
    """The files of results in a folder and below it, also behind links. Raises OSError."""
    found, seen = [], set()
    known: dict[str, str] = {}
    for here, folders, files in os.walk(folder, onerror=_raise, followlinks=True):
        real = _real(here, known)
        if real in seen:  # a loop of links, or two ways to the same folder
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += _results(os.path.join(here, name) for name in files if not name.startswith("."))  # noqa: PTH118
    return sorted(found)


def _real(path: str, known: dict[str, str]) -> str:
    """What :func:`os.path.realpath` says of ``path``, asking it once for each folder; ``known``: those asked before."""
    if path not in known:
        folder, name = os.path.split(path)
        plain = folder and name not in ("", ".", "..") and not Path(path).is_symlink()
        known[path] = os.path.join(_real(folder, known), name) if plain else os.path.realpath(path)  # noqa: PTH118
    return known[path]


def _results(files: Iterable[str]) -> list[str]:
    """Those of ``files`` that are called as results are, broken links included, but no pipes."""
    return [file for file in files if file.endswith(SUFFIXES) and (stat.S_IFMT(_mode(file)) in (0, stat.S_IFREG))]


def _mode(path: str) -> int:
    """The type of a file behind links; 0 if there is none."""
    try:
        return os.stat(path).st_mode  # noqa: PTH116
    except OSError:
        return 0


def _content(path: str) -> bytes:
    if stat.S_ISCHR(_mode(path)) or stat.S_ISBLK(_mode(path)):
        raise OSError("it is a device")
    return Path(path).read_bytes()


def _raise(error: OSError) -> None:
    raise error


def _in_store(filesystem: Any, place: str) -> Iterator[File]:
    """The files that a path or a glob means on another store. Raises _NoSuchPlace, and the store's errors."""

    def inside(path: str) -> list[str]:
        return sorted(filesystem.find(path)) if filesystem.isdir(path) else [path]

    if _is_glob(place):
        found = [file for match in sorted(filesystem.glob(place)) for file in inside(match)]
    elif filesystem.exists(place):
        found = inside(place)
    else:
        raise _NoSuchPlace
    named = place.split("/")
    for path in found:
        if path == place or (path.endswith(SUFFIXES) and not _is_hidden(path.split("/"), named)):
            address = str(filesystem.unstrip_protocol(path))
            yield File(paths.printable(address), address, partial(filesystem.cat_file, path))


def _is_glob(place: str) -> bool:
    return "*" in place or "?" in place


def _is_hidden(parts: Sequence[str], named: Sequence[str]) -> bool:
    """Whether a path of these parts is hidden, or in a hidden folder, unless it was ``named`` so."""
    return any(part.startswith(".") and part not in named for part in parts)


def _why(error: Exception) -> str:
    """The error's message in one line."""
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:160] or type(error).__name__
