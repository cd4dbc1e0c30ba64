"""The time of a step of any minibatch size, from the epochs of a series."""

import numpy as np
import pandas as pd

from lab6.store import student
from lab6.store.summary import levels


class StepTimes:
    """The seconds of a full step of one series.

    At a measured size b it is (seconds of an epoch) x b / (images of an epoch). Between two measured sizes it is linear
    in the size, which is exact if a step costs a + b x size. Beyond them it is unknown.
    """

    def __init__(self, rounds: pd.DataFrame) -> None:
        """``rounds``: the epochs of one series, a tidy frame."""
        images = float(rounds["training_images"].iloc[0])
        by_size = {int(size): levels(own) for size, own in rounds.groupby("batch_size")}
        self.sizes = np.array(sorted(by_size))
        self._logs = [by_size[size] + np.log(size / images) for size in self.sizes]

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
