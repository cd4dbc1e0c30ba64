"""Summarise rounds: a row for each series and minibatch size, with times, accuracies and their intervals."""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lab6.disturbance import is_disturbed
from lab6.store import student, workload
from lab6.store.samples import Sample, samples
from lab6.store.series import SERIES, named

ACCURACIES = ("training_accuracy", "test_accuracy")

NEEDED = ["run", "process", "seed", "steps_per_epoch", "training_images", "seconds", *ACCURACIES]
NEEDED += ["compile_seconds", "peak_memory_bytes", "limit_seconds", "disturbed"]
"""Columns that a row of the summary is made of."""

COLUMNS = [*SERIES, "batch_size", "steps_per_epoch", "rounds", "processes", "runs"]
COLUMNS += [f"{name}{end}" for name in ("seconds", "images_per_second", *ACCURACIES) for end in ("", "_low", "_high")]
COLUMNS += ["limit_seconds", "of_limit", "compile_seconds", "peak_memory_bytes", "disturbed"]
"""Of :attr:`Summary.sizes`, in this order."""


@dataclasses.dataclass(frozen=True, eq=False)
class Summary:
    """``rounds``: a tidy frame of one work, with each round's series named. ``sizes``: a row for each series and
    minibatch size, see :func:`summarise`; ``samples``: what each of these rows is made of. Frames are never changed."""

    rounds: pd.DataFrame
    sizes: pd.DataFrame
    samples: Sequence[Sample]

    @property
    def setups(self) -> list[str]:
        """The machines, in the order of their first rounds."""
        return list(self.sizes["setup"].drop_duplicates())

    def of(self, setup: str, method: str) -> pd.DataFrame:
        """The rows of ``sizes`` of one series, indexed by minibatch size."""
        return self._by_series[setup, method]

    def sampled(self, setup: str, method: str) -> dict[int, Sample]:
        """The samples of one series, by minibatch size."""
        return self._samples[setup, method]

    @functools.cached_property
    def _by_series(self) -> dict[tuple[str, str], pd.DataFrame]:
        return by_series(self.sizes)

    @functools.cached_property
    def _samples(self) -> dict[tuple[str, str], dict[int, Sample]]:
        found: dict[tuple[str, str], dict[int, Sample]] = {}
        rows = self.sizes[[*SERIES, "batch_size"]].itertuples(index=False, name=None)
        for (setup, method, size), sample in zip(rows, self.samples, strict=True):
            found.setdefault((setup, method), {})[size] = sample
        return found


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
    order = rounds.groupby(SERIES, sort=False).ngroup()
    group = rounds["batch_size"].astype("int64").groupby([order, rounds["batch_size"]]).ngroup().to_numpy()
    own = samples(rounds, group, ACCURACIES)
    sizes = _counted(rounds, group)
    sizes = sizes.join(pd.DataFrame([_estimates(sample) for sample in own]))
    return Summary(rounds, _rates(sizes)[COLUMNS], own)


def of_series(frame: pd.DataFrame, setup: str, method: str) -> pd.DataFrame:
    """The rows of ``frame`` that belong to one series."""
    return frame[(frame["setup"] == setup) & (frame["method"] == method)]


def by_series(frame: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """The rows of each series, indexed by minibatch size."""
    return dict(list(frame.set_index("batch_size", drop=False).groupby(SERIES, sort=False)))


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


def _counted(rounds: pd.DataFrame, group: np.ndarray) -> pd.DataFrame:
    """What needs no estimate: names, counts, and the least or most of what was measured, a row for each group."""
    by_group = rounds[[*SERIES, "batch_size", *NEEDED]].groupby(group)
    found = by_group.agg(
        **{name: (name, "first") for name in (*SERIES, "batch_size", "steps_per_epoch", "training_images")},
        rounds=("seconds", "size"),
        runs=("run", "nunique"),
        limit_seconds=("limit_seconds", "min"),
        compile_seconds=("compile_seconds", "median"),
        peak_memory_bytes=("peak_memory_bytes", "max"),
    )
    whole = dict.fromkeys(("batch_size", "steps_per_epoch", "training_images", "rounds", "runs"), "int64")
    memory = found["peak_memory_bytes"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    disturbed = by_group["disturbed"].sum(min_count=1).astype("Int64")
    return found.astype(whole).assign(peak_memory_bytes=memory, disturbed=disturbed)


def _estimates(sample: Sample) -> dict[str, float]:
    """Times and accuracies of a sample, each with its interval."""
    middle, half = sample.levels.mean(), student.half_width(sample.levels)
    low, high = np.exp([middle - half, middle + half])
    seconds = float(f"{np.exp(middle):.12g}")  # 3.0000000000000004 s would exceed a budget of 3 s
    found = {"processes": len(sample.levels), "seconds": seconds, "seconds_low": low, "seconds_high": high}
    for accuracy, values in sample.learned.items():
        mean, half = values.mean() if len(values) else np.nan, student.half_width(values, least=2)
        low, high = np.clip([mean - half, mean + half], 0, 1)
        found |= {accuracy: mean, f"{accuracy}_low": low, f"{accuracy}_high": high}
    return found


def _rates(sizes: pd.DataFrame) -> pd.DataFrame:
    """``sizes`` with what their times mean: images per second, and the share of the limit."""
    images = sizes["training_images"]
    return sizes.assign(
        images_per_second=images / sizes["seconds"],
        images_per_second_low=images / sizes["seconds_high"],
        images_per_second_high=images / sizes["seconds_low"],
        of_limit=sizes["limit_seconds"] / sizes["seconds"],
    )
