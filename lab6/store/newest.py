"""Of many machines, keep each one's newest versions: their history is a question to one machine."""

import pandas as pd

from lab6.record import OF_ONE_ENGINE, PACKAGES

MANY = 10
"""Machines; of more, older versions are left out."""

SETUP = ["machine", "backend", "cpu_model", "usable_cores", "gpus", "inter_op_threads", "settings", "side"]
"""What decides the speed beside versions; each of these has its newest versions."""

DECIDING = [*SETUP, "versions", "lab6_version"]
"""Rounds that agree in all of these are kept or left out together."""

NEEDED = [*DECIDING, "measured_at", "run"]
"""The columns from which it is decided."""


def of_each(rounds: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The ``rounds`` of the newest versions of lab6 and its packages, and a sentence if others were left out.

    ``rounds``: a tidy frame, whose texts may be categories; all are kept of MANY machines or fewer.
    """
    kept, sentences = among(rounds)
    return (rounds[kept].reset_index(drop=True), sentences) if sentences else (rounds, [])


def among(rounds: pd.DataFrame) -> tuple[pd.Series, list[str]]:
    """Which of ``rounds``, a frame of NEEDED at least, :func:`of_each` keeps (rows,), and its sentence."""
    if rounds["machine"].nunique() <= MANY:
        return pd.Series(True, index=rounds.index), []
    setup = _numbered(rounds[SETUP])
    version = _numbered(pd.DataFrame({"packages": _shared(rounds["versions"]), "lab6": rounds["lab6_version"]}))
    last = rounds["measured_at"].groupby([setup, version]).transform("max")
    kept = (last == last.groupby(setup).transform("max")) | last.isna()
    if kept.all():
        return kept, []
    runs, older = rounds["run"].nunique(), rounds["run"].nunique() - rounds.loc[kept, "run"].nunique()
    label = rounds.loc[~kept, "machine"].astype("string").min()
    sentence = (
        f"{older:,} of {runs:,} runs, because their machines have newer versions of lab6 or its packages, and of more "
        f"than {MANY} machines only the newest are shown; --where machine={label} shows all of one."
    )
    return kept, [sentence]


def _numbered(rows: pd.DataFrame) -> pd.Series:
    """A number for each row, the same for equal ones."""
    return rows.groupby(list(rows), sort=False, dropna=False, observed=True).ngroup()


def _shared(versions: pd.Series) -> pd.Series:
    """Each text of versions without the packages that only one engine has."""
    own = tuple(PACKAGES[package] for package in OF_ONE_ENGINE)
    texts = versions.dropna().unique()
    names = {text: ", ".join(part for part in text.split(", ") if not part.startswith(own)) for text in texts}
    return versions.astype("object").map(names).astype("string")
