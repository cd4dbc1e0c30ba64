"""Output that survives a closed pipe and characters that a terminal lacks."""

import io
from typing import Any, TextIO


class _Outlet(io.FileIO):
    """An output that ignores a closed pipe, so that the exit code stays the command's own."""

    def write(self, data: Any) -> int:
        """Write ``data``, or drop it if the pipe is closed."""
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


def outlet(stream: TextIO, errors: str | None = None) -> TextIO:
    """``stream`` through an outlet, if it is a file or a pipe; ``errors``: for characters that its encoding lacks."""
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
