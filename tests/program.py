"""The ``lab6`` command: in this process, which is soon done, and in one of its own, as a user has it."""

import contextlib
import io
import os
import subprocess
import sys
from unittest import mock

import pytest

from lab6 import __main__


def lab6(*arguments: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    """What the command prints in a terminal of 80 columns, and its exit code, in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2))
    width, typed = mock.patch.dict(os.environ, COLUMNS="80"), mock.patch("sys.argv", ["lab6", *arguments])
    streams = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
    with width, typed, streams[0], streams[1], pytest.raises(SystemExit) as ended:
        __main__.main()
    texts = [stream.seek(0) or stream.read() for stream in (out, err)]
    return subprocess.CompletedProcess(arguments, ended.value.code, *texts)


def program(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own, with more environment ``variables``."""
    command = [sys.executable, "-c", "from lab6.__main__ import main; main()", *arguments]
    variables = os.environ | {"COLUMNS": "80"} | variables
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120)
