"""Where a place of results is, on this machine or any store that fsspec knows; write and delete files there."""

import os
import secrets
from pathlib import Path
from typing import Any

import fsspec

from lab6 import paths
from lab6.errors import ResultsError

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"}
"""The extra of lab6 with the package for addresses that begin so."""


def located(place: str) -> tuple[Any, str]:
    """The store of a place, None for this machine's own files, and the path there. Raises ResultsError and others."""
    if not paths.is_address(place):
        return None, paths.expanded(place)
    try:
        filesystem, path = fsspec.core.url_to_fs(place)
    except ImportError as error:
        extra = EXTRAS.get(place.partition(":")[0].lower())
        if extra is None:
            raise
        raise ResultsError(
            f"{place}: the package for such addresses is missing; install it with pip install 'lab6[{extra}]'."
        ) from error
    return (None if "file" in filesystem.protocol else filesystem), path


def write(place: str, content: bytes) -> None:
    """Write a file; on this machine whole or not at all. Raises ResultsError."""
    try:
        filesystem, path = located(place)
        if filesystem:
            filesystem.pipe_file(path, content)
            return
        target = Path(os.path.realpath(path))  # a link stays a link
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".lab6-{secrets.token_hex(8)}.part")  # the target's name may be the longest there is
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # before the new name, or a power failure could leave an empty file
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except ResultsError:
        raise
    except Exception as error:  # each store has errors of its own
        raise ResultsError(f"{place} cannot be written ({why(error)}): choose another place.") from error


def delete(place: str) -> None:
    """Delete a file, unless it is gone already. Raises ResultsError."""
    try:
        filesystem, path = located(place)
        if filesystem:
            filesystem.rm_file(path)
        else:
            Path(path).unlink()
    except FileNotFoundError:
        pass
    except ResultsError:
        raise
    except Exception as error:  # each store has errors of its own
        raise ResultsError(
            f"{place} cannot be deleted ({why(error)}): ask its owner for the right to do so."
        ) from error


def why(error: Exception) -> str:
    """The error's message in one line."""
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:160] or type(error).__name__
