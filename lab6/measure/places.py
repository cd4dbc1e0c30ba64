"""Where workers train: which cores and which GPU each of them gets."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from lab6.measure.machine import affinity, can_pin, usable_cores
from lab6.measure.way import visible
from lab6.probe import probe

AT_ONCE, IN_TURNS = "at the same time", "in turns"

TOPOLOGY = Path("/sys/devices/system/cpu")
"""The folder in which Linux describes which logical cores share a physical one."""


@dataclasses.dataclass(frozen=True)
class Places:
    """The two places of a duet; sides change places from pair to pair.

    ``played``: AT_ONCE or IN_TURNS. ``cores``: of each place, None if the process is not pinned. ``gpus``: the one GPU
    that each place sees, as its driver names it, None for all. ``threads``: of each side, None for all. ``sentence``:
    describes all of that for people.
    """

    played: str
    cores: tuple[tuple[int, ...] | None, tuple[int, ...] | None]
    threads: int | None
    sentence: str
    gpus: tuple[str | None, str | None] = (None, None)


def choose(device: str, threads: int | str | None, gpu_models: Sequence[str] = ()) -> Places:
    """The places of a duet on ``device``, ``cpu`` or ``gpu:N``.

    ``threads``: of each side, ``all``, or None for one. ``gpu_models``: of the GPUs that the framework sees.
    """
    if device != "cpu":
        return _on_gpus(int(device[4:]), gpu_models)
    if threads == "all":
        return Places(IN_TURNS, (None, None), None, "in turns, each with all threads, the order swapped each time")
    each = int(threads or 1)
    ordered = _physical_first(affinity())
    if min(len(ordered), usable_cores()) >= 2 * each:
        cores = tuple(ordered[:each]), tuple(ordered[each : 2 * each])
        threads_ = "one thread" if each == 1 else f"{each} threads"
        if can_pin():
            sentence = f"at the same time, {threads_} each, pinned to cores {_named(cores[0])} and {_named(cores[1])}"
            return Places(AT_ONCE, cores, each, f"{sentence}, swapped from pair to pair")
        return Places(AT_ONCE, (None, None), each, f"at the same time, {threads_} each, not pinned (not possible here)")
    own = tuple(ordered[:each]) if can_pin() else None
    sentence = f"in turns, the order swapped each time, because they would need {2 * each} cores"
    return Places(IN_TURNS, (own, own), each, sentence)


def first(threads: int | None) -> tuple[int, ...] | None:
    """As many cores for ordinary processes as they have ``threads``; None if they may use all, or cannot be pinned."""
    cores = _physical_first(affinity())
    return tuple(sorted(cores[:threads])) if threads is not None and threads < len(cores) and can_pin() else None


def each() -> list[tuple[int, ...] | None]:
    """The core of each of as many processes as there are cores; None if it cannot be pinned."""
    cores = _physical_first(affinity())[: usable_cores()]
    return [(core,) if can_pin() else None for core in cores] or [None]


def _on_gpus(number: int, models: Sequence[str]) -> Places:
    twins = [other for other, model in enumerate(models) if other != number and model == models[number]]
    if twins:
        sentence = f"at the same time, on GPU {number} and GPU {twins[0]}, swapped from pair to pair"
        return Places(AT_ONCE, (None, None), None, sentence, (visible(number), visible(twins[0])))
    sentence = "in turns on one GPU, the order swapped each time"
    return Places(IN_TURNS, (None, None), None, sentence, (visible(number), visible(number)))


def _physical_first(cores: list[int]) -> list[int]:
    """``cores``, one logical core of each physical core first, so that neighbours share as little as possible."""
    seen: set[tuple[str, ...]] = set()
    firsts: list[int] = []
    others: list[int] = []
    for core in cores:
        place = tuple(_read(TOPOLOGY / f"cpu{core}" / "topology" / name) for name in ("physical_package_id", "core_id"))
        (others if place in seen and all(place) else firsts).append(core)
        seen.add(place)
    return firsts + others


@probe("")
def _read(path: Path) -> str:
    return path.read_text().strip()


def _named(cores: tuple[int, ...]) -> str:
    return ",".join(map(str, cores))
