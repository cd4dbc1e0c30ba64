"""The process of the ``lab6`` command: its output, its errors and its exit code."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import typer

from lab6.cli import app
from lab6.errors import Lab6Error
from lab6.outlet import outlet, trouble
from lab6.settings import PLAIN_MATPLOTLIB

NOT_TEXT = (
    "the file matplotlibrc in this folder is not UTF-8, which keeps matplotlib from being imported: save it as UTF-8, "
    "or work in another folder."
)


def main() -> None:
    """Run the command. An error of lab6 is one line on standard error and exit code 2."""
    sys.stdout = outlet(sys.stdout, "replace")  # a terminal without Unicode sees question marks, not a traceback
    sys.stderr = outlet(sys.stderr)
    os.environ.update(PLAIN_MATPLOTLIB)
    try:
        app()
    except Lab6Error as error:
        _fail(str(error))
    except UnicodeDecodeError:
        if not Path("matplotlibrc").is_file():
            raise
        _fail(NOT_TEXT)
    finally:
        if why := trouble(sys.stdout):
            _fail(f"the output cannot be written ({why}): write it elsewhere.")


def _fail(sentence: str) -> NoReturn:
    typer.echo(f"lab6: {sentence}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
