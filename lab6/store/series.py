"""Name series: one machine with one way to train, measured with several minibatch sizes."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from lab6.record import PACKAGES

ACROSS = "inter_op_threads"
SETUP = ("cpu_model", "usable_cores", "gpus", ACROSS, "versions", "settings", "lab6_version", "part")
"""Fields that decide the speed of a machine. Runs of one machine that differ in one are different series."""
SERIES = ["setup", "method"]
"""The two columns that together name a series."""

PARTS = {"baseline": "baseline of a duet", "candidate": "candidate of a duet"}
"""Names of a duet's two sides, which are series of their own."""

UNSAID = "unknown method"
"""The method of the lab report, which does not name one."""


def named(rounds: pd.DataFrame) -> pd.DataFrame:
    """``rounds`` with two more text columns, which name each round's series.

    ``setup``: the machine's label and, if runs of one label differ in what decides the speed, the differences (but not
    Keras's backend). ``method``: the engine; its workers if there are several, or its threads if it does not use all
    cores of the machine; and the device and backend if rounds differ in them.
    """
    deciding = rounds.assign(
        settings=rounds["settings"].replace("", "no settings"),
        part=rounds["side"].map(PARTS).fillna("ordinary runs").astype("string"),
    )[["machine", "backend", *SETUP]]
    place = deciding.groupby(list(deciding), sort=False, dropna=False).ngroup()
    names = _names(deciding[~place.duplicated()])
    setup = names.take(place).set_axis(rounds.index)
    method = rounds["engine"].fillna(UNSAID).str.cat(shares(rounds))
    if rounds["device"].nunique() > 1:
        method = method.str.cat((" on " + rounds["device"]).fillna(""))
    if rounds["backend"].nunique() > 1:
        method = method.str.cat(_told(rounds[["engine", "backend"]], _backend))
    return rounds.assign(setup=setup, method=method)


def _names(deciding: pd.DataFrame) -> pd.Series:
    """Name each setup. ``deciding``: ``machine``, ``backend`` and SETUP of rounds that differ in one of these."""
    several = deciding["machine"].duplicated(keep=False)
    alone = deciding.loc[~several, ["machine", *SETUP]]
    same = [_setups(own) for _, own in deciding[several].groupby("machine", sort=False)]
    setups = pd.concat([alone, *same])
    differences = pd.concat([pd.Series("", alone.index, dtype="string"), *map(_differences, same)])
    return _made_unique(
        deciding["machine"].str.cat(differences.reindex(deciding.index)), setups.reindex(deciding.index)
    )


def shares(rounds: pd.DataFrame) -> pd.Series:
    """What each round trained with, such as `` with 2 workers``; empty if it was all cores of one machine, or a GPU."""
    deciding = rounds[["usable_cores", "workers", "hosts"]].assign(
        threads=rounds["threads"].fillna(rounds["intra_op_threads"]), device=rounds["device"].fillna("cpu")
    )
    return _told(deciding[["threads", "usable_cores", "workers", "hosts", "device"]], _share)


def _told(rows: pd.DataFrame, tell: Callable[..., str]) -> pd.Series:
    """The text that ``tell`` makes of each row, None for unknown values; it is called once for equal rows."""
    place = rows.groupby(list(rows), sort=False, dropna=False).ngroup()
    different = rows[~place.duplicated()].itertuples(index=False, name=None)
    texts = [tell(*(None if pd.isna(value) else value for value in row)) for row in different]
    return pd.Series(texts, dtype="string").take(place).set_axis(rows.index)


def _share(threads: int | None, cores: int | None, workers: int | None, hosts: int | None, device: Any) -> str:
    own = f"{threads} thread{'' if threads == 1 else 's'}"
    of_cpu = device == "cpu" and threads is not None
    if workers is None:
        return f" with {own}" if of_cpu and threads != cores else ""
    of = f" of {own}" if of_cpu and threads != 1 else ""
    return f" with {workers} workers{of}{f' on {hosts} machines' if hosts else ''}"


