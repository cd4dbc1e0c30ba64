"""How many workers train together, and with how many threads: ``--threads``, ``--workers`` and ``--cluster``."""

import dataclasses
from collections.abc import Iterator

from lab6.errors import OptionError
from lab6.measure import places
from lab6.measure.machine import usable_cores
from lab6.measure.options import Options
from lab6.measure.way import Team
from lab6.training import backends
from lab6.training.engines import IN_ONE_PROCESS, TOGETHER


@dataclasses.dataclass(frozen=True)
class Sharing:
    """One way to share the work.

    ``workers``: how many train together, 1 to train alone; in a cluster, 1 until they are known. ``threads``: of each,
    None for the framework's own choice. ``note``: see :class:`lab6.measure.way.Way`. ``team``: None if one is alone.
    """

    workers: int = 1
    threads: int | None = None
    note: str = ""
    team: Team | None = None

    @property
    def cores(self) -> tuple[int, ...] | None:
        """The cores of all workers together, None for all.

        No worker has cores of its own, because threads that exchange messages would wait there for those that train.
        """
        if self.threads is None or (self.team and self.team.in_cluster):
            return None
        return places.first(self.threads * self.workers)


def sharings(options: Options, device: str = "cpu") -> list[Sharing]:
    """All that the options ask for on a device. Raises OptionError if this machine has too few cores for all."""
    if options.cluster:
        place = options.cluster
        team = Team(place.workers, options.patience, in_cluster=True, rank=place.rank, address=place.address)
        return [Sharing(place.workers or 1, _number(options.one_threads, usable_cores()), "", team)]
    if device != "cpu":
        return list(dict.fromkeys(_on_gpus(options, workers) for workers in options.workers or (1,)))
    found = list(dict.fromkeys(_on_cpu(options)))
    if not found:
        raise OptionError(
            f"--workers and --threads: this process may use {usable_cores()} cores, fewer than each of these needs; "
            "give smaller numbers."
        )
    return found


def widest(options: Options, device: str) -> Sharing:
    """The one by which the machine is described: one worker alone if there is one, with the most threads.

    On GPUs always one alone, which sees all of them.
    """
    if device != "cpu" and not options.cluster:
        return Sharing()
    return max(sharings(options, device), key=lambda own: (own.team is None, own.threads or usable_cores()))


def objection(options: Options, with_engines: bool = True) -> str:
    """Why the options cannot be followed; empty if they can. ``with_engines``: whether lab6's engines are measured."""
    if options.is_duet and options.sharing:
        advice = "give one number of them" if options.sharing == "--threads" else "leave it out"
        return (
            f"{options.sharing}: {options.comparing} compares one worker with one, both with as many threads: {advice}."
        )
    if options.cluster and (len(options.engines) > 1 or len(options.threads) > 1):
        return "--cluster: one engine with one number of threads is measured at a time: give one of each."
    backend = backends.chosen()
    lacking = [engine for engine in options.engines if backend not in TOGETHER.get(engine, {})]
    if backend in IN_ONE_PROCESS and (options.cluster or "cpu" in (options.devices or ("cpu",))):
        lacking = list(options.engines)
    if with_engines and options.trains_together and lacking:
        return _lacks(lacking[0], backend, options.sharing)
    return ""


def left_out(options: Options) -> list[str]:
    """A sentence if some of several numbers of workers and threads need more cores than there are."""
    cores = usable_cores()
    numbers = [(workers, threads) for workers in options.workers or (1,) for threads in options.threads or ("all",)]
    each = [1 if threads == "all" else int(threads) for _, threads in numbers]
    asked = [own for own, threads in zip(numbers, each, strict=True) if own[0] * threads > cores]
    if len(numbers) < 2 or not asked:
        return []
    named = [f"{workers} x {threads}" if options.workers else f"{threads}" for workers, threads in asked]
    what = "workers x threads" if options.workers else "threads"
    return [f"Left out, since this process may use {cores} cores: {', '.join(named)} {what}."]


def _lacks(engine: str, backend: str, option: str) -> str:
    """That an engine has one worker only, and which have several."""
    able: dict[str, list[str]] = {}
    for other, names in TOGETHER.items():
        for name in names:
            able.setdefault(name, []).append(other)
    advice = [
        f"--engines {' or '.join(engines)} with KERAS_BACKEND={name}{' and --devices gpu:0' * (name in IN_ONE_PROCESS)}"
        for name, engines in able.items()
        if option == "--workers" or name not in IN_ONE_PROCESS
    ]
    return f"{option}: {engine} with {backend} has one worker only: give {', or '.join(advice)}."


def _on_cpu(options: Options) -> Iterator[Sharing]:
    """Those for which there are enough cores; with one number only, also if there are not."""
    cores = usable_cores()
    several = len(options.workers) > 1 or len(options.threads) > 1
    for workers in options.workers or (1,):
        for asked in options.threads or (None,):
            threads = _number(asked, cores // workers or 1)
            if workers > 1:
                each = threads or cores // workers or 1
                if not several or each * workers <= cores:
                    yield _of_workers(options, workers, each)
            elif not several:
                yield Sharing(threads=threads)
            elif (threads or cores) <= cores:
                yield Sharing(threads=threads or cores, note=_threads(threads, cores))


def _of_workers(options: Options, workers: int, threads: int) -> Sharing:
    note = f"with {workers} workers{'' if threads == 1 else f' of {threads} threads'}"
    return Sharing(workers, threads, note, Team(workers, options.patience))


def _on_gpus(options: Options, workers: int) -> Sharing:
    if workers == 1:
        return Sharing()
    team = Team(workers, options.patience, in_one_process=backends.chosen() in IN_ONE_PROCESS)
    return Sharing(workers, None, f"with {workers} workers", team)


def _number(asked: int | str | None, every: int) -> int | None:
    """The number of threads, None for the framework's own choice, which is all cores."""
    return asked if isinstance(asked, int) else None if asked is None or every == usable_cores() else every


def _threads(threads: int | None, cores: int) -> str:
    """What distinguishes one worker that does not use all cores."""
    if threads in (None, cores):
        return ""
    return f"with {threads} thread{'' if threads == 1 else 's'}"
