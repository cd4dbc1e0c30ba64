"""The noise scale in sentences and as a table."""

import math
from typing import Any

from lab6.noise.scale import Found, average
from lab6.render import cells, numbers
from lab6.render.table import Row, Table

PUBLISHED = {"noise_scale": (50, 900), "critical": (20, 200)}
"""For MNIST, at the start and on average over training: S. McCandlish, J. Kaplan, D. Amodei and others, "An Empirical
Model of Large-Batch Training", 2018 (arXiv:1812.06162), table 1. Their network is a small convolutional one."""

PUBLISHED_DATASET = "mnist"

EXPLANATION = (
    "|G|²: the squared norm of the gradient of all training images. Noise: S, the trace of the covariance of the "
    "gradients of single images. Noise scale: S / |G|², the minibatch size whose gradient is as much noise as signal. "
    "Well below it, twice the minibatch size takes about half the steps; well above it, nearly as many."
)


def headline(found: Found) -> str:
    """How the noise scale changes from the first to the last checkpoint, in one sentence."""
    summary = found.summary
    first, *_, last = summary.to_dict("records")
    mean = average(summary)
    between = "" if math.isnan(mean) else f"{_rounded(mean)} on average, "
    return (
        f"Gradient noise scale: {_scale(first)} before training, {between}{_scale(last)} after {last['images']:,} "
        f"images, at a test accuracy of {numbers.accuracy(last['test_accuracy'])}."
    )


def sentences(found: Found) -> list[str]:
    """What it is shown beside, what limits its meaning, and what it does not know."""
    told = []
    if found.fitted is not None:
        told.append(
            f"Critical minibatch size, fitted to the steps to a test accuracy of {found.fitted.target:g}: "
            f"{_rounded(found.fitted.critical)}."
        )
    if found.work.dataset == PUBLISHED_DATASET:
        figures = (*PUBLISHED["noise_scale"], *PUBLISHED["critical"])
        told.append(
            "Published for MNIST with another network: noise scale {} at the start and {} on average, critical "
            "minibatch size {} and {} (McCandlish and others, 2018, table 1).".format(*figures)
        )
    if found.summary["noise_scale"].isna().any():
        told.append("Where it is unknown, |G|² is too small to be measured: more --seeds show it.")
    if found.work.seeds < 3:
        told.append("Fewer than three seeds give no interval: give --seeds 3 or more.")
    return [*told, *found.warnings]


def work(found: Found) -> str:
    """What was trained, and how."""
    own = found.work
    return (
        f"{own.network} on {own.dataset}, {own.training_images:,} training images; {own.optimizer} at "
        f"{own.learning_rate:g}, minibatch size {own.batch_size:,}; {numbers.count(own.seeds, 'seed')}."
    )


def table(found: Found) -> Table:
    """A row for each checkpoint."""
    columns = (
        cells.count("images\nseen", "images"),
        cells.value("\nepochs", "epochs", lambda value: f"{value:.2f}"),
        cells.value("training\nloss", "training_loss", _three),
        cells.value("test\naccuracy", "test_accuracy", numbers.accuracy),
        cells.value("\n|G|²", "gradient", _three),
        cells.value("\nnoise", "noise", _three),
        cells.value("noise\nscale", "noise_scale", _rounded),
        cells.interval("noise_scale", _rounded),
    )
    return Table("Along the training", columns, found.summary)


def _scale(row: Row) -> str:
    """A noise scale with its interval, as far as they are known."""
    value: Any = row["noise_scale"]
    if math.isnan(value):
        return "unknown"
    low, high = row["noise_scale_low"], row["noise_scale_high"]
    return _rounded(value) if math.isnan(low) else f"{_rounded(value)} ({_rounded(low)} to {_rounded(high)})"


def _rounded(value: float) -> str:
    """A number of images to two digits, such as ``73``, ``510`` or ``1,400``."""
    return f"{float(f'{value:.2g}'):,g}"


def _three(value: float) -> str:
    """A number to three digits."""
    return f"{value:,.0f}" if 1_000 <= value < 1e6 else f"{value:.3g}"
