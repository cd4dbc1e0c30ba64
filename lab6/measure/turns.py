"""An ordinary run: several processes are alive and train in turns, one at a time; the others sleep."""

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence

import psutil

from lab6.limit import Ceilings
from lab6.measure.options import Repeats
from lab6.measure.plan import Case, Measured, Plan
from lab6.measure.process import Process, Unavailable, WorkerError, ending, together
from lab6.measure.progress import Progress
from lab6.measure.team import Lost, start
from lab6.measure.way import Way
from lab6.measure.work import Work
from lab6.probe import probe
from lab6.record import Round

PROCESS_BYTES = 1_500_000_000
"""Main memory that a process may need; bytes."""

SETTLE_SECONDS = 0.3
"""The pause before a round if several ways take turns: what one leaves behind (cores that stay awake, spinning threads)
makes the next epoch up to a tenth faster."""

Device = tuple[str, int | None, int, Work]
"""What has ceilings of its own: a device, with the threads and the number of workers on it, for some work."""


def device_of(case: Case) -> Device:
    """Where a case is trained."""
    return case.way.device, case.way.threads, case.way.workers, case.work


Start = Callable[[Way, int], Process]
"""Starts the process of a way that has this number."""


class Turns:
    """Measures cases, all of whose ways take turns."""

    def __init__(self, plan: Plan, progress: Progress, keep: Callable[[Measured], None], start: Start = start) -> None:
        """``keep`` is called after each finished round."""
        self.plan = plan
        self.ceilings: dict[Device, Ceilings] = {}
        """The ceilings of each device for each work, if they are known."""
        self._progress = progress
        self._keep = keep
        self._start = start
        self._deaths: dict[Way, WorkerError] = {}

    def run(self, measured: Sequence[Measured], repeats: Repeats) -> None:
        """Measure each of ``measured`` as often as ``repeats`` says; failures are added to its problems."""
        ways = list(dict.fromkeys(each.case.way for each in measured))
        in_cluster = any(way.team and way.team.in_cluster for way in ways)  # where one at a time finds its others
        groups = list(waves(repeats.processes, sum(way.workers for way in ways), 1 if in_cluster else None))
        if self._progress.total:
            self._progress.total *= len(groups)  # each prepares all benchmarks
        for numbers in groups:
            alive: list[Process] = []
            with ending(alive):
                for number in numbers:
                    alive += [self._start(way, number) for way in ways if not isinstance(self._deaths.get(way), Lost)]
                self._begin(alive, measured)
                if measured[0].case.goal is None:
                    self._measure_ceilings(alive, measured[0].case)
                for like in dict.fromkeys((each.case.batch_size, each.case.goal) for each in measured):
                    having = [each for each in measured if (each.case.batch_size, each.case.goal) == like]
                    own = {each.case.way: each for each in having if not each.is_skipped}
                    if own:  # not skipped in an earlier wave
                        self._train(alive, own, repeats)
        for each in measured:
            if not each.prepared and not each.problems:  # no process was left
                each.problems.append(self._deaths[each.case.way])

    def _begin(self, alive: list[Process], measured: Sequence[Measured]) -> None:
        """Wait until all processes have started and loaded the data; those that fail are left out."""
        self._progress.say(f"starting {len(alive)} process{'' if len(alive) == 1 else 'es'}")
        for process in alive:
            process.tell("load", **measured[0].case.data.loading())
        for process in list(alive):
            try:
                process.started()
                process.answer()
            except WorkerError as error:
                _leave(alive, process)
                if isinstance(error, Lost):
                    self._deaths[process.way] = error  # or later waves would wait for it again
                for each in measured:
                    if each.case.way == process.way:
                        each.problems.append(error)

    def _measure_ceilings(self, alive: Sequence[Process], case: Case) -> None:
        for process in alive:
            way, key = process.way, device_of(dataclasses.replace(case, way=process.way))
            if way.place is None and way.team is None and key not in self.ceilings:
                self._progress.say("measuring the ceilings")
                try:
                    self.ceilings[key] = Ceilings(**process.ask("ceilings", **case.work.arguments()))
                except Unavailable:
                    pass  # training says it
                except WorkerError as error:
                    self._progress.print(f"the limit of {way.device} is not known ({error})")
                return

    def _train(self, alive: list[Process], own: dict[Way, Measured], repeats: Repeats) -> None:
        """Prepare one minibatch size in all processes at once, then train in turns."""
        one, rounds = next(iter(own.values())), repeats.rounds
        self._progress.benchmark(one.case.title if len(own) == 1 else f"minibatch size {one.case.batch_size:,}")
        self._progress.say("compiling and warming up")
        ready: list[Process] = []
        having = [process for process in alive if process.way in own]
        for process, answer in together(having, "prepare", **self.plan.preparing(one.case)).items():
            if isinstance(answer, WorkerError):
                self._fail(alive, process, own, answer)
            else:
                own[process.way].prepared.append(answer)
                ready.append(process)
        ready = [process for process in ready if not self._is_too_long(own[process.way])]
        answers = [own[process.way].prepared[-1] for process in ready]
        expected = self.plan.expected(one.case, answers)
        left = sum(expected) * rounds
        for number in range(rounds):
            for process, seconds in zip(list(ready), expected, strict=True):
                if process not in alive:
                    continue
                turn = f"process {process.number} of {repeats.processes}"
                turn += f", round {number + 1} of {rounds}" if rounds > 1 else ""
                self._progress.say(f"{process.way.title}, {turn}" if len(own) > 1 else turn, left)
                self._round(alive, process, own, repeats.seeds(process.number)[number], len(own) > 1)
                left -= seconds
        together(alive, "free")

    def _is_too_long(self, own: Measured) -> bool:
        """Whether the rounds of a case would take too long; if so, it is skipped, and named once."""
        reason = self.plan.too_long(own.case, min(self.plan.expected(own.case, own.prepared)))
        if reason and not own.problems:
            own.problems.append(reason)
            self._progress.print(str(reason))
        return reason is not None

    def _round(self, alive: list[Process], process: Process, own: dict[Way, Measured], seed: int, settle: bool) -> None:
        if settle:
            time.sleep(SETTLE_SECONDS)
        try:
            answer = process.ask("round", seed=seed)
        except WorkerError as error:
            self._fail(alive, process, own, error)
            return
        round_ = Round.model_validate(answer["round"] | {"process": process.number, "cores": process.cores})
        own[process.way].add(answer["seconds"], round_)
        self._keep(own[process.way])

    def _fail(self, alive: list[Process], process: Process, own: dict[Way, Measured], error: WorkerError) -> None:
        """Add a problem; a process that has died is left out from now on."""
        own[process.way].problems.append(error)
        if not process.alive:
            self._deaths[process.way] = error
            if isinstance(error, Lost):
                self._progress.print(str(error))
                for other in [each for each in alive if each.way == process.way]:
                    _leave(alive, other)
                return
            self._progress.print(f"{error} Its other rounds are missing.")
            _leave(alive, process)


def waves(processes: int, ways: int, most: int | None = None) -> Iterator[range]:
    """The numbers, from 1, of the processes that are alive together, as many as memory allows for ``ways`` ways: one if
    that is unknown; ``most``: never more."""
    at_once = min(max(1, _free_bytes() // (PROCESS_BYTES * ways)), most or processes)
    for first in range(1, processes + 1, at_once):
        yield range(first, min(first + at_once, processes + 1))


@probe(0)
def _free_bytes() -> int:
    return int(psutil.virtual_memory().available)


def _leave(alive: list[Process], process: Process) -> None:
    alive.remove(process)
    process.end()
