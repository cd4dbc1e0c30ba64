"""The verdict on learning: speed that was won by learning less is a regression too.

Accuracies are judged on the scale of log(error), error = 1 - accuracy. A candidate's mean accuracy must not be below
either of two bands under the baseline's.

The band of seeds reaches as far as other seeds come out by their luck: the prediction interval of a mean, with
Student's t (G. Hahn and W. Meeker, "Statistical Intervals", Wiley 1991, section 4.8). It holds for any seeds, and is
wide.

The band of pairs is there where both sides have the same seeds. A seed fixes initial weights and order, so errors of
the same seed differ by much less than seeds do: Student's paired t ("The probable error of a mean", Biometrika 6,
1908). With three seeds, a minibatch size alone could hardly tell by how much less. So sizes are taken together: the
spread of pairs is a share of the spread of seeds, and what differs between runs of the same code, rounding, grows with
the number of steps. A size learns that share from itself and from all smaller ones, which take more steps.

Each band has half of the significance; both are Bonferroni-corrected for rows and accuracies.
"""

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from lab6.analysis.gate import SIGNIFICANCE
from lab6.analysis.noise import ROW

AS_WELL, LESS, DIVERGED, UNJUDGED = "as well", "less", "diverged", "not judged"

IMAGES = {"training_accuracy": "training_images", "test_accuracy": "test_images"}
"""The accuracies, and the images of which each is a share."""

BANDS = 2
"""Bands that an accuracy is held against: of seeds and of pairs."""

Array = npt.NDArray[np.float64]


def judge(baseline: pd.DataFrame, candidate: pd.DataFrame) -> pd.DataFrame:
    """A row for each ROW that both sides, tidy frames, have.

    Columns: ROW; for ``training_accuracy`` and ``test_accuracy``, each with ``_baseline`` and ``_candidate`` (means
    over seeds) and ``_band`` (the lowest that the candidate may be, the higher of the two bands; NaN where no row has
    two seeds); ``learning``: ``as well``, ``less`` (an accuracy is below its band), ``diverged`` (a round's loss is NaN
    or infinite) or ``not judged``.
    """
    sides = [dict(list(rounds.groupby(ROW, sort=False))) for rounds in (baseline, candidate)]
    keys = [key for key in sides[0] if key in sides[1]]
    found = pd.DataFrame(keys, columns=ROW)
    for accuracy in IMAGES:
        rows = [_row(key, sides[0][key], sides[1][key], accuracy) for key in keys]
        found[f"{accuracy}_baseline"] = [_accuracy(_mean(row.baseline), row.images) for row in rows]
        found[f"{accuracy}_candidate"] = [_accuracy(_mean(row.candidate), row.images) for row in rows]
        most = np.fmin(_most_by_seeds(rows), _most_by_pairs(rows))
        found[f"{accuracy}_band"] = [_accuracy(error, row.images) for error, row in zip(most, rows, strict=True)]
    finite = [bool(np.isfinite(sides[1][key]["training_loss"].to_numpy(dtype=float)).all()) for key in keys]
    found["learning"] = [_verdict(row, fine) for row, fine in zip(found.to_dict("records"), finite, strict=True)]
    return found.sort_values(ROW, ignore_index=True)


@dataclasses.dataclass(frozen=True)
class _Row:
    """One accuracy of one ROW, ``key``. ``baseline``, ``candidate``: log(error) of each seed, the index; ``images``: of
    which the accuracy is a share."""

    key: tuple[Any, ...]
    baseline: pd.Series
    candidate: pd.Series
    images: int


def _row(key: tuple[Any, ...], baseline: pd.DataFrame, candidate: pd.DataFrame, accuracy: str) -> _Row:
    images = int(baseline[IMAGES[accuracy]].iloc[0])
    return _Row(key, _errors(baseline, accuracy, images), _errors(candidate, accuracy, images), images)


def _errors(rounds: pd.DataFrame, accuracy: str, images: int) -> pd.Series:
    """log(error) of each seed, the index; with half an error more, or an accuracy of 1 would have no place on this
    scale. Rounds of the same seed repeat what they learn, so they count once."""
    of_seeds = rounds.groupby("seed", dropna=False)[accuracy].mean().dropna().astype(float)
    errors: pd.Series = np.log(((1 - of_seeds) * images + 0.5) / (images + 1))
    return errors


def _mean(errors: pd.Series) -> float:
    """log of the mean error over seeds, of what :func:`_errors` returns: the place of the mean accuracy."""
    return math.log(float(np.exp(errors).mean())) if len(errors) else math.nan


def _accuracy(log_error: float, images: int) -> float:
    """What :func:`_errors` made of an accuracy, turned back; not below 0."""
    return max(1 - (math.exp(log_error) * (images + 1) - 0.5) / images, 0.0) if math.isfinite(log_error) else math.nan


def _level(rows: int) -> float:
    """The significance of one band of one accuracy of one of so many rows."""
    return SIGNIFICANCE / (BANDS * rows * len(IMAGES))


