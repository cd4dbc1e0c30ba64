"""The statistics of a history: where the level of successive days shifted, by how much, and how sure that is.

Candidates are the change points that minimise the squared distances from the levels of segments plus a penalty for each
segment (PELT: R. Killick, P. Fearnhead and I. Eckley, "Optimal detection of changepoints with a linear computational
cost", JASA 107, 2012; by ruptures: C. Truong, L. Oudre and N. Vayatis, "Selective review of offline change point
detection methods", Signal Processing 167, 2020). Each must then be confirmed by Welch's test of the days on both sides,
at a level that allows for every place that was looked at (Bonferroni).
"""

import dataclasses

import numpy as np
import numpy.typing as npt
from scipy import special

from lab6.store import student

SHORTEST = 5
"""Observations of a segment."""

ALARMS = 0.01
"""The probability of any false shift in the whole history of a machine."""

LEAST_CHANGE = 0.01
"""Relative; smaller shifts are not named."""

PENALTY = 6.0
"""Of a further segment, x variance x log(observations). Schwarz's criterion would be 2, one for the level and one for
the place, if times were normal; they have heavy tails, and confirming does not allow for choosing both neighbours of a
place. With 6, ``benchmarks/history.py`` finds few false shifts, and real ones hardly later."""

UNSURE = 2 * np.log(40)
"""How much further from the levels the squares may be, in variances, if a shift is put at another place, for that
place to be possible. The log-likelihood of a wrong place, compared with the right one, is a random walk on each
side, which ever exceeds x with a probability of at most exp(-x); so the right place is among these in 95% of cases, if
levels and variance are known (D. Siegmund, "Confidence sets in change-point problems", International Statistical Review
56, 1988)."""

Array = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Shift:
    """A confirmed shift of level.

    ``start``: the place of the first day after it; ``first`` and ``last``: the range in which it could be as well.
    ``end``: the place after the last day of the new level. ``change``: relative, of the level after it to that before
    it, with ``low`` and ``high``, its 95% interval.
    """

    start: int
    end: int
    first: int
    last: int
    change: float
    low: float
    high: float


def places(days: int) -> int:
    """How many places of a shift there are among so many ``days``, which is how many tests a history allows for."""
    return max(days - 2 * SHORTEST + 1, 0)


def shifts(levels: Array, tests: int) -> list[Shift]:
    """The confirmed shifts of ``levels`` (days,), log(seconds) in order of time; ``tests``: places in all series that
    are looked at together."""
    if places(len(levels)) < 1:
        return []
    ends = [*_candidates(levels), len(levels)]
    while len(ends) > 1:
        starts = [0, *ends[:-1]]
        chances = [
            _chance(levels[start:middle], levels[middle:end])
            for start, middle, end in zip(starts, ends[:-1], ends[1:], strict=False)
        ]
        worst = int(np.argmax(chances))
        if chances[worst] <= ALARMS / tests:
            break
        del ends[worst]
    return [_shift(levels, *bounds) for bounds in zip([0, *ends], ends[:-1], ends[1:], strict=False)]


def noise(levels: Array) -> float:
    """The standard deviation of a day about its level, from the median step between successive days, which neither
    shifts nor a few slow days change; above 0."""
    steps = np.abs(np.diff(levels))
    return float(np.median(steps)) / (_MEDIAN_OF_NORMAL * np.sqrt(2)) or float(np.std(levels)) or 1e-12


_MEDIAN_OF_NORMAL = float(special.ndtri(0.75))
"""The median of the absolute value of a normal variable of variance 1."""


def _candidates(levels: Array) -> list[int]:
    """The first places of segments but the first."""
    import ruptures  # takes longer to import than a small report takes

    search = ruptures.KernelCPD(kernel="linear", min_size=SHORTEST).fit(levels[:, None] - levels.mean())
    penalty = PENALTY * noise(levels) ** 2 * np.log(len(levels))
    return [int(place) for place in search.predict(pen=penalty)[:-1]]


def _chance(before: Array, after: Array) -> float:
    """The probability of so large a difference without a shift, from both tails of Welch's test; 1 if it is too small
    to be named."""
    difference = after.mean() - before.mean()
    if abs(np.expm1(difference)) < LEAST_CHANGE:
        return 1.0
    error, freedom = student.welch(after, before)
    return float(2 * special.stdtr(freedom, -abs(difference) / error))


def _shift(levels: Array, before: int, start: int, end: int) -> Shift:
    """The shift at ``start`` between neighbouring segments."""
    ours, theirs = levels[start:end], levels[before:start]
    difference, half = ours.mean() - theirs.mean(), student.half_width_of_difference(ours, theirs)
    change, low, high = np.expm1([difference, difference - half, difference + half])
    possible = _possible(levels[before:end], start - before) + before
    return Shift(start, end, int(possible.min()), int(possible.max()), float(change), float(low), float(high))


def _possible(levels: Array, start: int) -> npt.NDArray[np.intp]:
    """The places at which the shift could be as well, ``start`` among them; see UNSURE."""
    ours, theirs = levels[start:], levels[:start]
    variance = (((ours - ours.mean()) ** 2).sum() + ((theirs - theirs.mean()) ** 2).sum()) / max(len(levels) - 2, 1)
    gains = (levels - theirs.mean()) ** 2 - (levels - ours.mean()) ** 2  # above 0 if a day belongs after the shift
    squares = np.concatenate([[0.0], np.cumsum(gains)])  # of a shift at each place, but for what all have in common
    found = np.flatnonzero(squares[1:-1] - squares[start] <= UNSURE * variance) + 1
    return np.union1d(found, [start])
