"""From rounds to a row for each series and minibatch size: time, throughput and accuracy, with intervals."""

import numpy as np
import pandas as pd

from lab6.analysis import disturbed, student
from lab6.analysis.series import SERIES, series_of

ACCURACIES = ("training_accuracy", "test_accuracy")

NEEDED = ["run", "process", "seed", "steps_per_epoch", "training_images", "seconds", *ACCURACIES]
NEEDED += ["compile_seconds", "peak_memory_bytes", "limit_seconds"]
"""Columns that a row of the summary is made of."""


def summarise(rounds: pd.DataFrame) -> pd.DataFrame:
    """A row for each series and minibatch size of ``rounds``, a frame that :func:`lab6.analysis.series.named` named.

    A process counts once, with the median of its rounds, for these share its luck (T. Kalibera and R. Jones, "Rigorous
    Benchmarking in Reasonable Time", ISMM 2013).

    Columns: ``setup``, ``method``, ``batch_size``, ``steps_per_epoch``, ``rounds``, ``processes``, ``runs`` (how many
    of each); ``seconds`` (geometric mean of the processes' medians), ``images_per_second`` (training images / that),
    each with ``_low`` and ``_high``, Student's 95% interval on the scale of log(seconds), for three processes or more;
    ``training_accuracy`` and ``test_accuracy`` (mean over seeds), each with ``_low`` and ``_high``, Student's 95%
    interval; ``compile_seconds`` (median) and ``peak_memory_bytes`` (largest); ``limit_seconds`` (the least that its
    own runs found, for a ceiling is a maximum) and ``of_limit``, the share of it in ``seconds``, 0 to 1.
    NaN if a value is not known.
    """
    groups = rounds[[*SERIES, "batch_size", *NEEDED]].groupby([*SERIES, "batch_size"], sort=False)
    summary = pd.DataFrame([_row(setup, method, int(size), group) for (setup, method, size), group in groups])
    places = {series: place for place, series in enumerate(series_of(rounds))}
    place = [places[series] for series in summary[SERIES].itertuples(index=False, name=None)]
    return summary.assign(place=place).sort_values(["place", "batch_size"], ignore_index=True).drop(columns="place")


def differences(rounds: pd.DataFrame, summary: pd.DataFrame, accuracy: str) -> pd.DataFrame:
    """A row a round, with its distance from the middle of its series and minibatch size.

    ``time_difference``: of the seconds from their geometric mean, in percent of it; ``accuracy_difference``: of
    ``accuracy``, a column, from its mean over seeds. ``others`` and ``disturbed`` as in
    :func:`lab6.analysis.disturbed.mark`.
    """
    keys = [*SERIES, "batch_size"]
    middles = summary[[*keys, "seconds", accuracy]]
    middles = middles.rename(columns={"seconds": "middle_seconds", accuracy: "middle_accuracy"})
    own = disturbed.mark(rounds).merge(middles, on=keys)
    kept = [*keys, "round", "seed", "seconds", "training_accuracy", "test_accuracy", "others", "disturbed"]
    return own[kept].assign(
        time_difference=((own["seconds"] / own["middle_seconds"] - 1) * 100).round(9),
        accuracy_difference=(own[accuracy] - own["middle_accuracy"]).round(9),  # less would be rounding alone
    )


def levels(rounds: pd.DataFrame) -> np.ndarray:
    """The level of each process, median of log(seconds), of one series and minibatch size; in a fixed order."""
    logs = np.log(rounds["seconds"])
    found: np.ndarray = logs.groupby([rounds["run"], rounds["process"]]).median().to_numpy()
    return found


def by_seed(rounds: pd.DataFrame, accuracy: str) -> np.ndarray:
    """One accuracy for each seed of one series and minibatch size: rounds of the same seed repeat what they learn."""
    accuracies = rounds[accuracy].to_numpy(dtype=float)
    known = np.isfinite(accuracies)
    _, seeds = np.unique(rounds["seed"].to_numpy(dtype=float, na_value=np.nan)[known], return_inverse=True)
    means: np.ndarray = np.bincount(seeds, accuracies[known]) / np.bincount(seeds)
    return means


def _row(setup: str, method: str, batch_size: int, rounds: pd.DataFrame) -> dict[str, object]:
    processes = levels(rounds)
    seconds = float(f"{np.exp(processes.mean()):.12g}")  # else 3 s would be 3.0000000000000004 s, over a budget of 3 s
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
    return row
