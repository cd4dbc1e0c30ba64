"""Does each way learn as lab6's ``compiled`` does? Speed that was won by learning something else is no speed.

As in :mod:`lab6.check.learning`, an accuracy is judged on the scale of log(error), error = 1 - accuracy. Two ways
learn alike where the means over their seeds are no further apart than the luck of the seeds alone brings them, by
Student's t of the two with Bonferroni's correction. Other ways do not help to tell that luck: most of them train in the
same order from the same weights, so that their rounds are the same rounds again. It looks both ways: more is as
suspicious as less.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lab6.check.speed import SIGNIFICANCE
from lab6.record import Record

IMAGES = {"training_accuracy": "training_images", "test_accuracy": "test_images"}
"""The accuracies, and the images of which each is a share."""


def differences(records: Mapping[str, Record], reference: str) -> dict[str, str]:
    """A sentence for each way that does not learn as the one called ``reference`` does.

    ``records``: each way's, all of one minibatch size. Where neither of two ways has two rounds, nothing tells the
    spread, and only what diverged is named.
    """
    found = {
        way: f"{way} diverged: a loss is not finite."
        for way, record in records.items()
        if not all(math.isfinite(round_.training_loss) for round_ in record.rounds)
    }
    for accuracy in IMAGES:
        for way, sentence in _differences(records, reference, accuracy).items():
            found.setdefault(way, sentence)
    return found


def _differences(records: Mapping[str, Record], reference: str, accuracy: str) -> dict[str, str]:
    errors = {way: _errors(record, accuracy) for way, record in records.items()}
    others = [way for way in records if way != reference]
    if reference not in records or not others:
        return {}
    ours = errors[reference]
    least = 1 / max(float(np.exp(ours.mean())) * getattr(records[reference], IMAGES[accuracy]), 1.0)  # one image
    level = SIGNIFICANCE / (2 * len(others) * len(IMAGES))
    found = {}
    for way in others:
        theirs = errors[way]
        if not (freedom := len(ours) + len(theirs) - 2):
            continue
        spread = math.sqrt(sum(float(((own - own.mean()) ** 2).sum()) for own in (ours, theirs)) / freedom)
        quantile = float(stats.t.isf(level, freedom))
        band = quantile * max(spread, least) * math.sqrt(1 / len(ours) + 1 / len(theirs))
        if abs(shift := float(theirs.mean() - ours.mean())) > band:
            found[way] = _sentence(way, reference, accuracy, records, more=shift < 0)
    return found


def _errors(record: Record, accuracy: str) -> NDArray[np.float64]:
    """log(error) of each round; with half an error more, or an accuracy of 1 would have no place on this scale."""
    images = getattr(record, IMAGES[accuracy])
    wrong = (1 - np.array(_accuracies(record, accuracy))) * images
    errors: NDArray[np.float64] = np.log((wrong + 0.5) / (images + 1))
    return errors


def _accuracies(record: Record, accuracy: str) -> Sequence[float]:
    return [getattr(round_, accuracy) for round_ in record.rounds]


def _sentence(way: str, reference: str, accuracy: str, records: Mapping[str, Record], more: bool) -> str:
    theirs, ours = (float(np.mean(_accuracies(records[name], accuracy))) for name in (way, reference))
    return (
        f"{way} learns {'more' if more else 'less'} than {reference}: its {accuracy.replace('_', ' ')} is {theirs:.4f} "
        f"and not {ours:.4f}, which is further apart than seeds are."
    )
