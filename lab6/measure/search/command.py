"""``lab6 steps``: its options, its workers, and the file of its table."""

import dataclasses
import importlib.util
from argparse import Namespace
from pathlib import Path

from rich.console import Console

import lab6
from lab6 import paths, values
from lab6.errors import OptionError, ResultsError
from lab6.measure import command_line, places, planning
from lab6.measure.machine import usable_cores
from lab6.measure.options import Options
from lab6.measure.process import Process, WorkerError, ending, together
from lab6.measure.progress import Progress
from lab6.measure.search import described
from lab6.measure.search.journal import Journal
from lab6.measure.search.run import Order, Searching
from lab6.measure.turns import waves
from lab6.measure.way import Way
from lab6.measure.work import Data
from lab6.training import backends
from lab6.trials import FOLDER, KERAS_SIZE

TREE = Path(lab6.__file__).parents[1]
"""The folder that workers import lab6 from."""

DOUBLES = tuple(2**power for power in range(13))
"""The default minibatch sizes, beside those of ``pytest benchmarks``."""

TARGETS = {"digits": (0.85, 0.88, 0.9)}
"""The default targets of data sets on which the usual ones are out of reach."""

USUAL_TARGETS = (0.95, 0.97, 0.98)

SHARED = ("batch_sizes", "dataset", "data_dir", "images", "model", "hidden", "optimizer")
"""Options that ``pytest benchmarks`` has too."""

DEVICES = r"cpu|gpu:(0|[1-9][0-9]?)"


@dataclasses.dataclass(frozen=True)
class Request:
    """The options of ``lab6 steps``.

    ``options``: those that ``pytest benchmarks`` has too. ``targets``: None for the usual ones of the data set.
    """

    options: Options
    targets: tuple[float, ...] | None
    seeds: int
    max_epochs: int
    output: Path | None

    @classmethod
    def parse(cls, given: Namespace) -> "Request":
        """Parse the command line's strings, None for an option that was left out. Raises OptionError."""
        engine = given.engine
        chosen = command_line.engines(engine, backends.chosen(), "--engine")
        if len(chosen) > 1:
            raise OptionError("--engine: the steps do not depend on the engine; give one, such as compiled.")
        if chosen == ("fit",):
            raise OptionError(
                "--engine: fit cuts other minibatches than the other engines; give compiled, or fused or tape where "
                "KERAS_BACKEND has them."
            )
        devices = values.matching("--device", given.device, DEVICES, "cpu, or one such as gpu:0")
        shared = {name: getattr(given, name) for name in SHARED}
        options = command_line.parse(Namespace(**shared, devices=devices), Path.cwd())
        output = given.output
        return cls(
            dataclasses.replace(options, engines=chosen if engine else _quickest(options) or chosen),
            None if given.targets is None else _targets(given.targets),
            values.whole("--seeds", given.seeds, 1, 100),
            values.whole("--max-epochs", given.max_epochs, 1, 1_000),
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
            targets = request.targets or TARGETS.get(plan.data.name, USUAL_TARGETS)
            _load(started, plan.data)
            sizes = _sizes(request.options, plan.data)
            first = min(sizes, key=lambda size: abs(size - KERAS_SIZE))
            built = started[0].ask("build", batch_size=first, **plan.work.arguments())
        header = described.header(plan, built, targets, request.max_epochs)
        name = described.file_name(plan.data, plan.work, header, usual=request.targets is None)
        journal = Journal(request.output or FOLDER / name, header)
        notes.print(_introduction(request, journal, sizes, len(started)), soft_wrap=True)
        order = Order(plan.work, sizes, tuple(range(request.seeds)), own_rate=built["learning_rate"])
        searching = Searching(order, journal, progress := Progress(notes, None))
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
            f"{len(unfinished)} of {len(sizes)} minibatch sizes are not finished ({unfinished[0]:,}: "
            f"{str(searching.problems[unfinished[0]]).rstrip('.')}): run the same command again to go on with them."
        )
    _check_reached(journal)
    return journal.path


def _targets(text: str) -> tuple[float, ...]:
    """Test accuracies, from the lowest to the highest. Raises OptionError."""
    return tuple(sorted(set(values.listed(text, lambda item: values.share("--targets", item)))))


def _check_reached(journal: Journal) -> None:
    """Raise ResultsError, which says what came closest, if no trial has reached the lowest target."""
    lowest, found = journal.tried.targets[0], journal.trials
    if not any(trial.steps_to(lowest) for trial in found):
        closest = max(found, key=lambda trial: trial.best_accuracy)
        raise ResultsError(
            f"no trial reached {lowest:g} within {journal.tried.max_epochs} epochs; minibatch size "
            f"{closest.batch_size:,} at {closest.learning_rate:g} came closest, with {closest.best_accuracy:.3f}: give "
            "lower --targets, or more --max-epochs."
        )


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


def _introduction(request: Request, journal: Journal, sizes: tuple[int, ...], workers: int) -> str:
    targets = ", ".join(f"{target:g}" for target in journal.tried.targets)
    count = "1 minibatch size" if len(sizes) == 1 else f"{len(sizes)} minibatch sizes"
    text = (
        f"Steps to {targets} for {count} with {request.options.engines[0]}, {workers} at a time, kept in {journal.path}"
    )
    return f"{text}, which has {journal.found:,} trials already" if journal.found else text
