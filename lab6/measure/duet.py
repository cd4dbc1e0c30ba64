"""A duet: two sides train at the same time, each on a core of its own, in fresh processes for each pair.

What disturbs the machine disturbs both, so their ratio varies much less than their times. Sides change places from pair
to pair. Source: L. Bulej, V. Horky, P. Tuma, F. Farquet, A. Prokopec, "Duet Benchmarking: Improving Measurement
Accuracy in the Cloud", ICPE 2020. If sides cannot train at the same time (:mod:`lab6.measure.places`), they take
turns.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from lab6.measure import places
from lab6.measure.places import AT_ONCE, Places
from lab6.measure.plan import Case, Measured, Plan
from lab6.measure.process import Process, TooOld, WorkerError, ending
from lab6.measure.progress import Progress
from lab6.measure.turns import Start
from lab6.measure.way import Way
from lab6.record import Round
from lab6.training import backends

TURN_SECONDS = 1.0
"""About how long each side trains with one minibatch size in a pair."""

MOST_ROUNDS = 4
"""The most rounds of one minibatch size in a pair."""

MOST_FAILURES = 3
"""Pairs of one way that may fail before it is given up."""

BASELINE, CANDIDATE = "baseline", "candidate"


@dataclasses.dataclass(frozen=True)
class Side:
    """One side of a duet.

    ``name``: BASELINE or CANDIDATE. ``tree``: the folder that its code is imported from. ``python``: its interpreter.
    ``programs``: the folder that its compiled programs are kept in, so that all pairs but the first read them. Each
    side has its own, because a program that was read can be faster than one that was just compiled. ``commit``: the
    commit of its code, None for the working tree. ``root``: the working tree, of which ``tree`` is a copy.
    """

    name: str
    tree: Path
    python: str
    programs: str
    commit: str | None = None
    root: Path | None = None

    def way(self, engine: str, device: str, place: Places, number: int) -> Way:
        """How this side trains at the first place (0) or the second (1)."""
        seen = place.gpus[number]
        return Way(
            engine,
            backends.chosen(),
            self.tree,
            device if seen is None else "gpu:0",
            threads=place.threads,
            cores=place.cores[number],
            python=self.python,
            visible_gpus=seen,
            programs=self.programs,
            root=self.root,
        )


class Duets:
    """Plays pairs of the cases of one or several ways until every row is settled, or time is up."""

    def __init__(self, plan: Plan, sides: tuple[Side, Side], progress: Progress, start: Start = Process) -> None:
        """``sides``: baseline and candidate."""
        self.plan = plan
        self.pairs = 0
        models = [gpu.name for gpu in plan.machine.gpus]
        self.places = {device: places.choose(device, plan.options.one_threads, models) for device in plan.devices}
        """The places of the sides on each device."""
        self._sides = sides
        self._progress = progress
        self._start = start
        self._failures: dict[tuple[str, str], int] = {}

    def play(self, measured: Sequence[tuple[Measured, Measured]], settled: Callable[[], Collection[Case]]) -> None:
        """Play pairs. ``measured``: baseline and candidate of each case. ``settled``: returns, after each pair, the
        cases that need no more."""
        deadline = time.monotonic() + self.plan.options.duration
        self._failures = {}
        remaining, last = list(measured), 0.0
        while remaining and (not self.pairs or time.monotonic() + last <= deadline):
            began = time.monotonic()
            self.pairs += 1
            for group in _by_way(remaining):
                self._pair(group, deadline)
            last = time.monotonic() - began
            done = settled()
            remaining = [both for both in remaining if both[1].case not in done and not self._given_up(both[1])]

    def _given_up(self, own: Measured) -> bool:
        way = own.case.way
        return own.is_skipped or self._failures.get((way.engine, way.device), 0) >= MOST_FAILURES

    def _pair(self, group: Sequence[tuple[Measured, Measured]], deadline: float) -> None:
        """Play one pair of all sizes of a way in fresh processes, which change places in every second pair."""
        case = group[0][1].case
        place = self.places[case.way.device]
        turned = self.pairs % 2 == 0  # the first pair has the baseline at the first place
        left = max(0.0, deadline - time.monotonic())
        self._progress.benchmark(f"{case.way.title} on {case.way.device}, pair {self.pairs}")
        self._progress.say("starting both sides", left)
        alive: list[Process] = []
        waiting = list(group)
        try:
            with ending(alive):
                for number, side in enumerate(self._sides):
                    way = side.way(case.way.engine, case.way.device, place, number ^ turned)
                    alive.append(self._start(way, self.pairs))
                for process in alive:
                    process.tell("load", **case.data.loading())
                for process in alive:
                    process.started()
                    process.answer()
                while waiting:
                    self._turn(alive, waiting[0], place, turned, deadline)
                    del waiting[0]
        except WorkerError as error:
            key = (case.way.engine, case.way.device)
            self._failures[key] = MOST_FAILURES if isinstance(error, TooOld) else self._failures.get(key, 0) + 1
            self._progress.print(f"pair {self.pairs} is cut short: {error}")
            for both in waiting:
                both[1].problems.append(error)

    def _turn(
        self, alive: list[Process], both: tuple[Measured, Measured], place: Places, turned: bool, deadline: float
    ) -> None:
        """Play one minibatch size of a pair; its rounds count only if both sides have trained all of theirs."""
        size = both[1].case.batch_size
        self._progress.say(f"minibatch size {size:,}", max(0.0, deadline - time.monotonic()))
        for process in alive:
            process.tell("prepare", **self.plan.preparing(both[1].case))
        prepared = [process.answer() for process in alive]
        expected = self.plan.expected(both[1].case, prepared)
        if reason := self.plan.too_long(both[1].case, min(expected)):
            both[1].problems.append(reason)
            self._progress.print(str(reason))
            return
        rounds = self.plan.options.rounds or rounds_in_a_turn(max(expected))
        at_most = self.plan.options.rounds or MOST_ROUNDS
        seeds = dataclasses.replace(self.plan.repeats(both[1].case), rounds=at_most).seeds(self.pairs)[:rounds]
        played: list[list[dict[str, Any]]] = [[], []]
        for number, seed in enumerate(seeds):
            if place.played == AT_ONCE:
                for process in alive:
                    process.tell("round", seed=seed)
                for answers, process in zip(played, alive, strict=True):
                    answers.append(process.answer())
            else:
                for first in (0, 1) if (number + turned) % 2 == 0 else (1, 0):
                    played[first].append(alive[first].ask("round", seed=seed))
        for process in alive:
            process.ask("free")
        for own, process, answers, ready in zip(both, alive, played, prepared, strict=True):
            own.prepared.append(ready)
            for answer in answers:
                round_ = answer["round"] | {"process": self.pairs, "cores": process.cores}
                own.add(answer["seconds"], Round.model_validate(round_))


def rounds_in_a_turn(expected: float) -> int:
    """How many rounds of ``expected`` seconds fill a turn of TURN_SECONDS: at least one, at most MOST_ROUNDS."""
    return max(1, min(MOST_ROUNDS, math.ceil(TURN_SECONDS / max(expected, 1e-9))))


def _by_way(measured: Sequence[tuple[Measured, Measured]]) -> list[list[tuple[Measured, Measured]]]:
    groups: dict[Way, list[tuple[Measured, Measured]]] = {}
    for both in measured:
        groups.setdefault(both[1].case.way, []).append(both)
    return list(groups.values())
