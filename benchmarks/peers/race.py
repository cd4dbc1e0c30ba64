"""All ways train one minibatch size, taking turns: the first round of each, then the second of each, and so on.

So whatever disturbs the machine for a while meets all of them. Only one trains at a time; the others sleep.
"""

import dataclasses
import itertools
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from benchmarks.peers import learning
from benchmarks.peers.peer import WIDTHS, Unavailable
from benchmarks.peers.process import Process, WorkerError
from benchmarks.peers.ways import REFERENCE, Way
from lab6 import __version__
from lab6.errors import Lab6Error
from lab6.limit import Ceilings
from lab6.measuring.progress import Progress
from lab6.record import Record, Round

if TYPE_CHECKING:
    from lab6.measuring.plan import Plan

SETTLE_SECONDS = 0.3
"""Before each round: what a way leaves behind (cores that wait awake, threads that spin) makes the epoch after it up to
a tenth faster, which would be luck of the order."""


@dataclasses.dataclass
class Runner:
    """One way in the race for one minibatch size, and what it has done so far."""

    way: Way
    batch_size: int
    seconds: list[float] = dataclasses.field(default_factory=list)
    rounds: list[Round] = dataclasses.field(default_factory=list)
    steps: int = 0
    compile_seconds: float | None = None
    problem: Lab6Error | None = None
    """Why it has not finished: Unavailable or WorkerError."""

    def record(self, plan: "Plan", ceilings: Ceilings | None) -> Record:
        """What is saved of it; ``ceilings``: of this machine's CPU, None where unknown."""
        dataset, options = plan.dataset, plan.options
        return Record(
            lab6_version=__version__,
            engine=self.way.engine,
            backend=self.way.backend,
            device="cpu",
            device_name=plan.machine.cpu_model,
            dataset=dataset.name,
            dataset_digest=dataset.digest,
            training_images=len(dataset.training),
            test_images=len(dataset.test),
            batch_size=self.batch_size,
            steps_per_epoch=self.steps,
            optimizer=options.optimizer,
            learning_rate=options.learning_rate,
            network=WIDTHS,
            precision="float32",
            parameter_count=sum((inputs + 1) * outputs for inputs, outputs in itertools.pairwise(WIDTHS)),
            compile_seconds=self.compile_seconds,
            load_before=plan.load,
            **plan.limit(self.batch_size, WIDTHS, ceilings),
            rounds=tuple(self.rounds),
        )


class Races:
    """Starts each way's process once, when it is first needed, and keeps it for all minibatch sizes."""

    def __init__(self, plan: "Plan", progress: Progress, keep: Callable[[Runner], None]) -> None:
        """``keep`` is called after each finished round."""
        self.plan = plan
        self.progress = progress
        self.keep = keep
        self._processes: dict[str, Process] = {}
        self._unavailable: dict[str, Unavailable] = {}

    def run(self, runners: Sequence[Runner], rounds: int) -> None:
        """Let all of them prepare, then train ``rounds`` rounds in turns; one that fails is out of this race."""
        with self.progress.benchmark(f"minibatch size {runners[0].batch_size:,}"):
            for runner in runners:
                self._attempt(runner, self._prepare)
            for number in range(1, rounds + 1):
                for runner in runners:
                    self.progress.say(f"round {number} of {rounds}, {runner.way.name}")
                    self._attempt(runner, self._round)
            for runner in runners:
                self._attempt(runner, self._free)

    def end(self) -> None:
        """End all processes."""
        for process in self._processes.values():
            process.end()
        self._processes.clear()

    def _attempt(self, runner: Runner, do: Callable[[Runner], None]) -> None:
        if runner.problem is not None:
            return
        try:
            do(runner)
        except (Unavailable, WorkerError) as error:
            runner.problem = error
            if isinstance(error, Unavailable):
                self._unavailable[runner.way.name] = error
            if process := self._processes.pop(runner.way.name, None):
                process.end()  # the next minibatch size starts another

    def _prepare(self, runner: Runner) -> None:
        if runner.way.name in self._unavailable:
            raise self._unavailable[runner.way.name]
        self.progress.say(f"preparing {runner.way.name}")
        options = self.plan.options
        answer = self._process(runner.way).ask(
            "prepare",
            batch_size=runner.batch_size,
            seeds=list(options.seeds),
            learning_rate=options.learning_rate,
        )
        runner.steps, runner.compile_seconds = answer["steps"], answer["compile_seconds"]

    def _round(self, runner: Runner) -> None:
        time.sleep(SETTLE_SECONDS)
        answer = self._process(runner.way).ask("round")
        runner.seconds.append(answer["seconds"])
        runner.rounds.append(Round.model_validate(answer["round"]))
        self.keep(runner)

    def _free(self, runner: Runner) -> None:
        self._process(runner.way).ask("free")

    def _process(self, way: Way) -> Process:
        """The process of ``way``, with the data loaded."""
        if way.name not in self._processes:
            self._processes[way.name] = process = Process(way)
            dataset, folder = self.plan.dataset, self.plan.options.data_dir
            process.ask(
                "load",
                dataset=dataset.name,
                digest=dataset.digest,
                data_dir=str(folder) if folder else None,
                images=len(dataset.training),
            )
        return self._processes[way.name]


def verdicts(runners: Sequence[Runner], plan: "Plan") -> dict[str, str]:
    """A sentence for each way that finished and did not learn as lab6's ``compiled`` did."""
    records = {runner.way.name: runner.record(plan, None) for runner in runners if runner.rounds and not runner.problem}
    return learning.differences(records, REFERENCE)
