"""The errors that a user can meet.

Each message is one sentence that says what is wrong, what is allowed, and what to do. Entry points print it and
exit with a non-zero code. An error that has a cause is raised from it, for debugging.
"""

import contextlib
import re
from collections.abc import Iterator


class Lab6Error(Exception):
    """An error that the user can fix; its text is the whole message, one line of printable characters."""

    def __init__(self, message: str) -> None:
        """``message`` may quote a user or a file: line ends become spaces, and control characters ``?``."""
        line = " ".join(message.split())
        super().__init__("".join(character if character.isprintable() else "?" for character in line))

    def _render_traceback_(self) -> list[str]:
        """What IPython and notebooks show: the sentence, and no traceback."""
        return [f"{type(self).__name__}: {self}"]


class OptionError(Lab6Error):
    """An option on the command line has a value that is not allowed."""


class DataError(Lab6Error):
    """A data set is not available, or its files are not as expected."""


class DeviceError(Lab6Error):
    """The machine, or the framework on it, does not have the requested device."""


class ResultsError(Lab6Error):
    """Results cannot be stored, read or compared."""


class FileError(ResultsError):
    """A file of results cannot be used, but others may be; the message ends with the advice to leave it out."""


class SharedFileError(ResultsError):
    """A file in a shared data set cannot be used; it is left out, because one file must not stop all who read it."""


class CacheError(Lab6Error):
    """A file that lab6 keeps between runs cannot be used."""


def first_line(error: BaseException) -> str:
    """The first line of an error's text that says why, without colours; Keras puts another before it."""
    lines = [re.sub(r"\x1b\[\d*m", "", line).strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith("Exception encountered when calling")]
    return told[0] if told else type(error).__name__


@contextlib.contextmanager
def skipping_advised(option: str) -> Iterator[None]:
    """Add ``option``, which leaves files out, to the advice of a FileError; an empty one adds nothing."""
    try:
        yield
    except FileError as error:
        if not option:
            raise
        raise FileError(f"{str(error).removesuffix('.')}, or give {option}.") from error
