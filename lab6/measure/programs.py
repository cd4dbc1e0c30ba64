"""What to type to run a program of this environment, wherever it is installed."""

import shlex
import shutil
import sys
from pathlib import Path


def program(name: str) -> str:
    """A program's name, or its path where it is not the one on the PATH."""
    here = Path(sys.executable).parent / name
    if not here.exists() or shutil.which(name) == str(here):
        return name
    return str(here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here)


def lab6(command: str, place: Path, *options: str) -> str:
    """A command of lab6 on results at ``place``; without an argument where it looks there anyway."""
    places = [] if place == Path.cwd() / "results" else [str(place)]
    return shlex.join([program("lab6"), command, *options, *places])


def shown(path: Path) -> str:
    """A path for people: relative where it is below the working folder."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
