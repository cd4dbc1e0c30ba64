"""``lab6 noise-scale``: parse, train and measure, print, draw."""

import dataclasses
import json
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from lab6 import values
from lab6.errors import OptionError
from lab6.measure import command_line
from lab6.measure.options import Options
from lab6.measure.plan import USUAL_SHAPE
from lab6.measure.progress import Progress
from lab6.measure.work import Work
from lab6.noise import scale, words
from lab6.noise.fitted import fitted
from lab6.noise.scale import Found
from lab6.place import Place
from lab6.render import console as terminal
from lab6.render.cells import INTERVAL
from lab6.render.table import records
from lab6.training.backends import BACKENDS
from lab6.training.engines import available

OUTPUT = Path("build") / "noise-scale"
"""The default folder of the picture."""

FORMATS = ("table", "json")
MOST_EPOCHS = 1_000
ENGINE = "compiled"


@dataclasses.dataclass(frozen=True)
class Request:
    """The options of ``lab6 noise-scale``. ``epochs``: how long each of the ``seeds`` is trained; may be a part of one.

    ``options``: those that ``pytest benchmarks`` has too. ``output``: the folder of the picture, None for no picture.
    """

    options: Options
    batch_size: int
    epochs: float
    seeds: int
    form: str
    output: Path | None

    @classmethod
    def parse(cls, given: Namespace) -> "Request":
        """Parse the options as they were typed, None for what was left out. Raises OptionError."""
        form = values.one_of("--format", given.form, FORMATS)
        folder = values.folder("--output", given.output, OUTPUT) or (OUTPUT if form == "table" else None)
        options = command_line.parse(given, Path.cwd())
        if options.engines != (ENGINE,):
            has = " or ".join(name for name in BACKENDS if ENGINE in available(name))
            raise OptionError(
                f"the noise scale needs the engine {ENGINE}, which this KERAS_BACKEND lacks: set it to {has}."
            )
        return cls(
            options=options,
            batch_size=values.whole("--batch-size", given.batch_size, 1, command_line.MOST_IMAGES),
            epochs=_epochs(given.epochs),
            seeds=values.whole("--seeds", given.seeds, 1, 1_000),
            form=form,
            output=folder,
        )


def run(request: Request, console: Console, notes: Console) -> None:
    """Measure, print on ``console``, and draw. Raises OptionError and DataError."""
    found = find(request, notes)
    if request.form == "json":
        console.file.write(json.dumps(document(found), indent=1, allow_nan=False) + "\n")
    else:
        show(console, found)
    if request.output:
        from lab6.noise import figure  # matplotlib takes seconds to import
        from lab6.render.picture import write, writing

        drawn = figure.picture(found)
        with notes.status("drawing"), writing(request.output):
            write(drawn, request.output)
        terminal.say(console if request.form == "table" else notes, f"\nThe picture: {request.output / drawn.name}.svg")


def find(request: Request, notes: Console) -> Found:
    """Train from each seed, and measure at the checkpoints; progress goes to ``notes``."""
    with notes.status("loading"):
        from lab6.training import noise, own  # import the framework, which takes seconds

        engine = _engine(request)
    rate = own.learning_rate(engine.task.optimizer())
    assert rate is not None, "an engine over several epochs refuses schedules"
    critical = fitted(_identity(engine, request.options))
    steps = max(1, round(request.epochs * engine.images / request.batch_size))
    progress = Progress(notes, request.seeds)
    with progress.live():
        progress.say("compiling")
        engine.prepare()
        rows = list(_checkpoints(engine, request.seeds, rate, steps, progress))
    return Found(_work(request, engine, rate), pd.DataFrame(rows), tuple(noise.warnings(engine.model)), critical)


