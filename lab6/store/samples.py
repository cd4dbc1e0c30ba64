"""What was measured of each series and minibatch size, as arrays: times of processes, accuracies of seeds.

A report of a thousand machines has ten thousand of these, so all are made at once.
"""

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Sample:
    """One series and minibatch size.

    ``levels``: the median of log(seconds) of each process (p,); ``processes``: a number for each of these (p,), the
    same at all minibatch sizes. ``learned``: by the name of an accuracy, its mean for each seed (s,), since rounds of
    the same seed learn the same.
    """

    levels: Array
    processes: npt.NDArray[np.int64]
    learned: dict[str, Array]


def samples(rounds: pd.DataFrame, group: npt.NDArray[np.int64], accuracies: tuple[str, ...]) -> list[Sample]:
    """The sample of each group. ``group``: of each of ``rounds``, numbered from 0."""
    count = int(group.max()) + 1
    process = rounds.groupby(["run", "process"], dropna=False, observed=True).ngroup().to_numpy()
    medians = np.log(rounds["seconds"]).groupby([group, process]).median()
    owner, of_process = (medians.index.get_level_values(place).to_numpy() for place in (0, 1))
    levels, processes = (_split(values, owner, count) for values in (medians.to_numpy(), of_process))
    learned = {name: _by_seed(rounds, group, name, count) for name in accuracies}
    return [
        Sample(levels[place], processes[place], {name: found[place] for name, found in learned.items()})
        for place in range(count)
    ]


def _by_seed(rounds: pd.DataFrame, group: npt.NDArray[np.int64], accuracy: str, count: int) -> list[Array]:
    """The mean of an accuracy for each seed of each group."""
    values = rounds[accuracy].to_numpy(dtype=float)
    known = np.isfinite(values)
    pairs = pd.DataFrame({"group": group[known], "seed": rounds["seed"].array[known]})
    pair = pairs.groupby(["group", "seed"], dropna=False).ngroup().to_numpy()
    first = np.unique(pair, return_index=True)[1]
    means = np.bincount(pair, values[known]) / np.bincount(pair)
    return _split(means, pairs["group"].to_numpy()[first], count)


def _split(values: np.ndarray, owner: np.ndarray, count: int) -> list[np.ndarray]:
    """``values`` of the groups 0 to ``count`` - 1; ``owner``: the group of each, ascending."""
    return np.split(values, np.searchsorted(owner, np.arange(1, count)))
