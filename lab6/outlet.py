"""Standard output and errors that survive a closed pipe, a full disk or a closed stream."""

import io
import os
from typing import Any, TextIO


class _Outlet(io.FileIO):
    """An output that drops what cannot be written, so that the program goes on and its exit code stays its own."""

    trouble: OSError | None = None
    """Why output was dropped, unless the reader left."""

    def write(self, data: Any) -> int:
        """Write ``data``, or drop it."""
        try:
            return super().write(data)
        except BrokenPipeError:
            pass
        except OSError as error:
            self.trouble = error
        return memoryview(data).nbytes


def outlet(stream: TextIO | None, errors: str | None = None) -> TextIO:
    """``stream`` through an outlet, if it is a file or a pipe; ``errors``: for characters that its encoding lacks.

    None, for a stream that was closed before Python started, becomes one that drops everything.
    """
    if stream is None:
        while (nowhere := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass  # takes the closed stream's number, or the next file would, and receive what C++ code prints
        return os.fdopen(nowhere, "w", encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    if not isinstance(getattr(stream.buffer, "raw", stream.buffer), io.FileIO):  # a terminal of Windows, or a test's
        stream.reconfigure(errors=errors)
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Outlet(stream.fileno(), "w", closefd=False)),
        stream.encoding,
        errors or stream.errors,
        line_buffering=stream.line_buffering or stream.write_through,
    )


def trouble(stream: TextIO) -> str:
    """Why some of what was written to an outlet was dropped, such as a full disk; empty if none was, or nobody read."""
    stream.flush()
    found = getattr(getattr(getattr(stream, "buffer", None), "raw", None), "trouble", None)
    return found.strerror or type(found).__name__ if found else ""