def _most_by_seeds(rows: list[_Row]) -> Array:
    """The largest log(error) that each row's candidate may have by the band of seeds; NaN where no row has two seeds.

    mean + t s sqrt(1/n + 1/m), s the largest of the row's own spread over the baseline's n seeds, that pooled over all
    rows, and :func:`_least`; m seeds of the candidate. Rows differ in spread (3% to 19% was found), so the freedom of t
    is not that of all rows, but at most twice that of the row itself: with all of it, a row of much spread alarms
    falsely in two checks of a hundred; with its own alone, three seeds have no band worth the name.
    """
    freedom = sum(_freedom(row.baseline) for row in rows)
    if not freedom:
        return np.full(len(rows), np.nan)
    pooled = math.sqrt(sum(_freedom(row.baseline) * _variance(row.baseline) for row in rows) / freedom)
    most = []
    for row in rows:
        quantile = float(stats.t.isf(_level(len(rows)), min(freedom, max(2 * _freedom(row.baseline), 1))))
        deviation = max(math.sqrt(_variance(row.baseline)), pooled, _least(row.baseline, row.images))
        of_means = math.sqrt(sum(1 / max(len(side), 1) for side in (row.baseline, row.candidate)))
        most.append(_mean(row.baseline) + quantile * deviation * of_means)
    return np.array(most)


@dataclasses.dataclass(frozen=True)
class _Pairs:
    """The shared seeds of a row.

    ``method``: its key without the minibatch size; ``freedom``: the number of seeds less 1; ``apart``: the variance of
    the differences of log(error), candidate less baseline; ``seeds``: that of log(error) over seeds, the mean of both
    sides'; ``excess``: log of the mean error, candidate less baseline; ``error``: the baseline's mean error, 0 to 1.
    """

    method: tuple[Any, ...]
    batch_size: int
    freedom: int
    apart: float
    seeds: float
    excess: float
    error: float


def _pairs(row: _Row) -> _Pairs:
    shared = row.baseline.index.intersection(row.candidate.index).dropna()
    ours, theirs = row.baseline[shared], row.candidate[shared]
    seeds = max((_variance(ours) + _variance(theirs)) / 2, _least(ours, row.images) ** 2)
    excess = _mean(theirs) - _mean(ours)
    return _Pairs(
        row.key[:-1], row.key[-1], _freedom(ours), _variance(theirs - ours), seeds, excess, math.exp(_mean(ours))
    )


def _most_by_pairs(rows: list[_Row]) -> Array:
    """The largest log(error) that each row's candidate may have by the band of pairs; NaN without two shared seeds.

    The candidate's error may exceed that of the same seeds of the baseline by t s_d / sqrt(n), n shared seeds, s_d of
    :func:`_apart`, or by :func:`_resolution` if that is more.
    """
    pairs, level = [_pairs(row) for row in rows], _level(len(rows))
    most = np.full(len(rows), np.nan)
    for place, (row, own) in enumerate(zip(rows, pairs, strict=True)):
        if own.freedom:
            deviation, freedom = _apart(own, pairs)
            half = float(stats.t.isf(level, freedom)) * deviation / math.sqrt(own.freedom + 1)
            allowed = max(half, _resolution(own.error, row.images, level))
            most[place] = _mean(row.candidate) - own.excess + allowed
    return most


def _apart(own: _Pairs, pairs: list[_Pairs]) -> tuple[float, int]:
    """How far the pairs of a row come out from each other, a standard deviation of log(error), and its freedom.

    s_d^2 = (f v + max(w, mean of all w) * sum of f_j v_j / w_j) / (f + sum of f_j), over the rows j of the same method
    with a smaller minibatch size; f: freedom, v: ``apart``, w: ``seeds``. Without such a row it is the paired t's own.
    """
    smaller = [one for one in pairs if one.freedom and one.method == own.method and one.batch_size < own.batch_size]
    seeds = max(own.seeds, float(np.mean([one.seeds for one in pairs if one.freedom])))
    freedom = own.freedom + sum(one.freedom for one in smaller)
    squares = own.freedom * own.apart + seeds * sum(one.freedom * one.apart / one.seeds for one in smaller)
    return math.sqrt(squares / freedom), freedom


def _resolution(error: float, images: int, level: float) -> float:
    """How far the log of an ``error`` of p is known at all by so many images: z sqrt(p (1 - p) / images), the binomial
    standard error, z the normal quantile of ``level``, brought to the scale of log."""
    deviation = math.sqrt(error * max(1 - error, 0.0) / images)
    return math.log1p(float(stats.norm.isf(level)) * deviation / error)


def _least(errors: pd.Series, images: int) -> float:
    """The spread of log(error) that so many images have at least: of one more or less among those answered wrongly.

    Seeds that happen to agree to the last image do not make a band of no width.
    """
    wrong = math.exp(errors.mean()) * images if len(errors) else 1.0
    return 1 / max(wrong, 1.0)


def _freedom(errors: pd.Series) -> int:
    return max(len(errors) - 1, 0)


def _variance(errors: pd.Series) -> float:
    return float(errors.var()) if len(errors) > 1 else 0.0


def _verdict(row: dict[str, Any], finite: bool) -> str:
    if not finite:
        return DIVERGED
    if any(row[f"{accuracy}_candidate"] < row[f"{accuracy}_band"] for accuracy in IMAGES):
        return LESS
    return UNJUDGED if any(pd.isna(row[f"{accuracy}_band"]) for accuracy in IMAGES) else AS_WELL
