"""The arguments of :func:`lab6.notebook.measure` as the options of ``pytest benchmarks``."""

import contextlib
import dataclasses
import re
from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lab6.errors import OptionError
from lab6.measure.command_line import parse
from lab6.measure.options import Options
from lab6.place import Place

NAMES = {"dataset": "data", "engines": "engine", "devices": "device", "benchmark_save": "save"}
"""Arguments that have another name than their options."""

STAND_IN = "this_session:function"
"""The text of a function that is none of a command line, as far as texts are validated."""

ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def spoken(text: str) -> str:
    """A sentence about options, such as ``--processes 3``, about arguments instead: ``processes=3``."""

    def argument(found: re.Match[str]) -> str:
        name = found[1].replace("-", "_")
        return NAMES.get(name, name) + ("=" if found[2] else "")

    return re.sub(r"--([a-z][a-z-]*[a-z])( (?=\d))?", argument, text)


def options(given: dict[str, Any], tree: Path, folder: Path) -> Options:
    """The options that arguments mean, by the names of options. Raises OptionError.

    ``tree``: the folder that lab6 is imported from. ``folder``: takes the functions and arrays of this session.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    places: dict[str, Any] = {name: _place(value, tree, folder) for name, value in chosen.items() if callable(value)}
    chosen |= dict.fromkeys(places, STAND_IN)
    if isinstance(chosen.get("model"), list | tuple):
        chosen["hidden"] = chosen.pop("model")
    if isinstance(chosen.get("dataset"), list | tuple):
        chosen["dataset"] = str(_written(chosen["dataset"], folder))
    parsed = parse(Namespace(**{name: _text(value) for name, value in chosen.items()}), tree)
    return dataclasses.replace(parsed, **places)


def _text(value: object) -> str:
    """A value as a command line would have it."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(map(str, value))
    return str(value)


def _place(function: Callable[..., Any], tree: Path, folder: Path) -> Place:
    """Where a worker finds ``function``: in its module, or in a file of this session."""
    with contextlib.suppress(OptionError):
        return Place.of(function, tree)
    return Place.carry(function, folder)


def _written(pairs: Sequence[Any], folder: Path) -> Path:
    """The file with the arrays of ((x_train, y_train), (x_test, y_test)). Raises OptionError."""
    try:
        (x_train, y_train), (x_test, y_test) = pairs
        arrays = [np.asarray(array) for array in (x_train, y_train, x_test, y_test)]
    except ValueError as error:
        raise OptionError("data: these are not four arrays; give ((x_train, y_train), (x_test, y_test)).") from error
    path = folder / "arrays.npz"
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **dict(zip(ARRAYS, arrays, strict=True)))
    return path
