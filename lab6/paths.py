"""Paths as users write them, distinguished from addresses."""

import os
import re
from pathlib import Path

from lab6.errors import OptionError

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+::)*[a-z][a-z0-9+.-]+://", re.IGNORECASE)
"""The beginning of an address such as ``s3://bucket``; a single letter would be a drive of Windows."""


def is_address(text: str) -> bool:
    """Whether ``text`` is the address of a store, and not a path that exists here."""
    return bool(_ADDRESS.match(text)) and not os.path.lexists(text)


def expanded(text: str) -> str:
    """``text`` with the home folder for ``~`` or ``~user`` at its beginning, which shells leave in ``--option=~/x``."""
    return os.path.expanduser(text)  # noqa: PTH111  # Path's raises without a home


def local(option: str, text: str, what: str) -> Path:
    """The path that an option names, on this machine. ``what``: describes what to give. Raises OptionError."""
    if not text or is_address(text):
        raise OptionError(f"{option}: {text[:60]!r} is not allowed; give {what} on this machine.")
    return Path(expanded(text))


def printable(path: str | Path) -> str:
    """A path for people, in one line, with ``?`` for what cannot be printed."""
    text = str(path)
    return text if text.isprintable() else "".join(each if each.isprintable() else "?" for each in text)


def is_utf8(path: str) -> bool:
    """Whether the name of a path is text in UTF-8; Linux allows others."""
    return path.isascii() or path.encode("utf-8", "replace").decode() == path