def _engine(request: Request) -> Any:
    """What trains as the options ask. Raises OptionError and DataError."""
    from lab6.training import datasets, own
    from lab6.training.engines import engine_class
    from lab6.training.engines.engine import Task
    from lab6.training.framework import keras

    options = request.options
    data = datasets.load(_here(options.dataset), options.data_dir).first(options.images)
    values.whole("--batch-size", str(request.batch_size), 1, len(data.training))
    asked = {"network": None} | _asked(options)
    task = Task(*own.makers(data, **asked), data, request.batch_size, over_epochs=True)
    return engine_class(ENGINE, keras.backend.backend())(task)


def _asked(options: Options) -> dict[str, Any]:
    """The network and the optimizer, as :func:`lab6.training.own.makers` takes them."""
    return Work(options.hidden, _here(options.model), _here(options.optimizer), options.learning_rate).arguments()


def _identity(engine: Any, options: Options) -> dict[str, object]:
    """The fields :data:`lab6.trials.WORK` of what is trained, as the tidy frame writes them."""
    from lab6.training import own

    asked, data = {"network": None} | _asked(options), engine.task.dataset
    told = asked | own.described(engine.model, engine.task.optimizer(), asked["network"], asked["optimizer"])
    return {
        "dataset_digest": data.digest,
        "training_images": engine.images,
        "image_shape": None if data.shape == USUAL_SHAPE else " x ".join(map(str, data.shape)),
        "network": told.get("model") or "-".join(map(str, engine.widths)),
        "model_digest": told.get("model_digest"),
        "optimizer": told["optimizer"],
        "optimizer_digest": told.get("optimizer_digest"),
    }


def _work(request: Request, engine: Any, rate: float) -> scale.Work:
    options, data = request.options, engine.task.dataset
    network = options.model.title if options.model else "-".join(map(str, engine.widths))
    optimizer = options.optimizer.title if isinstance(options.optimizer, Place) else options.optimizer
    return scale.Work(network, data.name, engine.images, optimizer, rate, request.batch_size, request.seeds)


def _checkpoints(engine: Any, seeds: int, rate: float, steps: int, progress: Progress) -> Iterator[dict[str, Any]]:
    """The checkpoints of each seed in turn, as rows."""
    from lab6.training import noise

    start, every = time.perf_counter(), len(noise.checkpoints(steps))
    done = 0

    def tell(step: int) -> None:
        left = (time.perf_counter() - start) * (seeds * every - done) / done if done else 0
        progress.say(f"{step * engine.task.batch_size:,} images", left)

    for seed in range(seeds):
        progress.benchmark(f"seed {seed}")
        for found in noise.along(engine, seed, rate, steps, tell):
            done += 1
            yield dataclasses.asdict(found)


def show(console: Console, found: Found) -> None:
    """Print what was found."""
    terminal.answer(console, words.headline(found), words.sentences(found))
    terminal.titled(console, words.table(found), INTERVAL)
    console.print(Text(f"\n{words.work(found)}"))
    console.print(Text(words.EXPLANATION, style="dim"))


def document(found: Found) -> dict[str, Any]:
    """What ``--format json`` prints; null for unknown values."""
    return {
        "answer": words.headline(found),
        "reasons": words.sentences(found),
        **dataclasses.asdict(found.work),
        "published": words.PUBLISHED if found.work.dataset == words.PUBLISHED_DATASET else None,
        "fitted": dataclasses.asdict(found.fitted) if found.fitted else None,
        "checkpoints": records(found.summary),
        "each_seed": records(found.checkpoints),
    }


def _epochs(text: str) -> float:
    epochs = values.positive("--epochs", text)
    if epochs > MOST_EPOCHS:
        raise OptionError(f"--epochs: {text[:60]!r} is not allowed; give a number up to {MOST_EPOCHS:,}.")
    return epochs


def _here(choice: Any) -> Any:
    """The same with the folder of a place written out, since this process imports it."""
    if not isinstance(choice, Place):
        return choice
    return dataclasses.replace(choice, folder=str(Path.cwd() / (choice.folder or "")))
