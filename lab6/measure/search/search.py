"""Which settings are tried for one minibatch size: the next ones follow from the outcomes of those before.

Constant rates come first, one seed each: five powers of two around a guess, and more while the best lies at an edge.
Then, for each target, schedules that fall to zero: for each of three rates or more around the best, the shortest
schedule that reaches the target. The better half of the rates, two at least, is then tried with all seeds, and so are
the settings that took the fewest steps from one. If no constant rate reaches the lowest target, the size is given up.
"""

import dataclasses
import itertools
import math
from collections.abc import Callable, Mapping

from lab6.measure.search.grid import Grid, Setting
from lab6.trials import KERAS_SIZE, Trial

WIDENING = 6
"""The most rates that are added to those that a search begins with, and the longer schedules, in quarter octaves, that
are tried for the first of them."""

HOPE = 2
"""How much longer than the best so far the schedule of another rate may be; quarter octaves."""

DOUBT = 4
"""How much longer than for one seed a schedule may have to be for all seeds; quarter octaves."""

ROOM = 3
"""How much longer a schedule may have to be for a target than for the one before; quarter octaves."""

FEWEST = 2
"""Settings with the fewest steps from one seed that are tried with all seeds."""

Ask = Callable[[Setting, int], Trial]
"""Trains with a setting from a seed, unless that was done before."""


@dataclasses.dataclass(frozen=True)
class Search:
    """The search for one minibatch size.

    ``guess``: the power of two to begin with. ``seeds``: the first is for exploring.
    """

    grid: Grid
    targets: tuple[float, ...]
    seeds: tuple[int, ...]
    guess: int
    ask: Ask
    explored: dict[Setting, Trial] = dataclasses.field(default_factory=dict)
    """What came of each setting from the first seed."""

    def run(self) -> None:
        """Try all settings; what comes of them is kept by ``ask``."""
        constant = self._widened(range(self.guess - 2, self.guess + 3), self._constant, self.targets)
        if not any(trial.steps_to(self.targets[0]) for trial in constant.values()):
            return
        best = {target: min(constant, key=lambda power: _rank(constant[power], target)) for target in self.targets}
        usual = [0] if self.grid.batch_size == KERAS_SIZE else []
        for power, seed in itertools.product(dict.fromkeys([*best.values(), *usual]), self.seeds):
            self._constant(power, seed)
        power, length = best[self.targets[0]] + 1, None
        for target in self.targets:
            steps = constant[best[target]].steps_to(target)
            start = self.grid.length(steps) - 1 if steps else None
            if length is not None:
                start = length + ROOM if start is None else min(start, length + ROOM)
            if start is None:
                continue
            power, length = self._falling(target, power, start)

    def _falling(self, target: float, power: int, length: int) -> tuple[int, int | None]:
        """Search for the shortest schedules to a target, near a rate and a length; the best power and length."""
        lengths: dict[int, int] = {}

        def explore(power: int, seed: int) -> Trial:
            shortest = min(lengths.values(), default=None)
            begin, more = (length, WIDENING) if shortest is None else (shortest, HOPE)
            found = self._shortest(target, power, range(begin, begin + more + 1), (seed,))
            if found is not None:
                lengths[power] = found
            return self._at(power, begin if found is None else found, seed)

        tried = self._widened(range(power - 1, power + 2), explore, (target,))
        ranked = sorted(lengths, key=lambda power: _rank(tried[power], target))
        sure: dict[int, int] = {}
        for each in ranked[: max(2, math.ceil(len(ranked) / 2))]:
            longer = range(lengths[each], lengths[each] + DOUBT + 1)
            if (found := self._shortest(target, each, longer, self.seeds, down=False)) is not None:
                sure[each] = found
        for setting in sorted(self.explored, key=lambda own: _rank(self.explored[own], target))[:FEWEST]:
            for seed in self.seeds:
                self._try(setting, seed)
        known = sure or lengths
        return min(known, key=lambda power: known[power], default=power), min(known.values(), default=None)

    def _widened(
        self, powers: range, explore: Callable[[int, int], Trial], targets: tuple[float, ...]
    ) -> Mapping[int, Trial]:
        """A trial for each of ``powers``, and for more while the best for a target lies at an edge."""
        tried = {power: explore(power, self.seeds[0]) for power in powers}
        for _ in range(WIDENING):
            best = {min(tried, key=lambda power: _rank(tried[power], target)) for target in targets}
            beyond = [edge + way for edge, way in ((min(tried), -1), (max(tried), 1)) if edge in best]
            if not beyond:
                break
            tried |= {power: explore(power, self.seeds[0]) for power in beyond}
        return tried

    def _shortest(
        self, target: float, power: int, lengths: range, seeds: tuple[int, ...], down: bool = True
    ) -> int | None:
        """The shortest of ``lengths`` at which all ``seeds`` reach the target, or a shorter one; None if none does."""

        def reaches(length: int) -> bool:
            return all(self._at(power, length, seed).steps_to(target) is not None for seed in seeds)

        length = lengths[0]
        if reaches(length):
            while down and self.grid.steps(length - 1) > 1 and reaches(length - 1):
                length -= 1
            return length
        possible = (each for each in lengths[1:] if self.grid.steps(each) <= self.grid.max_steps)
        return next(filter(reaches, possible), None)

    def _constant(self, power: int, seed: int) -> Trial:
        return self._try(Setting(self.grid.rate(power)), seed)

    def _at(self, power: int, length: int, seed: int) -> Trial:
        return self._try(Setting(self.grid.rate(power), self.grid.steps(length)), seed)

    def _try(self, setting: Setting, seed: int) -> Trial:
        trial = self.ask(setting, seed)
        if seed == self.seeds[0]:
            self.explored[setting] = trial
        return trial


def _rank(trial: Trial, target: float) -> tuple[float, float]:
    """Trials in order: the fewest steps to the target first, then the most accurate of those that did not reach it."""
    return trial.steps_to(target) or math.inf, -trial.best_accuracy
