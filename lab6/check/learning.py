"""The verdict on learning: a candidate that is fast because it learns less has regressed too.

Accuracies are compared by log(error), error = 1 - accuracy, seed by seed: a seed fixes the initial weights and the
order of images, so that the two sides differ much less with the same seed than with different ones. If they share fewer
than two seeds, they are compared as two groups (:mod:`lab6.check.difference`).

``as well``: the error is at most the minimum effect larger by the 95% interval, or the accuracies are equal for each
seed. ``less``: it is certainly larger, and not shown to be larger by less than the minimum effect. ``diverged``: a loss
is NaN or infinite for a seed with which the baseline's is not. Everything else is ``inconclusive``.

Runs to a target end as soon as they reach it. So test accuracies above the target count as the target, and training
accuracies, means over runs of different lengths, have no verdict of their own.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from lab6.check.difference import Difference, of_pairs, of_sides
from lab6.check.speed import (
    CONFIDENCE,
    INCONCLUSIVE,
    MINIMUM_EFFECT,
    ROW,
    SIGNIFICANCE,
    are_pairs,
    relative,
    with_goals,
)

AS_WELL, LESS, DIVERGED = "as well", "less", "diverged"

IMAGES = {"training_accuracy": "training_images", "test_accuracy": "test_images"}
"""The accuracies, each with the column of the number of its images."""

UNKNOWN = Difference(math.nan, math.inf, math.nan, 0)
"""The difference of accuracies that are not compared."""

LEAST_SHARED = 2
"""Shared seeds that are needed for a comparison seed by seed."""


def judge(
    baseline: pd.DataFrame, candidate: pd.DataFrame, minimum_effect: float = MINIMUM_EFFECT, rows: int | None = None
) -> pd.DataFrame:
    """A row for each ROW that both sides, tidy frames of the same work, have.

    ``rows``: the number of rows of the whole check, if there are more than these.

    Columns: ROW; ``shared_seeds``, how many; for ``training_accuracy`` and ``test_accuracy``, each with ``_baseline``
    and ``_candidate`` (means over the seeds compared), ``_change`` (of the error: 0.1 is 10% larger) with
    ``_change_low`` and ``_change_high`` (its 95% interval, NaN with too few seeds), and ``_verdict``;
    ``learning``, the worst of the two verdicts, or ``diverged``.
    """
    ours, theirs = (dict(list(_ended(with_goals(rounds)).groupby(ROW))) for rounds in (baseline, candidate))
    common = [key for key in ours if key in theirs]
    level = 2 * SIGNIFICANCE / (max(len(common), rows or 0) * len(IMAGES))
    duet = are_pairs(baseline, candidate)
    found = [
        dict(zip(ROW, key, strict=True)) | _row(ours[key], theirs[key], duet, minimum_effect, level) for key in common
    ]
    return pd.DataFrame(found)


def _row(
    baseline: pd.DataFrame, candidate: pd.DataFrame, duet: bool, minimum_effect: float, level: float
) -> dict[str, object]:
    """The columns of one ROW but its name; ``level``: of the two-sided interval that decides on ``less``."""
    seeds = sorted(set(baseline["seed"]) & set(candidate["seed"]))
    row: dict[str, Any] = {"shared_seeds": len(seeds)}
    for accuracy, of in IMAGES.items():
        images = int(baseline[of].iloc[0])
        ours, theirs = (side.groupby("seed")[accuracy].mean().astype(float) for side in (baseline, candidate))
        if duet or len(seeds) >= LEAST_SHARED:
            ours, theirs = ours[seeds], theirs[seeds]
        judged = accuracy == "test_accuracy" or baseline["target"].isna().all()
        difference = _difference(ours, theirs, images, seeds, duet) if judged else UNKNOWN
        half = difference.half_width(1 - CONFIDENCE)
        row |= {f"{accuracy}_baseline": ours.mean(), f"{accuracy}_candidate": theirs.mean()}
        row |= relative(f"{accuracy}_change", difference, half)
        row[f"{accuracy}_verdict"] = _verdict(difference, half, minimum_effect, level) if judged else AS_WELL
    found = {row[f"{accuracy}_verdict"] for accuracy in IMAGES}
    worst = next(verdict for verdict in (LESS, INCONCLUSIVE, AS_WELL) if verdict in found)
    return row | {"learning": DIVERGED if _diverged(candidate) - _diverged(baseline) else worst}


def _ended(rounds: pd.DataFrame) -> pd.DataFrame:
    """``rounds`` with the test accuracies of runs only up to their target."""
    return rounds.assign(test_accuracy=rounds["test_accuracy"].clip(upper=rounds["target"].fillna(1)))


def _difference(ours: pd.Series, theirs: pd.Series, images: int, seeds: list[int], duet: bool) -> Difference:
    """The difference of log(error), from accuracies by seed; exactly 0 if those of the shared ``seeds`` are equal."""
    if seeds and np.allclose(ours[seeds], theirs[seeds], rtol=0, atol=1e-12):  # but for rounding
        return Difference(0.0, 0.0, math.inf, len(seeds))
    baseline, candidate = _log_errors(ours, images), _log_errors(theirs, images)
    least = 1 / max(float(np.exp(baseline.mean())) * images, 1.0)  # one image more or less of those answered wrongly
    if duet or len(seeds) >= LEAST_SHARED:
        return of_pairs(candidate - baseline, sequential=duet, least=least)
    return of_sides(baseline, candidate, least)


def _log_errors(accuracies: pd.Series, images: int) -> pd.Series:
    """log(error) with half an image more answered wrongly, so that an accuracy of 1 has a value too."""
    errors: pd.Series = np.log(((1 - accuracies) * images + 0.5) / (images + 1))
    return errors


def _diverged(rounds: pd.DataFrame) -> set[int]:
    """The seeds with a loss that is NaN or infinite."""
    return set(rounds.loc[~np.isfinite(rounds["training_loss"].to_numpy(dtype=float)), "seed"])


def _verdict(difference: Difference, half: float, minimum_effect: float, level: float) -> str:
    if difference.mean + half < math.log1p(minimum_effect):
        return AS_WELL
    return LESS if difference.mean > difference.half_width(level) else INCONCLUSIVE
