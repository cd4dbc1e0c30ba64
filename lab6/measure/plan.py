"""What one run of ``pytest benchmarks`` measures, and on what. No framework is imported here."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lab6.limit import Ceilings, dense_cost, epoch_floor
from lab6.measure import places
from lab6.measure.options import OPTIMIZERS, Options
from lab6.measure.process import WorkerError
from lab6.measure.way import Way
from lab6.record import Machine, Record, Round
from lab6.training import backends, datasets
from lab6.training.engines import CPU_ONLY


@dataclasses.dataclass(frozen=True)
class Data:
    """The data set that is trained on, without its arrays, which only workers hold."""

    name: str
    digest: str
    source: str
    training_images: int
    test_images: int

    @classmethod
    def find(cls, options: Options) -> "Data":
        """Load the data set once, to make sure that it is there. Raises DataError."""
        found = datasets.load(options.dataset, options.data_dir).first(options.images)
        return cls(found.name, found.digest, found.source, len(found.training), len(found.test))


@dataclasses.dataclass(frozen=True)
class Case:
    """One benchmark: a way to train, and a minibatch size."""

    way: Way
    batch_size: int

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.way.title} on {self.way.device}, minibatch size {self.batch_size:,}"


@dataclasses.dataclass
class Measured:
    """What has been measured of a case so far. ``prepared``: each process's answer to ``prepare``."""

    case: Case
    seconds: list[float] = dataclasses.field(default_factory=list)
    rounds: list[Round] = dataclasses.field(default_factory=list)
    prepared: list[Mapping[str, Any]] = dataclasses.field(default_factory=list)
    problems: list[WorkerError] = dataclasses.field(default_factory=list)

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

    ``root``: the folder that lab6 and the benchmarks are imported from. ``devices``: those to train on. ``load``: how
    many cores others kept busy before lab6 did anything; None if unknown. ``lab6_version``: of the code that trains.
    """

    options: Options
    root: Path
    data: Data
    devices: tuple[str, ...]
    machine: Machine
    load: float | None
    lab6_version: str

    def cases(self) -> Iterator[Case]:
        """Every engine on every device that it can use, with every minibatch size; the size varies fastest."""
        for engine in self.options.engines:
            only_cpu = engine in CPU_ONLY and "cpu" in self.devices
            for device in ("cpu",) if only_cpu else self.devices:
                for batch_size in self.options.batch_sizes:
                    yield Case(way(self.options, self.root, engine, device), batch_size)

    @property
    def workload(self) -> str:
        """What is trained, as part of a benchmark's name, so that pytest-benchmark compares only the same work."""
        options = self.options
        parts = [self.data.name]
        if options.images:
            parts.append(f"{options.images}images")
        if (options.optimizer, options.learning_rate) != ("adam", OPTIMIZERS["adam"]):
            parts.append(f"{options.optimizer}{options.learning_rate:g}")
        return "-".join(parts)

    def record(self, measured: Measured, ceilings: Ceilings | None = None, duet: Duet | None = None) -> Record:
        """What is saved of a case. ``ceilings``: of its device, None if unknown. ``duet``: None in an ordinary run."""
        case, prepared = measured.case, measured.prepared[0]
        compiling = [each["compile_seconds"] for each in measured.prepared if each["compile_seconds"] is not None]
        fields = dataclasses.asdict(duet) if duet else {}
        fields["threads"] = fields.get("threads") or case.way.threads or self.machine.intra_op_threads
        return Record(
            lab6_version=self.lab6_version,
            engine=case.way.engine,
            backend=case.way.backend,
            device=case.way.device,
            device_name=self._device_name(case.way.device),
            **fields,
            dataset=self.data.name,
            dataset_digest=self.data.digest,
            training_images=self.data.training_images,
            test_images=self.data.test_images,
            batch_size=case.batch_size,
            steps_per_epoch=prepared["steps"],
            optimizer=self.options.optimizer,
            learning_rate=self.options.learning_rate,
            network=tuple(prepared["network"]),
            precision=prepared["precision"],
            parameter_count=prepared["parameter_count"],
            compile_seconds=max(compiling, default=None),
            load_before=self.load,
            **self._limit(case.batch_size, tuple(prepared["network"]), ceilings),
            rounds=tuple(measured.rounds),
        )

    def _limit(self, batch_size: int, widths: tuple[int, ...], ceilings: Ceilings | None) -> dict[str, Any]:
        """The fields of a record on the ceilings of its device and the floor of its epoch; none if unknown."""
        if ceilings is None:
            return {}
        cost = dense_cost(widths, self.options.optimizer)
        floor = epoch_floor(cost, batch_size, self.data.training_images, ceilings)
        return {
            "peak_flops_per_second": ceilings.flops_per_second,
            "peak_bytes_per_second": ceilings.bytes_per_second,
            "limit_seconds": floor.seconds,
        }

    def _device_name(self, device: str) -> str | None:
        return self.machine.gpus[int(device[4:])].name if device.startswith("gpu:") else self.machine.cpu_model

    def loading(self) -> dict[str, Any]:
        """The arguments of the worker's command ``load``."""
        folder = self.options.data_dir
        return {
            "dataset": self.data.name,
            "digest": self.data.digest,
            "data_dir": str(folder.absolute()) if folder else None,
            "images": self.data.training_images,
        }

    def preparing(self, batch_size: int) -> dict[str, Any]:
        """The arguments of the worker's command ``prepare``."""
        options = self.options
        return {
            "batch_size": batch_size,
            "optimizer": options.optimizer,
            "learning_rate": options.learning_rate,
            "seed": options.seed,
        }


def way(options: Options, root: Path, engine: str, device: str) -> Way:
    """The way to train in an ordinary run with these options."""
    threads = options.threads if isinstance(options.threads, int) else None
    return Way(engine, backends.chosen(), root, device, threads=threads, cores=places.first(threads))
