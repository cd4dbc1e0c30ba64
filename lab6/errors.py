"""The errors that a user can meet.

Each message is one sentence that says what is wrong, what is allowed, and what to do. Entry points print it and
exit with a non-zero code; whoever raises one chains its cause, so that nothing is hidden from a debugger.
"""

import contextlib
from collections.abc import Iterator


class Lab6Error(Exception):
    """Anything a user can mend; its text is the whole message, one line that any terminal shows as it is."""

    def __init__(self, message: str) -> None:
        """``message``: may quote what a user or a file said; line ends become spaces, control characters ``?``."""
        line = " ".join(message.split())
        super().__init__("".join(character if character.isprintable() else "?" for character in line))


class OptionError(Lab6Error):
    """An option on the command line has a value that is not allowed."""


class DataError(Lab6Error):
    """A data set cannot be had, or its files are not what they should be."""


class DeviceError(Lab6Error):
    """A device was asked for that this machine, or the framework on it, does not have."""


class ResultsError(Lab6Error):
    """Results cannot be stored where they should go, or cannot be read, or not be compared."""


class FileError(ResultsError):
    """One file of results says nothing, and others may: the message ends with the advice to leave it out."""


class CacheError(Lab6Error):
    """What lab6 keeps between runs cannot be used."""


@contextlib.contextmanager
def skipping_advised(option: str) -> Iterator[None]:
    """Add ``option``, if there is one that leaves files out, to the advice of a FileError."""
    try:
        yield
    except FileError as error:
        if not option:
            raise
        raise FileError(f"{str(error).removesuffix('.')}, or give {option}.") from error
