"""The commands of a worker: start, load, prepare, train a round; see :mod:`lab6.measure.worker`."""

import gc
import json
import os
import pkgutil
import platform
import re
import threading
from pathlib import Path
from typing import Any

from lab6 import __version__, paths
from lab6.errors import DataError, DeviceError, Lab6Error, OptionError, first_line
from lab6.limit import PIXEL_BYTES, SLOTS
from lab6.measure import facts
from lab6.place import Place

PROTOCOL = 1
"""The version of the commands and answers: both ends must have the same."""

LEAVE_SECONDS = 0.5
"""The time in which a last answer is sent."""

OUT_OF_MEMORY = r"(?i)ResourceExhausted|RESOURCE_EXHAUSTED|out of memory"
"""How frameworks say that they cannot allocate an array."""


class Worker:
    """Each public method is a command: it takes the command's arguments, and returns the answer."""

    def __init__(self) -> None:
        self._engine: Any = None
        self._epochs: Any = None
        self._costs: dict[str, Any] = {}
        self.crew: Any = None
        """The :class:`lab6.training.together.Crew` of the workers that train together; None if this one is alone."""
        self._at: dict[str, Any] = {}
        """In a crew, which machine it is on, and which of its cores it may use."""

    def start(
        self,
        engine: str,
        backend: str,
        device: str,
        place: str | None,
        cores: list[int] | None,
        seat: dict[str, Any] | None = None,
        gpus: int = 1,
    ) -> Any:
        """Pin the process, import the framework, and describe what it sees here.

        ``seat``: a :class:`lab6.training.together.Seat` among the workers that train together; None if alone.
        ``gpus``: how many this process trains on, ``device`` and the next ones.

        The answer: ``protocol``; ``cores``, which the process may use, None if the system does not say; ``threads``
        within and across operations; ``gpus``, each a :class:`lab6.record.Gpu`; ``versions``.
        """
        if backend in ("tensorflow", "jax") and not paths.is_utf8(__file__):
            raise OptionError(
                f"{backend} cannot read the name of lab6's own folder, {Path(__file__).parents[1]}, because it is not "
                "UTF-8: move lab6 elsewhere."
            )
        if cores is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, cores)  # before the framework counts the cores
        self._name, self._device, self._place = engine, device, place
        self._backend, self._gpus = backend, gpus
        if seat:
            from lab6.training import together

            self.crew = together.join(backend, together.Seat(**seat))
        threads, seen = facts.of_framework(backend) if place else facts.of_keras()
        own = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
        if self.crew:
            self._at = {"host": platform.node(), "cores": own}
        return self._at | {
            "protocol": PROTOCOL,
            "lab6_version": __version__,
            "cores": own,
            "threads": threads,
            "gpus": seen,
            "versions": facts.versions(backend, engine, keras=not place),
            **({"rank": self.crew.rank} if self.crew else {}),
            **({"address": facts.own_address()} if self.crew and device == "cpu" else {}),
        }

    def load(self, dataset: str | dict[str, Any], digest: str, data_dir: str | None, images: int | None) -> Any:
        """Load the first ``images`` of a data set, None for all; ``dataset``: what --dataset names, or a place.

        The answer: ``name``, ``digest``, ``source``, ``training_images``, ``test_images``, ``shape`` of an image and
        ``classes``, how many.
        Raises DataError if the digest is not ``digest``; an empty one is not compared.
        """
        from lab6.training import datasets

        choice = dataset if isinstance(dataset, str) else Place(**dataset)
        loaded = datasets.load(choice, Path(data_dir) if data_dir else None).first(images)
        if digest not in ("", loaded.digest):
            raise DataError(
                f"the data set {loaded.name} has the digest {loaded.digest} in a worker, and not {digest}: run it "
                "again while nothing changes it; a function has to return the same arrays each time."
            )
        self._dataset = loaded
        gc.collect()
        gc.freeze()  # the framework's own objects, so that later collections have little to walk through
        return loaded.described()

    def describe(self, network: Any, optimizer: Any, learning_rate: float | None) -> Any:
        """Make sure that one's own network and optimizer can be trained; their names and digests, see ``prepare``."""
        from lab6.training import interface, own

        build, fresh = own.makers(self._dataset, network, optimizer, learning_rate)
        model, made = build(0), fresh()
        shape = interface.input_shape(model, self._dataset.shape, self._dataset.classes)
        interface.gives_logits(model, shape)
        interface.check_precision(model, made)
        made.build(model.trainable_variables)
        return own.described(model, made, network, optimizer)

    def ceilings(self, optimizer: Any, learning_rate: float | None = None, network: Any = None) -> Any:
        """The most that the device does: ``flops_per_second``, ``bytes_per_second``; see ``prepare``."""
        from lab6.measure import roofline
        from lab6.training import interface, own

        build, fresh = own.makers(self._dataset, network, optimizer, learning_rate)
        model = build(0)
        interface.input_shape(model, self._dataset.shape, self._dataset.classes)  # builds it
        found = roofline.measure(self._backend, self._device, own.elements(model, fresh()))
        return {"flops_per_second": found.flops_per_second, "bytes_per_second": found.bytes_per_second}

    def prepare(
        self,
        batch_size: int,
        optimizer: Any,
        learning_rate: float | None,
        seed: int,
        network: Any = None,
        goal: dict[str, Any] | None = None,
    ) -> Any:
        """Build, compile and warm up for a minibatch size.

        ``network``: the widths of hidden layers, a place, or None for the lab's network. ``optimizer``: a name or a
        place. ``learning_rate``: None for the optimizer's own. ``goal``: a :class:`lab6.measure.target.Goal` that
        rounds train towards, None for an epoch. The answer: ``compile_seconds`` (None if nothing is compiled),
        ``expected_seconds`` of a round, ``steps``, ``network`` (widths, None for one's own), ``precision``,
        ``parameter_count``, and fields of a :class:`lab6.record.Record`: ``learning_rate``, and ``model``,
        ``model_digest``, ``optimizer`` and ``optimizer_digest`` of one's own. Where a formula does not give it:
        ``cost``, a :class:`lab6.limit.Cost`, None if it is unknown.
        """
        from lab6.measure.epoch import Epochs
        from lab6.measure.target import Goal, ToTarget

        self.free()
        self._engine = self._built(batch_size, network, optimizer, learning_rate, over_epochs=goal is not None)
        agreed = {"slowest": self.crew.slowest} if self.crew else {}
        self._epochs = Epochs(self._engine, **agreed) if goal is None else ToTarget(self._engine, Goal.told(goal))
        expected = self._epochs.prepare(seed)
        seconds = {"compile_seconds": self._epochs.compile_seconds, "expected_seconds": expected}
        return seconds | self._described(network, optimizer) | self._at

    def round(self, seed: int) -> Any:
        """Time an epoch, or a run to the goal, from ``seed``: ``seconds``, and a :class:`lab6.record.Round`."""
        seconds, round_ = self._epochs.time_one(seed)
        return {"seconds": seconds, "round": round_.saved()} | self._at

    def build(self, batch_size: int, optimizer: Any, learning_rate: float | None, network: Any = None) -> Any:
        """Build and compile for trials with a minibatch size; see ``prepare``, whose answer has seconds too."""
        self.free()
        self._engine = self._built(batch_size, network, optimizer, learning_rate, over_epochs=True)
        self._engine.prepare()
        return self._described(network, optimizer)

    def trial(self, seed: int, goal: dict[str, Any]) -> Any:
        """Train what was built towards a goal: ``steps``, ``reached`` (pairs of a target and its steps),
        ``best_accuracy`` and ``diverged``."""
        from lab6.measure.target import Goal, train_to

        outcome = train_to(self._engine, Goal.told(goal), seed)
        return {
            "steps": outcome.steps,
            "reached": list(map(list, outcome.reached.items())),
            "best_accuracy": outcome.best_accuracy,
            "diverged": outcome.diverged,
        }

    def leave(self) -> Any:
        """End the process with all that train together with it, once they know."""
        threading.Timer(LEAVE_SECONDS, os._exit, [0]).start()
        return {}

    def free(self) -> Any:
        """Release what was prepared."""
        self._engine = self._epochs = None
        gc.collect()
        return {}

    def answer(self, command: dict[str, Any]) -> dict[str, Any]:
        """Carry out a command; if it fails, the answer is one sentence: ``unavailable`` or ``failed``."""
        try:
            answer: dict[str, Any] = getattr(self, command.pop("do"))(**command)
        except ImportError as error:
            return {"unavailable": f"{error.name or self._backend} is missing ({error})"}
        except Lab6Error as error:
            lacking = isinstance(error, DeviceError | OptionError)
            return {"unavailable" if lacking else "failed": str(error)}
        except Exception as error:  # whatever a framework raises fails only this command
            said = f"{type(error).__name__}: {first_line(error)[:300]}"
            if isinstance(error, MemoryError) or re.search(OUT_OF_MEMORY, said):
                said = f"there is not enough memory ({said}): leave out the largest of --batch-sizes."
            return {"failed": said}
        return answer

    def _built(
        self, batch_size: int, network: Any, optimizer: Any, learning_rate: float | None, over_epochs: bool = False
    ) -> Any:
        if self._place:
            return pkgutil.resolve_name(self._place)(self._dataset, batch_size, learning_rate)
        from lab6.training import own
        from lab6.training.engines import engine_class
        from lab6.training.engines.engine import Task

        makers = own.makers(self._dataset, network, optimizer, learning_rate)
        task = Task(*makers, self._dataset, batch_size, self._device, over_epochs, self._gpus)
        return engine_class(self._name, self._backend, self.crew is not None or self._gpus > 1)(task)

    def _described(self, network: Any, optimizer: Any) -> dict[str, Any]:
        found: dict[str, Any] = {
            "steps": self._engine.steps,
            "network": None if isinstance(network, dict) else self._engine.widths,
            "precision": self._engine.precision,
            "parameter_count": self._engine.parameter_count,
        }
        if self._place:
            return found
        from lab6.training import own

        fresh = self._engine.task.optimizer()  # with its own learning rate
        found |= own.described(self._engine.model, fresh, network, optimizer)
        if isinstance(network, dict) or optimizer not in SLOTS or self._dataset.training.pixels.itemsize > PIXEL_BYTES:
            key = json.dumps([network, optimizer])
            if key not in self._costs:
                self._costs[key] = own.cost_of(self._engine)
            found["cost"] = self._costs[key]
        return found
