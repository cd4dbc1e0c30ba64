"""The critical minibatch size that a table of trials gives, to show beside the noise scale."""

from collections.abc import Mapping

from lab6.noise.scale import Fitted
from lab6.target import settings, trade
from lab6.target.choose import choose
from lab6.trials import TARGET


def fitted(work: Mapping[str, object]) -> Fitted | None:
    """The critical size of ``work`` (:func:`lab6.target.choose.choose`) to TARGET, or to the target nearest to it that
    shows one; None if no table does.

    Raises ResultsError for a table that cannot be read.
    """
    table = choose(work)
    if table is None:
        return None
    for target in sorted(table.tried.targets, key=lambda each: abs(each - TARGET)):
        found = trade.fit(settings.best(settings.settings(table, target)))
        if found:
            return Fitted(found.critical, target)
    return None
