"""The noise scale at each checkpoint, from those of several seeds: frame in, frame out."""

import dataclasses

import numpy as np
import pandas as pd

from lab6.store import student

MEANS = ["training_loss", "test_accuracy", "gradient", "noise"]


@dataclasses.dataclass(frozen=True)
class Work:
    """What was trained, and how. ``network``: its widths such as ``784-128-10``, or what its owner calls it."""

    network: str
    dataset: str
    training_images: int
    optimizer: str
    learning_rate: float
    batch_size: int
    seeds: int


@dataclasses.dataclass(frozen=True)
class Fitted:
    """The ``critical`` minibatch size (images) that the steps to a test accuracy, ``target``, give for this work."""

    critical: float
    target: float


@dataclasses.dataclass(frozen=True)
class Found:
    """What was found. ``checkpoints``: a row for each checkpoint of each seed. ``warnings``: sentences on the network.

    ``fitted``: None if no trials of the same work are known, or they do not show it.
    """

    work: Work
    checkpoints: pd.DataFrame
    warnings: tuple[str, ...] = ()
    fitted: Fitted | None = None

    @property
    def summary(self) -> pd.DataFrame:
        """See :func:`summarise`."""
        return summarise(self.checkpoints, self.work.training_images)


def summarise(checkpoints: pd.DataFrame, training_images: int) -> pd.DataFrame:
    """A row a checkpoint, in order, from a row for each checkpoint of each seed.

    ``checkpoints``: the fields of :class:`lab6.training.noise.Checkpoint`. Columns: ``steps``, ``images``, ``epochs``,
    ``seeds``; the means of ``training_loss``, ``test_accuracy``, ``gradient`` and ``noise``; ``noise_scale``, in
    images, with ``noise_scale_low`` and ``noise_scale_high`` (see :func:`scale`).
    """
    by_step = checkpoints.groupby(["steps", "images"], sort=True)
    means = by_step[MEANS].mean().join(by_step["seed"].nunique().rename("seeds"))
    names = ["noise_scale", "noise_scale_low", "noise_scale_high"]
    scales = pd.DataFrame([scale(own) for _, own in by_step], columns=names, index=means.index)
    found = means.join(scales).reset_index()
    return found.assign(epochs=found["images"] / training_images)


def scale(own: pd.DataFrame) -> tuple[float, float, float]:
    """The noise scale of one checkpoint and its 95% interval over seeds.

    The mean of S over that of |G|^2, since a mean of ratios would be biased; NaN unless both are above 0. The interval
    is Student's on the logarithm, with the standard error of a ratio of means, from the residuals S - ratio |G|^2
    (W. G. Cochran, "Sampling Techniques", third edition, Wiley 1977, section 2.11); NaN for fewer than three seeds.
    """
    noise, gradient = own["noise"].to_numpy(), own["gradient"].to_numpy()
    if not (noise.mean() > 0 and gradient.mean() > 0):
        return np.nan, np.nan, np.nan
    ratio = float(noise.mean() / gradient.mean())
    half = student.half_width((noise - ratio * gradient) / noise.mean())
    return ratio, ratio * float(np.exp(-half)), ratio * float(np.exp(half))


def average(summary: pd.DataFrame) -> float:
    """The mean over all images seen, in straight lines from checkpoint to checkpoint; NaN if one is unknown."""
    images, scales = summary["images"].to_numpy(), summary["noise_scale"].to_numpy()
    return float(np.average((scales[1:] + scales[:-1]) / 2, weights=np.diff(images)))
