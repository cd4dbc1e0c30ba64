"""Files that appear whole or not at all, and the numbers that saved runs are given."""

import contextlib
import errno
import os
import random
import re
import secrets
import time
from pathlib import Path

NUMBERED = re.compile(r"(\d{4,})_.*\.json")
"""The name of a saved run: its number, and what it was saved as."""


def write(path: Path, content: bytes) -> None:
    """Write a file under another name, wait until the disk has it, and rename it into place.

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
    _sync(path.parent)


def save(folder: Path, content: bytes, name: str) -> Path:
    """Write a run's file into ``folder`` under its next free number. Raises OSError, and leaves nothing then.

    No two processes take the same number: whoever finds another file with the number of its own new file gives that up.
    """
    while True:
        number = max(_numbers(folder), default=0) + 1
        path = folder / f"{number:04}_{name}.json"
        part = folder / f".{number:04}_{name}.{secrets.token_hex(4)}.part"
        try:
            write(part, content)
            if not _claimed(path, part):
                continue
            if _numbers(folder).count(number) == 1:
                _sync(folder)
                return path
            path.unlink()
        finally:
            part.unlink(missing_ok=True)
        time.sleep(random.uniform(0, 0.05))


def _claimed(path: Path, part: Path) -> bool:
    """Give the complete file ``part`` the name ``path``; False if that name is taken. Raises OSError."""
    try:
        path.hardlink_to(part)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links (FAT, some network drives)
        if path.exists():
            return False
        part.rename(path)
    return True


def _numbers(folder: Path) -> list[int]:
    """The numbers of the runs in a folder, as often as they are there."""
    return [int(found[1]) for path in folder.iterdir() if (found := NUMBERED.fullmatch(path.name))]


def _sync(folder: Path) -> None:
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