def _backend(engine: str | None, backend: str | None) -> str:
    """A backend, such as `` (JAX)``; empty if the engine's name begins with it, like ``jax-scan``."""
    told = engine is None or backend is None or engine.startswith(f"{backend}-")
    return "" if told else f" ({PACKAGES.get(str(backend), backend)})"


def _setups(rounds: pd.DataFrame) -> pd.DataFrame:
    """``machine`` and SETUP of one machine's rounds, as far as they distinguish runs: versions of the packages that
    several runs have; threads across operations only if they differ within a backend."""
    versions = rounds["versions"].astype("string").fillna("unknown")
    parts = {text: text.split(", ") for text in versions.unique()}
    packages = pd.Series({part: part.rpartition(" ")[0] for found in parts.values() for part in found}).value_counts()
    several = set(packages.index[packages > 1])
    texts = {
        text: ", ".join(part for part in found if part.rpartition(" ")[0] in several) for text, found in parts.items()
    }
    own = rounds[["machine", *SETUP]].assign(versions=versions.map(texts).astype("string"))
    if rounds.groupby("backend", dropna=False)[ACROSS].nunique(dropna=False).max() <= 1:
        own[ACROSS] = pd.NA
    return own.astype({ACROSS: rounds[ACROSS].dtype})


def _made_unique(setup: pd.Series, setups: pd.DataFrame) -> pd.Series:
    """The names of setups, with a number after a name that an earlier, different setup has."""
    key = setups.groupby(["machine", *SETUP], sort=False, dropna=False).ngroup()
    names = pd.DataFrame({"setup": setup, "key": key}).drop_duplicates()
    nth = names.groupby("setup", sort=False).cumcount()
    numbered = names["setup"].where(nth == 0, names["setup"] + " #" + (nth + 1).astype("string"))
    return key.map(dict(zip(names["key"], numbered, strict=True))).astype("string")


def _differences(rounds: pd.DataFrame) -> pd.Series:
    """How each setup differs from others with the same label, such as `` (TensorFlow 2.20.0)``; else empty."""
    differing = [_distinct(rounds[field]) for field in SETUP if rounds[field].nunique(dropna=False) > 1]
    if not differing:
        return pd.Series("", index=rounds.index, dtype="string")
    return " (" + differing[0].str.cat(differing[1:], sep="; ") + ")"


def _distinct(column: pd.Series) -> pd.Series:
    """Each value as text, without the comma-separated parts that all values share."""
    texts = column.astype("string").fillna("unknown")
    parts = {text: text.split(", ") for text in texts.unique()}
    shared = set.intersection(*map(set, parts.values()))
    names = {text: ", ".join(part for part in found if part not in shared) or "none" for text, found in parts.items()}
    if len(set(names.values())) < len(names):
        names = {text: text for text in names}
    if column.name in UNITS:
        unit = UNITS[str(column.name)]
        names = {text: f"{name} {unit.replace('s', '', name == '1')}" for text, name in names.items()}
    return texts.map(names).astype("string")


UNITS = {
    "usable_cores": "cores",
    "inter_op_threads": "threads across operations",
    "lab6_version": "of lab6",
}
"""The units of plain numbers in the names of setups."""


def series_of(rounds: pd.DataFrame) -> list[tuple[str, str]]:
    """The series of ``rounds``, in the order of their first rounds."""
    return list(rounds[SERIES].drop_duplicates().itertuples(index=False, name=None))


def title(setup: str, method: str) -> str:
    """The name of a series in sentences: its method and its machine."""
    return setup if method == UNSAID else f"{method} on {setup}"


def with_title(setup: str, method: str) -> str:
    """The same after a preposition: ``with compiled on here``, but ``using compiled with 2 workers on here``."""
    return f"{'using' if ' with ' in method else 'with'} {title(setup, method)}"
