"""The time of a step of any minibatch size, from the epochs of a series."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lab6.store import student
from lab6.store.samples import Sample, samples
from lab6.store.series import series_of
from lab6.store.summary import Summary


class StepTimes:
    """The seconds of a full step of one series.

    At a measured size b it is (seconds of an epoch) x b / (images of an epoch). Between two measured sizes it is linear
    in the size, which is exact if a step costs a + b x size. Beyond them it is unknown.
    """

    def __init__(self, images: int, samples: Mapping[int, Sample]) -> None:
        """``images``: of an epoch; ``samples``: by minibatch size (:meth:`lab6.store.summary.Summary.sampled`)."""
        self.sizes = np.array(sorted(samples))
        self._logs = [samples[size].levels + np.log(size / images) for size in self.sizes]

    @classmethod
    def of(cls, rounds: pd.DataFrame) -> "StepTimes":
        """The same of the epochs of one series, a tidy frame."""
        sizes, group = np.unique(rounds["batch_size"].to_numpy(dtype="int64"), return_inverse=True)
        return cls(int(rounds["training_images"].iloc[0]), dict(zip(sizes, samples(rounds, group, ()), strict=True)))

    def at(self, sizes: np.ndarray) -> np.ndarray:
        """The seconds of a step at each of ``sizes``; NaN beyond the measured ones."""
        middles = np.exp([each.mean() for each in self._logs])
        found: np.ndarray = np.interp(sizes, self.sizes, middles, left=np.nan, right=np.nan)
        return found

    def draws(self, sizes: np.ndarray) -> np.ndarray:
        """Seconds of a step that are compatible with the processes: shape (len(sizes), student.DRAWS). NaN for a size
        that depends on fewer than three processes."""
        few = np.full(student.DRAWS, np.nan)
        drawn = np.array(
            [
                np.exp(student.draws(each, seed=place)) if len(each) >= student.LEAST_PROCESSES else few
                for place, each in enumerate(self._logs)
            ]
        )
        return np.array([self._between(float(size), drawn) for size in sizes]).reshape(len(sizes), student.DRAWS)

    def _between(self, size: float, drawn: np.ndarray) -> np.ndarray:
        """Linear in the size between the rows of ``drawn``, one for each measured size."""
        after = int(np.searchsorted(self.sizes, size))
        if after < len(self.sizes) and self.sizes[after] == size:
            exact: np.ndarray = drawn[after]
            return exact
        if after in (0, len(self.sizes)):
            return np.full(student.DRAWS, np.nan)
        before = after - 1
        share = (size - self.sizes[before]) / (self.sizes[after] - self.sizes[before])
        between: np.ndarray = (1 - share) * drawn[before] + share * drawn[after]
        return between


def of_each(summary: Summary) -> dict[tuple[str, str], StepTimes]:
    """The step times of each series, but of the lab report, whose work is not known well enough."""
    rounds = summary.rounds
    known = rounds[rounds["dataset_digest"].notna()]
    images = rounds["training_images"].iloc[0]
    return {series: StepTimes(images, summary.sampled(*series)) for series in series_of(known)}
