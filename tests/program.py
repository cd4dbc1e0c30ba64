"""The ``lab6`` command: in this process, which is soon done, and in one of its own, as a user has it."""

import contextlib
import io
import os
import subprocess
import sys
from unittest import mock

from lab6 import cli


def lab6(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What the command prints in a terminal of 80 columns, and its exit code, in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    code = None
    with mock.patch.dict(os.environ, COLUMNS="80"), mock.patch.object(sys, "argv", ["lab6", *arguments]):
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                cli.main()
            except SystemExit as ended:
                code = ended.code
    texts = [stream.seek(0) or stream.read() for stream in (out, err)]
    return subprocess.CompletedProcess(arguments, code, *texts)


def program(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own, with more environment ``variables``."""
    command = [sys.executable, "-c", "from lab6.cli import main; main()", *arguments]
    variables = os.environ | {"COLUMNS": "80"} | variables
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120)
