"""``lab6 steps``: its options, its workers, and the file of its table."""

import dataclasses
import importlib.util
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

import lab6
from lab6 import paths, values
from lab6.errors import OptionError
from lab6.measure import command_line, places, planning
from lab6.measure.machine import usable_cores
from lab6.measure.options import HIDDEN, Options
from lab6.measure.plan import USUAL_SHAPE, Plan
from lab6.measure.process import Process, WorkerError, ending, together
from lab6.measure.progress import Progress
from lab6.measure.search.grid import FAMILIAR
from lab6.measure.search.journal import Journal
from lab6.measure.search.run import Order, Searching
from lab6.measure.turns import waves
from lab6.measure.way import Way
from lab6.measure.work import Data, Work
from lab6.place import Place
from lab6.training import backends
from lab6.trials import ENDING, Tried

FOLDER = Path("results") / "steps"
"""Where tables are kept, and where ``lab6 report`` looks for them."""

TREE = Path(lab6.__file__).parents[1]
"""The folder that workers import lab6 from."""

DOUBLES = tuple(2**power for power in range(13))
"""The default minibatch sizes, beside those of ``pytest benchmarks``."""

SHARED = ("batch_sizes", "dataset", "data_dir", "images", "model", "hidden", "optimizer")
"""Options that ``pytest benchmarks`` has too."""

DEVICES = r"cpu|gpu:(0|[1-9][0-9]?)"


@dataclasses.dataclass(frozen=True)
class Request:
    """The options of ``lab6 steps``. ``options``: those that ``pytest benchmarks`` has too."""

    options: Options
    targets: tuple[float, ...]
    seeds: int
    most_epochs: int
    output: Path | None

    @classmethod
    def parse(cls, given: Namespace) -> "Request":
        """Parse the command line's strings, None for an option that was left out. Raises OptionError."""
        engine = given.engine
        chosen = command_line.engines(engine, backends.chosen(), "--engine")
        if len(chosen) > 1:
            raise OptionError("--engine: the steps do not depend on the engine; give one, such as compiled.")
        devices = values.matching("--device", given.device, DEVICES, "cpu, or one such as gpu:0")
        shared = {name: getattr(given, name) for name in SHARED}
        options = command_line.parse(Namespace(**shared, devices=devices), Path.cwd())
        output = given.output
        return cls(
            dataclasses.replace(options, engines=chosen if engine else _quickest(options) or chosen),
            tuple(sorted(set(values.listed(given.targets, lambda item: values.share("--targets", item))))),
            values.whole("--seeds", given.seeds, 1, 100),
            values.whole("--most-epochs", given.most_epochs, 1, 1_000),
            None if output is None else paths.local("--output", output, "the name of a file, such as steps.jsonl,"),
        )


def run(request: Request, notes: Console) -> Path:
    """Search, and return the path of the table; progress goes to ``notes``. Raises Lab6Error.

    What is finished is kept, also if this is interrupted.
    """
    started: list[Process] = []
    with ending(started):
        with notes.status("starting"):
            plan = planning.plans(request.options, TREE, _wanted(request.options), started)[0]
            assert plan.data, "known before"
            _load(started, plan.data)
            sizes = _sizes(request.options, plan.data)
            first = min(sizes, key=lambda size: abs(size - FAMILIAR))
            built = started[0].ask("build", batch_size=first, **plan.work.arguments())
        tried = _tried(request, plan, built)
        journal = Journal(request.output or FOLDER / f"{_name(plan.data, plan.work, tried)}{ENDING}", tried)
        notes.print(_introduction(request, journal, sizes, len(started)), soft_wrap=True)
        searching = Searching(_order(request, plan, sizes, built), journal, progress := Progress(notes, None))
        try:
            with progress.live():
                searching.run(started)
        except KeyboardInterrupt:
            notes.print(f"interrupted: {journal.path} keeps {len(journal):,} trials; the same command goes on with it.")
            raise
        finally:
            journal.write()
    if unfinished := [size for size in sizes if size in searching.problems]:
        raise WorkerError(
            f"{len(unfinished)} of {len(sizes)} minibatch sizes are not finished, {unfinished[0]:,} because "
            f"{searching.problems[unfinished[0]]} The same command goes on with them."
        )
    return journal.path


def _quickest(options: Options) -> tuple[str, ...]:
    """The engine ``fused`` if it can train what the options say; otherwise nothing."""
    dense = (
        options.model is None
        and options.optimizer in ("adam", "sgd")
        and options.dataset in ("auto", "mnist", "digits")
    )
    has = importlib.util.find_spec("numba") is not None and options.devices == ("cpu",)
    return ("fused",) if dense and has else ()


def _wanted(options: Options) -> list[tuple[Way, int]]:
    """The workers: one for each core, as far as memory allows, or one on a GPU."""
    engine, device = planning.first_way(options)
    way = Way(engine, backends.chosen(), TREE, device)
    cores = places.each() if device == "cpu" else [None]
    count = min(len(next(waves(usable_cores(), 1))), len(cores))
    return [
        (dataclasses.replace(way, threads=1, cores=core) if device == "cpu" else way, number)
        for number, core in enumerate(cores[:count], start=1)
    ]


def _load(started: list[Process], data: Data) -> None:
    for process in started:
        process.started()
    for answer in together(started, "load", **data.loading()).values():
        if isinstance(answer, WorkerError):
            raise answer


def _sizes(options: Options, data: Data) -> tuple[int, ...]:
    own = options.sizes(data.training_images)
    doubles = [size for size in DOUBLES if size <= data.training_images]
    return own if options.batch_sizes else tuple(sorted({*own, *doubles}))


def _order(request: Request, plan: Plan, sizes: tuple[int, ...], built: Mapping[str, Any]) -> Order:
    assert plan.data, "known before"
    return Order(
        plan.work,
        sizes,
        plan.data.training_images,
        request.targets,
        tuple(range(request.seeds)),
        own_rate=built["learning_rate"],
        is_sgd=plan.work.optimizer == "sgd",
        most_epochs=request.most_epochs,
    )


def _tried(request: Request, plan: Plan, built: Mapping[str, Any]) -> Tried:
    data, work = plan.data, plan.work
    assert data, "known before"
    own = {
        field: built[field] for field in ("model", "model_digest", "optimizer", "optimizer_digest") if field in built
    }
    return Tried(
        lab6_version=plan.lab6_version,
        dataset=data.name,
        dataset_digest=data.digest,
        training_images=data.training_images,
        test_images=data.test_images,
        image_shape=None if data.shape == USUAL_SHAPE else data.shape,
        network=built["network"],
        **{"optimizer": work.optimizer} | own,
        parameter_count=built["parameter_count"],
        targets=request.targets,
        most_epochs=request.most_epochs,
    )


def _name(data: Data, work: Work, tried: Tried) -> str:
    """The name of a table's file, such as ``mnist-784-128-10-adam``."""
    network = work.model.name if work.model else "-".join(map(str, tried.network or HIDDEN))
    optimizer = work.optimizer.name if isinstance(work.optimizer, Place) else work.optimizer
    images = [f"{data.training_images}images"] if data.is_part else []
    return "-".join([data.name, *images, network, optimizer])


def _introduction(request: Request, journal: Journal, sizes: tuple[int, ...], workers: int) -> str:
    targets = ", ".join(f"{target:g}" for target in request.targets)
    text = (
        f"Steps to {targets} for {len(sizes)} minibatch sizes with {request.options.engines[0]}, {workers} at a time, "
        f"kept in {journal.path}"
    )
    return f"{text}, which has {journal.found:,} trials already" if journal.found else text
