"""Find and read files of results: files, folders and globs, on this machine or any store that fsspec knows."""

import contextlib
import dataclasses
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from lab6 import paths
from lab6.errors import ResultsError
from lab6.store.files import located, why

DEFAULT = "results"
"""The place that is read by default."""

SUFFIXES = (".json", ".parquet")
"""The files in a folder that are read."""

LISTINGS = 10
"""How often files are listed if some go away before they are read."""

T = TypeVar("T")
Keep = Callable[[str], bool]
"""Whether files in a folder of this name are wanted."""


class GoneError(ResultsError):
    """A file was deleted after it had been found."""


class NoSuchPlaceError(ResultsError):
    """A place does not exist, and is not a glob."""


def again(action: Callable[[], T]) -> T:
    """What ``action`` returns; it is repeated if a file that it listed goes away, as when a push merges files."""
    for _ in range(LISTINGS - 1):
        with contextlib.suppress(GoneError):
            return action()
    return action()


def _all(folder: str) -> bool:
    return True


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
            kind = GoneError if isinstance(error, FileNotFoundError) else ResultsError
            raise kind(f"{self.name} cannot be read ({why(error)}): make it readable.") from error


def find(places: Sequence[str], keep: Keep = _all) -> list[File]:
    """The files of results in ``places``, each once, in order. Raises ResultsError if a place has none.

    Files below folders that ``keep`` refuses are left out; then a place may have none.
    """
    if "" in places:
        raise ResultsError("an empty name is not a place of results: give files, folders or globs, such as results.")
    found: dict[str, File] = {}
    for place in places:
        files = _find(place, keep)
        if not files and (keep is _all or not _find(place)):
            raise ResultsError(
                f"{place} holds no results (no {' or '.join(SUFFIXES)} file): measure some with "
                "pytest benchmarks --benchmark-save, or name another place."
            )
        for file in files:
            found.setdefault(file.key, file)
    return list(found.values())


def inside(folder: str) -> list[File]:
    """The files of results in a folder; none if it does not exist. Raises ResultsError."""
    try:
        return _find(folder)
    except NoSuchPlaceError:
        return []


def _find(place: str, keep: Keep = _all) -> list[File]:
    """The files of results in a place. Raises ResultsError."""
    try:
        filesystem, path = located(place)
        return list(_in_store(filesystem, path, keep) if filesystem else _here(path, keep))
    except NoSuchPlaceError as error:
        raise NoSuchPlaceError(
            f"{place}: there is no such file or folder; give files, folders or globs of results, or "
            "measure some with pytest benchmarks --benchmark-save."
        ) from error
    except ResultsError:
        raise
    except Exception as error:  # each store has errors of its own
        lacks = "credential" in str(error).lower()
        advice = (
            "set those of the store, such as AWS_ACCESS_KEY_ID" if lacks else "give a path, or the address of a store"
        )
        raise ResultsError(f"{place} cannot be read ({why(error)}): {advice}.") from error


def _here(place: str, keep: Keep) -> Iterator[File]:
    """The files that a path or a glob means on this machine. Raises OSError and NoSuchPlaceError."""
    if _mode(place):
        files = _inside(place, keep) if stat.S_ISDIR(_mode(place)) else [place]
    elif _is_glob(place):
        matches = sorted(map(str, _matches(Path(place).parts)))
        found = [_inside(match, keep) if Path(match).is_dir() else _results([match]) for match in matches]
        files = [file for each in found for file in each]
    else:
        raise NoSuchPlaceError("")
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


def _inside(folder: str, keep: Keep) -> list[str]:
    """The files of results in a folder and below it, also behind links. Raises OSError."""
    found, seen = [], set()
    known: dict[str, str] = {}
    for here, folders, files in os.walk(folder, onerror=_raise, followlinks=True):
        real = _real(here, known)
        if real in seen:  # a loop of links, or two ways to the same folder
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and keep(name))
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


def _in_store(filesystem: Any, place: str, keep: Keep) -> Iterator[File]:
    """The files that a path or a glob means on another store. Raises NoSuchPlaceError, and the store's errors."""

    def inside(path: str) -> list[str]:
        if not filesystem.isdir(path):
            return [path]
        below = len(path.split("/"))
        return sorted(file for file in filesystem.find(path) if all(map(keep, file.split("/")[below:-1])))

    filesystem.invalidate_cache()  # of earlier listings
    if _is_glob(place):
        found = [file for match in sorted(filesystem.glob(place)) for file in inside(match)]
    elif filesystem.exists(place):
        found = inside(place)
    else:
        raise NoSuchPlaceError("")
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
