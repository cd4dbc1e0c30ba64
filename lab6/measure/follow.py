"""A machine of a cluster whose worker is not the first: it trains when the first worker says so, and saves nothing."""

import platform
from collections.abc import Callable

from lab6.measure.planning import Follows
from lab6.measure.spawned import WorkerError
from lab6.measure.team import start


def follow(first: Follows, processes: int, say: Callable[[str], None]) -> None:
    """Let this machine's workers train, one after the other, for as many ``processes`` as the run has.

    ``say`` takes a sentence for people. Raises WorkerError if one of them ends early.
    """
    process = first.process
    place = f"{process.facts['rank'] + 1} on {platform.node()}"
    say(f"Worker {place} trains with the first one, which measures, prints and saves.")
    for number in range(1, processes + 1):
        if number > 1:
            process = start(process.way, number)
        try:
            process.started()
            if why := process.wait():
                raise WorkerError(f"worker {place} {why}: the run has ended; see what the first worker says.")
        finally:
            process.end()
