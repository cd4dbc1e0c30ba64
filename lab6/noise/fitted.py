"""The critical minibatch size that a table of trials gives, to show beside the noise scale."""

from collections.abc import Mapping

from lab6.noise.scale import Fitted
from lab6.target import settings, trade
from lab6.target.choose import choose

USUAL = 0.97
"""The test accuracy whose steps are taken if the table has it; otherwise the nearest."""


def fitted(work: Mapping[str, object]) -> Fitted | None:
    """The critical size of ``work`` (:func:`lab6.target.choose.choose`); None if no table shows it.

    Raises ResultsError for a table that cannot be read.
    """
    table = choose(work)
    if table is None:
        return None
    for target in sorted(table.tried.targets, key=lambda each: abs(each - USUAL)):
        found = trade.fit(settings.best(settings.settings(table, target)))
        if found:
            return Fitted(found.critical, target)
    return None
