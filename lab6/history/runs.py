"""Observations: what each run of one machine says of each way to train and minibatch size, and what a day says.

Runs of one day share the state of the machine on that day: its temperature, its neighbours on a virtual machine, what
was started since. (Of the runs in ``docs/gate``, ten minutes apart, the levels have a correlation of about 0.8.) So a
day counts once, as a process does in a run.
"""

import re

import numpy as np
import pandas as pd

LEAST_DAYS = 10
"""Days with undisturbed runs from which on a minibatch size has a history: the first with a place for a shift
(:data:`lab6.history.shifts.SHORTEST`)."""

PLACE = ["machine", "cpu_model", "usable_cores", "gpu_models"]
"""What makes a machine another one. Runs that differ in other fields, such as versions, belong to one history."""

PANEL = ["method", "batch_size"]
"""What is followed over time."""

VERSIONS = ["lab6_version", "versions", "gpus", "settings", "inter_op_threads"]
CHANGING = [*VERSIONS, "commit", "dirty"]
"""What can change from run to run of one machine."""


def observations(rounds: pd.DataFrame, setup: str) -> pd.DataFrame:
    """A row for each run, method and minibatch size with a history, of the machine of ``setup``, in order of time.

    ``rounds``: those of a summary. Duets are left out, since their sides are different code on purpose. Columns: PANEL,
    ``run``, ``measured_at``, CHANGING; ``level``, the mean over processes of each one's median of log(seconds), and
    ``seconds``, its exponential; ``processes``, how many; ``disturbed``, whether all rounds were. Otherwise, disturbed
    rounds do not count.
    """
    found = _frame(_of_the_machine(rounds, setup))
    long = [panel for _, panel in found.groupby(PANEL, sort=False) if _is_long(panel[~panel["disturbed"]])]
    return pd.concat(long, ignore_index=True) if long else found.iloc[:0]


def days(panel: pd.DataFrame) -> pd.DataFrame:
    """One row for the undisturbed runs of each day (UTC) with the same versions and settings, in order of time.

    ``panel``: the rows of ``observations`` of one method and minibatch size. Columns: ``measured_at`` of the first run,
    the mean ``level``, and CHANGING of the last run.
    """
    quiet = panel[~panel["disturbed"]]
    same = quiet.assign(day=quiet["measured_at"].dt.floor("D")).groupby(["day", *VERSIONS], sort=False, dropna=False)
    found = same[CHANGING].last().assign(measured_at=same["measured_at"].first(), level=same["level"].mean())
    return found.sort_values("measured_at").reset_index(drop=True)


def _of_the_machine(rounds: pd.DataFrame, setup: str) -> pd.DataFrame:
    """The dated rounds of the machine that was measured last as ``setup``, without duets; empty if too few days."""
    label = rounds.loc[rounds["setup"] == setup, "machine"].iloc[0]
    own = rounds[(rounds["machine"] == label) & rounds["side"].isna() & rounds["measured_at"].notna()]
    if not _is_long(own):
        return own.iloc[:0]
    models = {gpus: re.sub(r" \(driver [^)]*\)", "", gpus) for gpus in own["gpus"].dropna().unique()}
    own = own.assign(gpu_models=own["gpus"].map(models))
    of_setup = own[own["setup"] == setup]
    last = own.loc[(of_setup if len(of_setup) else own)["measured_at"].idxmax()]
    same = pd.Series(True, index=own.index)
    for field in PLACE:
        same &= own[field].isna() if pd.isna(last[field]) else (own[field] == last[field]).fillna(False).astype(bool)
    return own[same]


def _is_long(frame: pd.DataFrame) -> bool:
    return int(frame["measured_at"].dt.floor("D").nunique()) >= LEAST_DAYS


def _frame(rounds: pd.DataFrame) -> pd.DataFrame:
    """A row for each run of each panel, in order of time."""
    keys = [*PANEL, "run"]
    disturbed = rounds["disturbed"].fillna(False).astype(bool)
    whole = disturbed.groupby([rounds[key] for key in keys], sort=False).transform("all")
    counted = rounds.assign(disturbed=whole)[whole | ~disturbed]
    found = counted.groupby(keys, sort=False)[["measured_at", *CHANGING, "disturbed"]].first()
    logs = np.log(counted["seconds"]).groupby([counted[key] for key in (*keys, "process")], sort=False).median()
    levels = logs.groupby(level=keys, sort=False)
    found = found.assign(level=levels.mean(), processes=levels.size())
    found = found.assign(seconds=np.exp(found["level"])).reset_index()
    return found.sort_values([*PANEL, "measured_at", "run"], ignore_index=True)
