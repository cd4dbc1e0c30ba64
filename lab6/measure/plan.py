"""What one run of ``pytest benchmarks`` measures, and on what. No framework is imported here."""

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lab6.limit import SLOTS, Ceilings, Cost, dense_cost, epoch_floor
from lab6.measure.options import OF_EPOCHS, OF_TARGETS, Options, Repeats
from lab6.measure.process import WorkerError
from lab6.measure.progress import duration
from lab6.measure.sharing import Sharing, sharings
from lab6.measure.target import Goal
from lab6.measure.way import Way
from lab6.measure.work import Data, Work
from lab6.record import Machine, Record, Round
from lab6.training import backends
from lab6.training.engines import CPU_ONLY

OWN = ("model", "model_digest", "optimizer", "optimizer_digest")
"""Fields of a record that a worker fills in for one's own network and optimizer."""

USUAL_SHAPE = (28, 28)
"""The shape of an image that a record does not name."""


class TooLong(WorkerError):
    """A benchmark is skipped because its rounds would take too long."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One benchmark: a way to train, a minibatch size, and what is trained on what.

    ``goal``: what each round trains towards, None for an epoch. ``steps``: how many it should take, by trials; None if
    unknown. ``predicted``: its seconds, by trials and epochs; None if unknown. ``is_keras_default``: whether it is
    Keras's ``fit`` at its defaults, which the others are compared with.
    """

    way: Way
    batch_size: int
    work: Work
    data: Data
    goal: Goal | None = None
    steps: float | None = dataclasses.field(default=None, compare=False)
    predicted: float | None = dataclasses.field(default=None, compare=False)
    is_keras_default: bool = dataclasses.field(default=False, compare=False)

    @property
    def workload(self) -> str:
        """What is trained, as part of a benchmark's name, so that pytest-benchmark compares only the same work."""
        images = [f"{self.data.training_images}images"] if self.data.is_part else []
        if self.goal is None:
            return "-".join([self.data.name, *images, *self.work.names()])
        return "-".join([self.data.name, *images, *self.work.names(with_rate=False), f"{self.goal.target:g}"])

    @property
    def title(self) -> str:
        """What people call it."""
        plain = f"{self.way.title} on {self.way.device}, minibatch size {self.batch_size:,}"
        return plain if self.goal is None else f"{plain} at {self.goal.learning_rate:g}, to {self.goal.target:g}"


@dataclasses.dataclass
class Measured:
    """What has been measured of a case so far. ``prepared``: each process's answer to ``prepare``."""

    case: Case
    seconds: list[float] = dataclasses.field(default_factory=list)
    rounds: list[Round] = dataclasses.field(default_factory=list)
    prepared: list[Mapping[str, Any]] = dataclasses.field(default_factory=list)
    problems: list[WorkerError] = dataclasses.field(default_factory=list)

    @property
    def is_skipped(self) -> bool:
        """Whether its rounds would take too long."""
        return any(isinstance(problem, TooLong) for problem in self.problems)

    def add(self, seconds: float, round_: Round) -> None:
        """Add a round."""
        self.seconds.append(seconds)
        self.rounds.append(round_)


@dataclasses.dataclass(frozen=True)
class Duet:
    """Fields of a :class:`lab6.record.Record` that describe the duet in which it was measured."""

    duet: str
    side: str
    played: str
    threads: int | None


