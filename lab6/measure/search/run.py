"""Runs a search: each worker takes one minibatch size after another, and each trial is kept as soon as it ends.

Trials count steps and no seconds, so that workers train at the same time, each on a core of its own.
"""

import dataclasses
import queue
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from lab6.measure.process import Died, Process, WorkerError
from lab6.measure.progress import Progress
from lab6.measure.search.grid import Grid, Setting
from lab6.measure.search.journal import Journal
from lab6.measure.search.search import Search
from lab6.measure.work import Work
from lab6.trials import Trial, key

TRIALS = 100
"""Trials that a minibatch size takes, about, as far as the time left is estimated."""


@dataclasses.dataclass(frozen=True)
class Order:
    """What is searched, for a table that says the rest. ``own_rate``: the optimizer's own learning rate."""

    work: Work
    sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    own_rate: float


class Searching:
    """The search in several workers."""

    def __init__(self, order: Order, journal: Journal, progress: Progress) -> None:
        self.problems: dict[int, WorkerError] = {}
        """Why a minibatch size is not finished."""
        self._order, self._journal, self._progress = order, journal, progress
        self._sizes: queue.SimpleQueue[int] = queue.SimpleQueue()
        for size in sorted(order.sizes, key=weight, reverse=True):  # the longest first, so that workers end together
            self._sizes.put(size)
        self._doing: dict[int, int] = {}
        self._done: list[int] = []
        self._began = time.monotonic()

    def run(self, processes: Sequence[Process]) -> None:
        """Search until all sizes are finished, or no worker is left. Raises what a worker or the journal raised."""
        with ThreadPoolExecutor(len(processes)) as pool:
            waiting: set[Future[None]] = {pool.submit(self._work, process) for process in processes}
            try:
                while waiting:
                    done, waiting = wait(waiting, timeout=1, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
                    self._say()
            except BaseException:
                for process in processes:
                    process.end()  # so that its thread ends too
                raise
        while not self._sizes.empty():  # no worker was left
            self.problems[self._sizes.get()] = next(reversed(self.problems.values()))

    def _work(self, process: Process) -> None:
        while process.alive:
            try:
                size = self._sizes.get_nowait()
            except queue.Empty:
                return
            try:
                self._search(process, size)
            except WorkerError as error:
                self.problems[size] = error
                if not isinstance(error, Died):
                    self._progress.print(f"minibatch size {size:,}: {error}")
            self._doing.pop(size, None)
            self._done.append(size)

    def _search(self, process: Process, size: int) -> None:
        order, journal, tried = self._order, self._journal, self._journal.tried
        self._doing[size] = 0
        grid = Grid(size, tried.training_images, order.own_rate, tried.max_steps(size))
        built = False

        def ask(setting: Setting, seed: int) -> Trial:
            nonlocal built
            self._doing[size] += 1
            if found := journal.get(size, setting, seed):
                return found
            if not built:
                process.ask("build", batch_size=size, **order.work.arguments())
                built = True
            trial = _trained(process, grid, tried.targets, setting, seed)
            journal.add(trial)
            return trial

        guess = grid.guess(is_sgd=tried.optimizer == "sgd")
        Search(grid, tried.targets, order.seeds, guess, ask).run()
        found = [trial for trial in journal.trials if trial.batch_size == size]
        self._progress.print(finished(size, found, tried.targets))

    def _say(self) -> None:
        doing = dict(self._doing)
        begun = sum(weight(size) * min(count / TRIALS, 0.9) for size, count in doing.items())
        share = (begun + sum(map(weight, self._done))) / sum(map(weight, self._order.sizes))
        left = (time.monotonic() - self._began) * (1 - share) / share if share > 0.02 else 0.0
        sizes = f"{len(self._done)} of {len(self._order.sizes)} minibatch sizes done"
        now = f"now {' and '.join(f'{size:,}' for size in doing)}" if doing else "ending"
        self._progress.say(f"{sizes}, {now}; {len(self._journal):,} trials", left)


def weight(size: int) -> float:
    """How long a search for a minibatch size takes, compared with others: small ones need more steps, large ones more
    images."""
    return (1 + 8 / size) * (1 + size / 2_000)


def finished(size: int, found: Sequence[Trial], targets: Sequence[float]) -> str:
    """A line on a minibatch size that is finished."""
    least = {target: [steps for each in found if (steps := each.steps_to(target))] for target in targets}
    reached = [f"{key(target)} in {min(steps):,}" for target, steps in least.items() if steps]
    lost = sum(bool(each.diverged) for each in found)
    count = f"minibatch size {size:,}: {len(found):,} trials" + (f", {lost:,} of them diverged" if lost else "")
    if not reached:
        return f"{count}, given up: the best test accuracy was {max(each.best_accuracy for each in found):.3f}"
    return f"{count}; fewest steps of a trial: {', '.join(reached)}"


def _trained(process: Process, grid: Grid, targets: Sequence[float], setting: Setting, seed: int) -> Trial:
    every = grid.every(setting)
    goal = {
        "targets": list(targets),
        "learning_rate": setting.learning_rate,
        "decay_steps": setting.decay_steps,
        "every": every,
        "steps": setting.decay_steps or grid.max_steps,
    }
    answer: dict[str, Any] = process.ask("trial", seed=seed, goal=goal)
    return Trial(
        batch_size=grid.batch_size,
        learning_rate=setting.learning_rate,
        decay_steps=setting.decay_steps,
        seed=seed,
        evaluated_every=every,
        steps=answer["steps"],
        reached={key(target): steps for target, steps in answer["reached"]},
        best_accuracy=answer["best_accuracy"],
        diverged=answer["diverged"] or None,
    )
