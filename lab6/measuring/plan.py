"""What one run of ``pytest benchmarks`` will measure, on what, with what."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from lab6 import __version__
from lab6.limit import Ceilings, epoch_floor
from lab6.measuring import devices, machine, roofline
from lab6.measuring.epoch import Epochs
from lab6.measuring.options import OPTIMIZERS, Options
from lab6.record import Machine, Record
from lab6.training import datasets, network
from lab6.training.engines import engine_class
from lab6.training.engines.engine import Engine, Task
from lab6.training.framework import keras


@dataclasses.dataclass(frozen=True)
class Case:
    """One benchmark: how, where, and with which minibatch size."""

    engine: str
    device: str
    batch_size: int

    @property
    def title(self) -> str:
        """What a person would call it."""
        return f"{self.engine} on {self.device}, minibatch size {self.batch_size:,}"


@dataclasses.dataclass(frozen=True)
class Plan:
    """The options together with what they were found to mean on this machine.

    ``load``: how many cores others kept busy before lab6 did anything; None where that is not known.
    """

    options: Options
    devices: tuple[str, ...]
    dataset: datasets.Dataset
    machine: Machine
    load: float | None

    @classmethod
    def make(cls, options: Options, load: float | None) -> "Plan":
        """Look for the devices, then for the data set. Raises DeviceError or DataError."""
        found = devices.choose(options.devices)
        dataset = datasets.load(options.dataset, options.data_dir).first(options.images)
        return cls(options, found, dataset, machine.describe(options.machine), load)

    def cases(self) -> Iterator[Case]:
        """Every engine on every device with every minibatch size, the sizes varying fastest."""
        for engine in self.options.engines:
            for device in self.devices:
                for batch_size in self.options.batch_sizes:
                    yield Case(engine, device, batch_size)

    @property
    def workload(self) -> str:
        """What is trained, as part of a benchmark's name, so that pytest-benchmark compares like with like."""
        options = self.options
        parts = [self.dataset.name]
        if options.images:
            parts.append(f"{options.images}images")
        if (options.optimizer, options.learning_rate) != ("adam", OPTIMIZERS["adam"]):
            parts.append(f"{options.optimizer}{options.learning_rate:g}")
        return "-".join(parts)

    def build(self, case: Case) -> Engine:
        """The case's engine, with its data in place."""
        task = Task(network.build, self._optimizer, self.dataset, case.batch_size, case.device)
        return engine_class(case.engine, keras.backend.backend())(task)

    def _optimizer(self) -> keras.optimizers.Optimizer:
        """A fresh optimizer, with Keras's defaults but for the learning rate."""
        config = {"learning_rate": self.options.learning_rate}
        return keras.optimizers.get({"class_name": self.options.optimizer, "config": config})

    def record(self, case: Case, epochs: Epochs, ceilings: Ceilings | None) -> Record:
        """What is saved of the case, once its rounds are done; ``ceilings``: of its device, None where unknown."""
        engine, model = epochs.engine, epochs.engine.model
        widths = (network.INPUTS, *(layer.outputs for layer in network.dense_layers(model)))
        return Record(
            lab6_version=__version__,
            engine=case.engine,
            backend=keras.backend.backend(),
            device=case.device,
            device_name=self._device_name(case.device),
            dataset=self.dataset.name,
            dataset_digest=self.dataset.digest,
            training_images=len(self.dataset.training),
            test_images=len(self.dataset.test),
            batch_size=case.batch_size,
            steps_per_epoch=engine.steps,
            optimizer=self.options.optimizer,
            learning_rate=self.options.learning_rate,
            network=widths,
            precision=model.compute_dtype,
            parameter_count=sum(layer.parameters for layer in network.dense_layers(model)),
            compile_seconds=epochs.compile_seconds,
            load_before=self.load,
            **self.limit(case.batch_size, widths, ceilings),
            rounds=tuple(epochs.rounds),
        )

    def limit(self, batch_size: int, widths: tuple[int, ...], ceilings: Ceilings | None) -> dict[str, Any]:
        """The fields of a record that say what a device can do at most, and an epoch least; none where unknown."""
        if ceilings is None:
            return {}
        images, optimizer = len(self.dataset.training), self.options.optimizer
        return {
            "peak_flops_per_second": ceilings.flops_per_second,
            "peak_bytes_per_second": ceilings.bytes_per_second,
            "limit_seconds": epoch_floor(widths, batch_size, images, optimizer, ceilings).seconds,
        }

    def ceilings(self, device: str) -> Ceilings:
        """How much ``device`` does and moves at most, measured now."""
        widths = (network.INPUTS, *network.HIDDEN, network.OUTPUTS)
        return roofline.measure(keras.backend.backend(), device, widths, self.options.optimizer)

    def _device_name(self, device: str) -> str | None:
        return self.machine.gpus[int(device[4:])].name if device.startswith("gpu:") else self.machine.cpu_model
