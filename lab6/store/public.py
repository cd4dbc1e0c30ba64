"""Leave out of rounds what can name a person, a host or a folder, so that they can be given to anyone.

Hardware, versions, times and all that was measured stay. Machines and runs get names that no one can trace back, and
that are the same each time, so that several archives of one machine still belong together.
"""

import hashlib
import re
from collections.abc import Callable

import pandas as pd

from lab6 import settings
from lab6.store import lab_report

NAMES = ("engine", "backend", "dataset", "optimizer", "network")
"""Columns of names that a path or a module can precede; the last part stays."""

VERSIONS = ("versions", "lab6_version")

BUILD = re.compile(r"\+(?!(?:cpu|cu\d+|rocm[\d.]+)\b)[\w.-]+")
"""What a version says of a build of one's own; those that frameworks publish stay (PEP 440, local versions)."""

DIGITS = 6
"""Hexadecimal ones that distinguish machines with the same hardware."""


def public(rounds: pd.DataFrame) -> pd.DataFrame:
    """``rounds``, a tidy frame, without host names, paths, modules and commits; the lab report stays as it is.

    A machine is named after its hardware, with digits made of its label and its first run; a run, and a duet, after a
    digest of its name. Commits go, because they can be looked up.
    """
    own = rounds[rounds["run"] != lab_report.NAME]
    salts = {str(label): f"{label} {_first(of_machine)}" for label, of_machine in own.groupby("machine", sort=False)}
    machines = {str(label): _machine(part, salts[str(label)]) for label, part in own.groupby("machine", sort=False)}
    runs = own["run"].map(_each(own["run"], lambda name: _digest(name, 16)))
    found = own.assign(
        source="run " + runs.str[:8],
        run=runs,
        duet=own["duet"].map(_each(own["duet"], lambda name: _digest(name, 16))),
        commit=None,
        dirty=None,
        machine=own["machine"].map(machines),
        settings=_settings(own, salts),
        **{name: own[name].map(_each(own[name], last_part)) for name in NAMES},
        **{name: own[name].map(_each(own[name], lambda text: BUILD.sub("", text))) for name in VERSIONS},
    )
    types = {name: rounds[name].dtype for name in rounds}
    return pd.concat([found.astype(types), rounds.drop(own.index)]).sort_index()


def last_part(name: str) -> str:
    """The last part of a path, or of the dotted name of a module and what is in it, such as ``make()``."""
    last = re.split(r"[/\\:]", name.rstrip("/\\:"))[-1]
    return last.rpartition(".")[2] if re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)+(\(\))?", last) else last


def _each(column: pd.Series, change: Callable[[str], str]) -> dict[str, str]:
    """What becomes of each text of a column."""
    return {text: change(text) for text in column.dropna().unique()}


def _first(rounds: pd.DataFrame) -> str:
    """The run of a machine that ended first."""
    return str(rounds[["measured_at", "run"]].sort_values(["measured_at", "run"]).iloc[0]["run"])


def _machine(rounds: pd.DataFrame, salt: str) -> str:
    first = rounds.sort_values(["measured_at", "run"]).iloc[0]
    cores = first["usable_cores"]
    counted = None if pd.isna(cores) else f"{cores} core{'' if cores == 1 else 's'}"
    parts = [str(part) for part in (first["cpu_model"], counted) if pd.notna(part)]
    return f"machine {_digest(salt, DIGITS)} ({', '.join(parts) or 'unknown hardware'})"


def _settings(rounds: pd.DataFrame, salts: dict[str, str]) -> pd.Series:
    """Settings of which those with a path in them only say so; different ones stay different."""
    pairs = rounds[["machine", "settings"]].drop_duplicates()
    texts = {
        (machine, text): text if pd.isna(text) else _without_paths(text, salts[machine])
        for machine, text in pairs.itertuples(index=False, name=None)
    }
    keys = rounds[["machine", "settings"]].itertuples(index=False, name=None)
    return pd.Series([texts[key] for key in keys], index=rounds.index, dtype="string")


def _without_paths(text: str, salt: str) -> str:
    shown = {
        name: f"(path {_digest(f'{salt} {value}', DIGITS)})" if re.search(r"[/\\~]", value) else value
        for name, value in settings.split(text).items()
    }
    return ", ".join(f"{name}={value}" for name, value in shown.items())


def _digest(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
