"""What a disturbed round is, and the sentences about it: one rule for measuring and for reading."""

from typing import Any

SHARE = 0.1
"""The share of one core's time that other programs may take during a round that still counts as undisturbed.

While another program runs, a round can at worst make no progress: if both want the same core, and also if several
cores share a minibatch and all wait for the one that is late. So other programs that took x seconds of processor time
made a round of t seconds at most x seconds longer; up to this share it would have taken at least 0.9 t without them.
Mostly they cost less, and if cores were left over almost nothing: a disturbed round need not be a slow one.
"""

RESOLUTION = 0.02
"""Seconds a core that cannot be distinguished from nothing.

Systems count idle time in ticks of 10 ms (Linux, macOS; proc_stat(5)) or 15.6 ms (Windows). What a core did is the
difference of two counts, on Linux of two more for its waiting for disks, and each difference is less than a tick off.
So a round of 0.1 s on two cores is disturbed from 0.05 s on, half of what two busy programs would take of it, and one
that is shorter than 0.02 s never is.
"""

WATCH_SECONDS = 0.5
"""How long the cores are watched before a run: fifty of the ticks in which systems count."""


def is_disturbed(other_cpu_seconds: Any, seconds: Any, cores: Any) -> Any:
    """Whether other programs took so much of ``cores`` within ``seconds`` that it may have cost more than a tenth.

    Numbers, or columns of them; not if one is NaN.
    """
    return other_cpu_seconds > SHARE * seconds + RESOLUTION * cores


def is_busy(load: Any, cores: Any) -> Any:
    """Whether others use so many of ``cores`` before a run that rounds of any length would be disturbed."""
    return is_disturbed(load * WATCH_SECONDS, WATCH_SECONDS, cores)


def warning(load: float | None, cores: int) -> str | None:
    """A sentence if other programs keep ``load`` of so many ``cores`` busy before a run; None if not, or unknown."""
    if load is None or not is_busy(load, cores):
        return None
    return f"NOT QUIET: other programs use {used(load, cores)} now; epochs measured now can take longer."


def used(busy: float, cores: int) -> str:
    """How many of the ``cores`` other programs kept busy, such as ``0.8 of 2 cores``."""
    return f"{busy:.1f} of {cores} core{'' if cores == 1 else 's'}"


def sentence(disturbed: int, rounds: int, most: float, cores: int) -> str:
    """A sentence on a run in which so many ``rounds`` were disturbed; ``most``: cores that others used in the worst."""
    return (
        f"Disturbed: {disturbed:,} of {rounds:,} round{'' if rounds == 1 else 's'}, in which other programs used up to "
        f"{used(most, cores)}; they count like the others, so measure again when the machine is quiet."
    )
