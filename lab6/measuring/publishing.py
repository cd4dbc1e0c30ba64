"""Files that are there whole or not at all, also after a power cut, and the numbers that saved runs are given."""

import contextlib
import errno
import os
import re
import tempfile
from pathlib import Path

NUMBERED = re.compile(r"(\d{4,})_.*\.json")
"""The name of a saved run: its number, and what it was saved as."""


def write(path: Path, content: bytes) -> None:
    """Write a file under another name, wait until the disk has it, and rename it into place.

    Raises OSError; what was at ``path`` before is then untouched.
    """
    part = path.with_name(f"{path.name}.part")
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
    sync(path.parent)


def save(folder: Path, content: bytes, name: str) -> Path:
    """Write a run's file into ``folder`` under its next free number. Raises OSError, and leaves nothing then."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".", suffix=".part") as place:
        complete = Path(place) / "result.json"
        write(complete, content)
        return publish(complete, folder, name)


def publish(complete: Path, folder: Path, name: str) -> Path:
    """Give a complete file the next free number in ``folder``, and wait until the disk has it. Raises OSError.

    No two processes give the same number, whatever the names. The file keeps its old name as well, so that
    :func:`is_published` is true from the very moment when it has its number; on a file system without hard links
    (FAT, some network drives) it loses it.
    """
    number = max(_numbers(folder), default=0) + 1
    while (target := _publish_as(number, complete, folder, name)) is None:
        number += 1
    sync(folder)
    return target


def _publish_as(number: int, complete: Path, folder: Path, name: str) -> Path | None:
    """The file's new name with this number; None where the number is another's."""
    claim = folder / f".{number:04}.claimed"
    try:
        claim.mkdir()  # one process alone succeeds
    except FileExistsError:
        return None
    try:
        if number in _numbers(folder):
            return None
        target = folder / f"{number:04}_{name}.json"
        try:
            target.hardlink_to(complete)
        except FileExistsError:
            return None
        except OSError:  # a file system without hard links
            complete.rename(target)
        return target
    finally:
        claim.rmdir()


def _numbers(folder: Path) -> set[int]:
    """The numbers of the runs in a folder."""
    return {int(found[1]) for path in folder.iterdir() if (found := NUMBERED.fullmatch(path.name))}


def is_published(complete: Path) -> bool:
    """Whether a file in a journal, made for :func:`publish`, has its number already: is it a saved run's too?

    More links alone would not say so: a backup can have made them.
    """
    if not complete.exists() or complete.stat().st_nlink < 2:
        return False
    return any(path.samefile(complete) for path in complete.parent.parent.parent.glob("*.json"))


def sync(folder: Path) -> None:
    """Wait until the disk has a folder's names, where the system can (Windows cannot). Raises OSError."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # a folder that others own; its names are theirs to keep
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # file systems that have no such thing
            raise
    finally:
        os.close(descriptor)
