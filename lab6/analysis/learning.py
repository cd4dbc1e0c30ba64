"""The verdict on learning: speed that was won by learning less is a regression too.

An accuracy is judged on the scale of log(error), error = 1 - accuracy, where the spread over seeds is about the same
for each minibatch size: so the seeds of all of a check's rows tell it together, and three seeds a row are enough. The
band of a row reaches down from the baseline's mean over its seeds as far as the mean of the candidate's seeds comes out
by the luck of its seeds alone: the prediction interval of a mean, with Student's t. Sources: G. Hahn and W. Meeker,
"Statistical Intervals", Wiley 1991, section 4.8; Bonferroni's correction for the number of bands.
"""

import math

import numpy as np
import pandas as pd
from scipy import stats

from lab6.analysis.gate import SIGNIFICANCE
from lab6.analysis.noise import ROW
from lab6.analysis.summary import by_seed

AS_WELL, LESS, DIVERGED, UNJUDGED = "as well", "less", "diverged", "not judged"

IMAGES = {"training_accuracy": "training_images", "test_accuracy": "test_images"}
"""The accuracies, and the images of which each is a share."""


def judge(baseline: pd.DataFrame, candidate: pd.DataFrame) -> pd.DataFrame:
    """A row for each ROW that both sides, tidy frames, have.

    Columns: ROW; for ``training_accuracy`` and ``test_accuracy``, each with ``_baseline`` and ``_candidate`` (means
    over seeds) and ``_band`` (the lowest that the candidate may be, NaN where no row has two seeds); ``learning``: ``as
    well``, ``less`` (an accuracy is below its band), ``diverged`` (a round's loss is NaN or infinite) or ``not
    judged``.
    """
    sides = [dict(list(rounds.groupby(ROW, sort=False))) for rounds in (baseline, candidate)]
    keys = [key for key in sides[0] if key in sides[1]]
    found = pd.DataFrame(keys, columns=ROW)
    for accuracy in IMAGES:
        pairs = [tuple(_errors(side[key], accuracy) for side in sides) for key in keys]
        images = [int(sides[0][key][IMAGES[accuracy]].iloc[0]) for key in keys]
        bands = _bands([ours for ours, _ in pairs], [len(theirs) for _, theirs in pairs], images)
        found[f"{accuracy}_baseline"] = [by_seed(sides[0][key], accuracy).mean() for key in keys]
        found[f"{accuracy}_candidate"] = [by_seed(sides[1][key], accuracy).mean() for key in keys]
        found[f"{accuracy}_band"] = [_accuracy(band, count) for band, count in zip(bands, images, strict=True)]
        found[f"{accuracy}_below"] = [theirs.mean() > band for (_, theirs), band in zip(pairs, bands, strict=True)]
    finite = [bool(np.isfinite(sides[1][key]["training_loss"].to_numpy(dtype=float)).all()) for key in keys]
    found["learning"] = [_verdict(row, fine) for row, fine in zip(found.to_dict("records"), finite, strict=True)]
    return found.drop(columns=[f"{accuracy}_below" for accuracy in IMAGES]).sort_values(ROW, ignore_index=True)


def _errors(rounds: pd.DataFrame, accuracy: str) -> np.ndarray:
    """log(error) of each seed; with half an error more, or an accuracy of 1 would have no place on this scale."""
    images = int(rounds[IMAGES[accuracy]].iloc[0])
    errors: np.ndarray = np.log(((1 - by_seed(rounds, accuracy)) * images + 0.5) / (images + 1))
    return errors


def _accuracy(log_error: float, images: int) -> float:
    """What :func:`_errors` made of an accuracy, turned back; not below 0."""
    return max(1 - (math.exp(log_error) * (images + 1) - 0.5) / images, 0.0) if math.isfinite(log_error) else math.nan


def _bands(baselines: list[np.ndarray], candidate_seeds: list[int], images: list[int]) -> list[float]:
    """The largest log(error) that each row's candidate may have on average; NaN where nothing tells the spread.

    mean + t s sqrt(1/n + 1/m), s the largest of the row's own spread over n seeds, that pooled over all rows, and
    :func:`_least`.
    """
    freedom = sum(len(errors) - 1 for errors in baselines)
    if not freedom:
        return [math.nan] * len(baselines)
    pooled = math.sqrt(sum((len(errors) - 1) * _variance(errors) for errors in baselines) / freedom)
    quantile = stats.t.isf(SIGNIFICANCE / (len(baselines) * len(IMAGES)), freedom)
    return [
        float(errors.mean())
        + quantile
        * max(pooled, math.sqrt(_variance(errors)), _least(errors, count))
        * math.sqrt(1 / len(errors) + 1 / seeds)
        for errors, seeds, count in zip(baselines, candidate_seeds, images, strict=True)
    ]


def _least(errors: np.ndarray, images: int) -> float:
    """The spread of log(error) that so many images have at least: of one more or less among those answered wrongly.

    Seeds that happen to agree to the last image do not make a band of no width.
    """
    wrong = float(np.exp(errors.mean())) * images
    return 1 / max(wrong, 1.0)


def _variance(errors: np.ndarray) -> float:
    return float(errors.var(ddof=1)) if len(errors) > 1 else 0.0


def _verdict(row: dict[str, object], finite: bool) -> str:
    if not finite:
        return DIVERGED
    if any(row[f"{accuracy}_below"] for accuracy in IMAGES):
        return LESS
    return UNJUDGED if any(pd.isna(row[f"{accuracy}_band"]) for accuracy in IMAGES) else AS_WELL
