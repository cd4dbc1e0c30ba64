"""Summarise rounds: a row for each series and minibatch size, with times, accuracies and their intervals."""

import dataclasses

import numpy as np
import pandas as pd

from lab6.disturbance import is_disturbed
from lab6.store import student, workload
from lab6.store.series import SERIES, named, series_of

ACCURACIES = ("training_accuracy", "test_accuracy")

NEEDED = ["run", "process", "seed", "steps_per_epoch", "training_images", "seconds", *ACCURACIES]
NEEDED += ["compile_seconds", "peak_memory_bytes", "limit_seconds", "disturbed"]
"""Columns that a row of the summary is made of."""


@dataclasses.dataclass(frozen=True)
class Summary:
    """``rounds``: a tidy frame of one work, with each round's series named. ``sizes``: a row for each series and
    minibatch size, see :func:`summarise`. Frames are never changed."""

    rounds: pd.DataFrame
    sizes: pd.DataFrame

    @property
    def setups(self) -> list[str]:
        """The machines, in the order of their first rounds."""
        return list(self.sizes["setup"].drop_duplicates())

    def of(self, setup: str, method: str) -> pd.DataFrame:
        """The rows of ``sizes`` of one series, indexed by minibatch size."""
        return of_series(self.sizes, setup, method).set_index("batch_size", drop=False)


def summarise(rounds: pd.DataFrame) -> Summary:
    """Summarise the epochs of ``rounds``, a tidy frame of one work; runs to an accuracy are left out.

    A process counts once, with the median of its rounds, because these are not independent (T. Kalibera and R. Jones,
    "Rigorous Benchmarking in Reasonable Time", ISMM 2013).

    Columns of ``sizes``: ``setup``, ``method``, ``batch_size``, ``steps_per_epoch``, ``rounds``, ``processes``,
    ``runs`` (counts); ``seconds`` (geometric mean of the processes' medians) and ``images_per_second`` (training images
    / seconds), each with ``_low`` and ``_high``, Student's 95% interval on the scale of log(seconds), for three
    processes or more; ``training_accuracy`` and ``test_accuracy`` (means over seeds), each with ``_low`` and ``_high``,
    Student's 95% interval; ``compile_seconds`` (median), ``peak_memory_bytes`` (largest); ``limit_seconds`` (smallest,
    since a ceiling is a maximum) and ``of_limit``, its share of ``seconds``, 0 to 1; ``disturbed``, how many rounds
    were. NaN or NA if unknown.
    """
    rounds = marked(named(workload.epochs(rounds)))
    groups = rounds[[*SERIES, "batch_size", *NEEDED]].groupby([*SERIES, "batch_size"], sort=False)
    sizes = pd.DataFrame([_row(setup, method, int(size), group) for (setup, method, size), group in groups])
    places = {series: place for place, series in enumerate(series_of(rounds))}
    place = [places[series] for series in sizes[SERIES].itertuples(index=False, name=None)]
    ordered = sizes.assign(place=place).sort_values(["place", "batch_size"], ignore_index=True).drop(columns="place")
    return Summary(rounds, ordered.astype({"disturbed": "Int64"}))


def of_series(frame: pd.DataFrame, setup: str, method: str) -> pd.DataFrame:
    """The rows of ``frame`` that belong to one series."""
    return frame[(frame["setup"] == setup) & (frame["method"] == method)]


def differences(summary: Summary, accuracy: str) -> pd.DataFrame:
    """A row a round, with its distance from the middle of its series and minibatch size.

    ``time_difference``: of the seconds from their geometric mean, in percent of it; ``accuracy_difference``: of
    ``accuracy``, a column, from its mean over seeds. ``others``: how many cores other programs used.
    """
    keys = [*SERIES, "batch_size"]
    middles = summary.sizes[[*keys, "seconds", accuracy]]
    middles = middles.rename(columns={"seconds": "middle_seconds", accuracy: "middle_accuracy"})
    own = summary.rounds.merge(middles, on=keys)
    kept = [*keys, "round", "seed", "seconds", "training_accuracy", "test_accuracy", "others", "disturbed"]
    return own[kept].assign(
        time_difference=((own["seconds"] / own["middle_seconds"] - 1) * 100).round(9),
        accuracy_difference=(own[accuracy] - own["middle_accuracy"]).round(9),  # smaller ones are rounding errors
    )


def marked(rounds: pd.DataFrame) -> pd.DataFrame:
    """``rounds`` with ``others``, how many cores other programs used, and ``disturbed``; NA if that is unknown."""
    taken, seconds, cores = rounds["other_cpu_seconds"], rounds["seconds"], rounds["usable_cores"].astype("float64")
    found = is_disturbed(taken, seconds, cores).astype("boolean").mask(taken.isna())
    return rounds.assign(others=taken / seconds, disturbed=found)


def levels(rounds: pd.DataFrame) -> np.ndarray:
    """The median of log(seconds) of each process, for one series and minibatch size."""
    logs = np.log(rounds["seconds"])
    found: np.ndarray = logs.groupby([rounds["run"], rounds["process"]]).median().to_numpy()
    return found


def by_seed(rounds: pd.DataFrame, accuracy: str) -> np.ndarray:
    """One accuracy for each seed, for one series and minibatch size: rounds of the same seed learn the same."""
    accuracies = rounds[accuracy].to_numpy(dtype=float)
    known = np.isfinite(accuracies)
    _, seeds = np.unique(rounds["seed"].to_numpy(dtype=float, na_value=np.nan)[known], return_inverse=True)
    means: np.ndarray = np.bincount(seeds, accuracies[known]) / np.bincount(seeds)
    return means


def _row(setup: str, method: str, batch_size: int, rounds: pd.DataFrame) -> dict[str, object]:
    processes = levels(rounds)
    seconds = float(f"{np.exp(processes.mean()):.12g}")  # 3.0000000000000004 s would exceed a budget of 3 s
    half = student.half_width(processes)
    low, high = np.exp([processes.mean() - half, processes.mean() + half])
    images = int(rounds["training_images"].iloc[0])
    row: dict[str, object] = {
        "setup": setup,
        "method": method,
        "batch_size": batch_size,
        "steps_per_epoch": int(rounds["steps_per_epoch"].iloc[0]),
        "rounds": len(rounds),
        "processes": len(processes),
        "runs": rounds["run"].nunique(),
        "seconds": seconds,
        "seconds_low": low,
        "seconds_high": high,
        "images_per_second": images / seconds,
        "images_per_second_low": images / high,
        "images_per_second_high": images / low,
    }
    for accuracy in ACCURACIES:
        values = by_seed(rounds, accuracy)
        mean, half = values.mean() if len(values) else np.nan, student.half_width(values, least=2)
        row[accuracy] = mean
        row[f"{accuracy}_low"], row[f"{accuracy}_high"] = np.clip([mean - half, mean + half], 0, 1)
    limit = float(rounds["limit_seconds"].min())
    row["limit_seconds"], row["of_limit"] = limit, limit / seconds
    row["compile_seconds"] = rounds["compile_seconds"].median()
    row["peak_memory_bytes"] = (
        float(rounds["peak_memory_bytes"].max()) if rounds["peak_memory_bytes"].notna().any() else np.nan
    )
    row["disturbed"] = rounds["disturbed"].sum(min_count=1)
    return row
