"""Make sure that both sides were measured on the same machine."""

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from lab6.check.fingerprint import PLAIN, Fingerprint, differences
from lab6.errors import OptionError, ResultsError
from lab6.record import PACKAGES


def check(baseline: pd.DataFrame, candidate: pd.DataFrame, allowed: Collection[str] = (), duet: bool = False) -> None:
    """Raise ResultsError, which names the field and both values, if the machines differ in a field not ``allowed``.

    Both are tidy frames. All runs of one side must be of one machine and one lab6. The sides of a ``duet`` may differ,
    because they ran on one machine and their versions are what is compared. Raises OptionError if ``allowed`` holds an
    unknown field.
    """
    for side, rounds in (("baseline", baseline), ("candidate", candidate)):
        _check_side(side, rounds)
    one, other = baseline.iloc[0], candidate.iloc[0]
    known = [*dict.fromkeys((*_of_round(one), *_of_round(other), *PACKAGES))]
    for field in allowed:
        if field not in known:
            raise OptionError(f"--allow-differing: {field!r} is not known; give any of {', '.join(known)}.")
    for field, ours, theirs in differences(_of_round(one), _of_round(other)):
        if field not in allowed and not duet:
            raise ResultsError(
                f"the machines differ: {field} is {ours} in the baseline ({one['source']}) and {theirs} in the "
                f"candidate ({other['source']}); if that is what you test, allow it with --allow-differing {field}; "
                "lab6 compare compares machines."
            )


def of_the_same(rounds: pd.DataFrame, baseline: pd.DataFrame) -> pd.DataFrame:
    """Those of ``rounds`` from the machine of ``baseline``: called the same or, if none is, the same in all else."""
    named = rounds[rounds["machine"].isin(baseline["machine"])]
    if len(named) or baseline.empty:
        return named
    own = _of_round(baseline.iloc[0])
    runs = [row["run"] for _, row in rounds.drop_duplicates("run").iterrows() if not differences(own, _of_round(row))]
    return rounds[rounds["run"].isin(runs)]


def differing(baseline: pd.DataFrame, candidate: pd.DataFrame) -> list[tuple[str, Any, Any]]:
    """The fields in which the two sides differ, the version of lab6 among them, with both values."""
    return differences(_with_lab6(baseline.iloc[0]), _with_lab6(candidate.iloc[0]))


def _check_side(side: str, rounds: pd.DataFrame) -> None:
    """Raise ResultsError if ``rounds``, those of ``side``, are of several machines or versions of the code."""
    runs = rounds.drop_duplicates("run")
    first = runs.iloc[0]
    for _, row in runs.iloc[1:].iterrows():
        found = differences(_with_lab6(first), _with_lab6(row))
        if found:
            field, ours, theirs = found[0]
            raise ResultsError(
                f"the {side} mixes what cannot be one side: {field} is {ours} in {first['source']} and {theirs} in "
                f"{row['source']}; give runs of one machine and one version of the code."
            )


def _of_round(row: Mapping[str, Any]) -> Fingerprint:
    """The fingerprint in a row of the tidy frame."""
    plain = {field: None if pd.isna(row[field]) else row[field] for field in PLAIN}
    listed = {field: "none" if pd.isna(row[field]) else row[field] or "none" for field in ("gpus", "settings")}
    return plain | listed | _versions(row["versions"])


def _with_lab6(row: pd.Series) -> Fingerprint:
    return _of_round(row) | {"lab6_version": row["lab6_version"]}


def _versions(named: object) -> Fingerprint:
    """``Python 3.11.7, Keras 3.15.1`` as ``{"python": "3.11.7", "keras": "3.15.1"}``."""
    packages = {name: package for package, name in PACKAGES.items()}
    split = [part.rpartition(" ") for part in str(named).split(", ")] if not pd.isna(named) else []
    return {packages.get(name, name): version for name, _, version in split}