@dataclasses.dataclass(frozen=True)
class Plan:
    """The options, and what they mean on this machine.

    ``root``: the folder that lab6 and the benchmarks are imported from. ``work`` and ``data``: what the options ask
    for; ``data`` is None if each test names its own. ``devices``: those to train on. ``load``: how many cores others
    kept busy before lab6 did anything; None if unknown. ``lab6_version``: of the code that trains.
    ``cluster_workers``: how many workers the cluster has; None without one.
    """

    options: Options
    root: Path
    work: Work
    data: Data | None
    devices: tuple[str, ...]
    machine: Machine
    load: float | None
    lab6_version: str
    cluster_workers: int | None = None

    def cases(self) -> Iterator[Case]:
        """Every way with every minibatch size; the size varies fastest."""
        for way in self.ways():
            assert self.data, "known before"
            for batch_size in self.options.sizes(self.data.training_images, way.workers):
                yield self.case(way, batch_size)

    def ways(self) -> Iterator[Way]:
        """Every engine on every device that it can use, with all numbers of workers and threads."""
        for engine in self.options.engines:
            only_cpu = engine in CPU_ONLY and "cpu" in self.devices
            for device in ("cpu",) if only_cpu else self.devices:
                for own in sharings(self.options, device):
                    yield self.way(engine, device, own)

    def way(self, engine: str, device: str, own: Sharing | None = None) -> Way:
        """The way to train in an ordinary run."""
        chosen = way(self.options, self.root, engine, device, own)
        return chosen if self.cluster_workers is None else chosen.of_cluster(self.cluster_workers)

    def case(self, way: Way, batch_size: int) -> Case:
        """The benchmark of a way with a minibatch size, and with the work and the data of the options."""
        assert self.data, "known before"
        return Case(way, batch_size, self.work, self.data)

    def record(self, measured: Measured, ceilings: Ceilings | None = None, duet: Duet | None = None) -> Record:
        """What is saved of a case. ``ceilings``: of its device, None if unknown. ``duet``: None in an ordinary run."""
        case, prepared = measured.case, measured.prepared[0]
        data, work = case.data, case.work
        compiling = [each["compile_seconds"] for each in measured.prepared if each["compile_seconds"] is not None]
        fields = dataclasses.asdict(duet) if duet else {}
        fields["threads"] = fields.get("threads") or case.way.threads or self.machine.intra_op_threads
        if case.way.team:
            fields |= {"workers": case.way.workers, "hosts": prepared["hosts"] if prepared["hosts"] > 1 else None}
        return Record(
            lab6_version=self.lab6_version,
            engine=case.way.engine,
            backend=case.way.backend,
            device=case.way.device,
            device_name=self._device_name(case.way.device),
            **fields,
            dataset=data.name,
            dataset_digest=data.digest,
            training_images=data.training_images,
            test_images=data.test_images,
            image_shape=None if data.shape == USUAL_SHAPE else data.shape,
            batch_size=case.batch_size,
            steps_per_epoch=prepared["steps"],
            **({"optimizer": work.optimizer} | {field: prepared[field] for field in OWN if field in prepared}),
            **_training(case, prepared),
            network=prepared["network"],
            precision=prepared["precision"],
            parameter_count=prepared["parameter_count"],
            compile_seconds=max(compiling, default=None),
            load_before=self.load,
            **_limit(case, prepared, ceilings),
            rounds=tuple(measured.rounds),
        )

    def _device_name(self, device: str) -> str | None:
        return self.machine.gpus[int(device[4:])].name if device.startswith("gpu:") else self.machine.cpu_model

    def preparing(self, case: Case) -> dict[str, Any]:
        """The arguments of the worker's command ``prepare``."""
        goal = {"goal": dataclasses.asdict(case.goal)} if case.goal else {}
        return {"batch_size": case.batch_size, "seed": self.repeats(case).seed, **case.work.arguments(), **goal}

    def repeats(self, case: Case) -> Repeats:
        """How often a case is measured in an ordinary run."""
        return self.options.repeats(OF_TARGETS if case.goal else OF_EPOCHS)

    def expected(self, case: Case, prepared: Iterable[Mapping[str, Any]]) -> list[float]:
        """The seconds that a round should take in each process, by its answer to ``prepare``."""
        share = case.steps / case.goal.steps if case.goal and case.steps else 1.0
        return [share * float(each["expected_seconds"]) for each in prepared]

    def too_long(self, case: Case, expected: float) -> TooLong | None:
        """The reason to skip a case, a round of which is expected to take so many seconds; None if it is not too
        long."""
        if expected <= self.options.longest:
            return None
        return TooLong(
            f"{case.title} is skipped: {'a run' if case.goal else 'an epoch'} would take about "
            f"{duration(expected)}, longer than --longest "
            f"{self.options.longest:g}; give --longest {math.ceil(1.2 * expected)} to measure it."
        )


def way(options: Options, root: Path, engine: str, device: str, own: Sharing | None = None) -> Way:
    """The way to train in an ordinary run with these options, by default with the first of their sharings."""
    own = own or sharings(options, device)[0]
    backend = backends.chosen()
    return Way(engine, backend, root, device, threads=own.threads, cores=own.cores, team=own.team, note=own.note)


def _training(case: Case, prepared: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record on the learning rate and the target."""
    goal = case.goal
    if goal is None:
        return {"learning_rate": case.work.learning_rate or prepared.get("learning_rate")}
    return {
        "learning_rate": goal.learning_rate,
        "target": goal.target,
        "decay_steps": goal.decay_steps,
        "evaluated_every": goal.every,
    }


def _limit(case: Case, prepared: Mapping[str, Any], ceilings: Ceilings | None) -> dict[str, Any]:
    """The fields of a record on the ceilings of its device and the floor of its epoch; none if unknown."""
    cost = prepared.get("cost")
    least = Cost(**cost) if cost else None
    if "cost" not in prepared and prepared["network"] and case.work.optimizer in SLOTS:
        least = dense_cost(prepared["network"], str(case.work.optimizer))
    if ceilings is None or least is None or case.goal:
        return {}
    floor = epoch_floor(least, case.batch_size, case.data.training_images, ceilings)
    return {
        "peak_flops_per_second": ceilings.flops_per_second,
        "peak_bytes_per_second": ceilings.bytes_per_second,
        "limit_seconds": floor.seconds,
    }
