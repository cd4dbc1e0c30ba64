"""What is said if other programs keep the cores busy: before a run, and of its disturbed rounds at its end."""

from collections.abc import Sequence

from lab6 import disturbance
from lab6.measure.table import MARK, Result


def before(load: float | None, cores: int) -> str | None:
    """A sentence if other programs keep ``load`` of so many ``cores`` busy, before anything is measured."""
    if load is None or not disturbance.is_busy(load, cores):
        return None
    return (
        f"NOT QUIET: other programs use {disturbance.used(load, cores)} just now; what is measured beside them can "
        "take longer."
    )


def during(results: Sequence[Result], cores: int) -> str | None:
    """A sentence on the disturbed rounds of a run; None if there are none."""
    disturbed = [share for result in results for share in result.disturbed(cores)]
    if not disturbed:
        return None
    rounds = sum(len(result.seconds) for result in results)
    return f"{MARK} {disturbance.sentence(len(disturbed), rounds, max(disturbed), cores)}"
