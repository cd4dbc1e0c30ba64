"""What is compared: a series is one machine with one way to train, measured with several minibatch sizes."""

import pandas as pd

SETUP = ("cpu_model", "usable_cores", "gpus", "intra_op_threads", "inter_op_threads", "versions", "lab6_version")
"""What decides the speed of a machine. Runs of one machine that differ in it are series of their own."""

METHOD = ("engine", "device", "backend")
"""How an epoch is trained."""

SERIES = ["setup", "method"]
"""The two columns that together name a series."""

UNSAID = "method not said"
"""Stands for the method where it is not known: in the lab report."""


def named(rounds: pd.DataFrame) -> pd.DataFrame:
    """``rounds`` with two more columns of text that name each round's series.

    ``setup``: the machine's label and, where runs of one label differ in what decides the speed, how they differ.
    ``method``: the engine and, where there are several, the device and backend.
    """
    differences = pd.concat([_differences(own) for _, own in rounds.groupby("machine", sort=False)])
    setup = rounds["machine"].str.cat(differences.reindex(rounds.index))
    several = [field for field in METHOD[1:] if rounds[field].nunique() > 1]
    method = rounds["engine"].fillna(UNSAID)
    for field, joint in (("device", " on "), ("backend", ", ")):
        if field in several:
            method = method.str.cat((joint + rounds[field]).fillna(""))
    return rounds.assign(setup=_made_unique(setup, rounds), method=method)


def _made_unique(setup: pd.Series, rounds: pd.DataFrame) -> pd.Series:
    """The names of setups, with a number behind a name that an earlier, different setup has already."""
    key = rounds.groupby(["machine", *SETUP], sort=False, dropna=False).ngroup()
    names = pd.DataFrame({"setup": setup, "key": key}).drop_duplicates()
    nth = names.groupby("setup", sort=False).cumcount()
    numbered = names["setup"].where(nth == 0, names["setup"] + " #" + (nth + 1).astype("string"))
    return key.map(dict(zip(names["key"], numbered, strict=True))).astype("string")


def _differences(rounds: pd.DataFrame) -> pd.Series:
    """How each round's setup differs from others with the same label, such as `` (TensorFlow 2.20.0)``, else empty."""
    differing = [_distinct(rounds[field]) for field in SETUP if rounds[field].nunique(dropna=False) > 1]
    if not differing:
        return pd.Series("", index=rounds.index, dtype="string")
    return " (" + differing[0].str.cat(differing[1:], sep="; ") + ")"


def _distinct(column: pd.Series) -> pd.Series:
    """Each value as text, less the comma-separated parts that all values share."""
    texts = column.astype("string").fillna("unknown")
    parts = {text: text.split(", ") for text in texts.unique()}
    shared = set.intersection(*map(set, parts.values()))
    names = {text: ", ".join(part for part in found if part not in shared) or "none" for text, found in parts.items()}
    if len(set(names.values())) < len(names):
        names = {text: text for text in names}
    if column.name in UNITS:
        names = {text: f"{name} {UNITS[str(column.name)]}" for text, name in names.items()}
    return texts.map(names).astype("string")


UNITS = {
    "usable_cores": "cores",
    "intra_op_threads": "threads in an operation",
    "inter_op_threads": "threads across operations",
    "lab6_version": "of lab6",
}
"""What a bare number among the setups counts."""


def series_of(rounds: pd.DataFrame) -> list[tuple[str, str]]:
    """The series of ``rounds``, in the order in which they were first found."""
    return list(rounds[SERIES].drop_duplicates().itertuples(index=False, name=None))
