"""The commands that train, or explain training."""

import dataclasses
import json
from argparse import Namespace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lab6 import trials, values
from lab6.cli.consoles import consoles
from lab6.errors import OptionError
from lab6.place import FORMS, Place

WIDEST = 4_096
"""Units in a hidden layer."""

Hidden = Annotated[str, typer.Option(help="Widths of the hidden layers, such as 128 or 256,64.", metavar="LIST")]
OtherHidden = Annotated[
    str | None, typer.Option(metavar="LIST", help="Widths of the hidden layers, such as 256,64. Default: 128.")
]
Model = Annotated[
    str | None, typer.Option(metavar="PLACE", help=f"Your own network: a function that returns it, {FORMS}.")
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the initial parameters.")]
DataSet = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="auto, mnist, digits, or your own, as for pytest benchmarks. Default: auto."),
]
DataDir = Annotated[
    str | None, typer.Option(metavar="DIR", help="A folder with MNIST's files. Default: LAB6_DATA_DIR.")
]
Images = Annotated[str | None, typer.Option(metavar="N", help="Train on the first N images only. Default: all.")]
Optimizer = Annotated[
    str | None, typer.Option(metavar="NAME", help="A name of Keras, or a function that returns it. Default: adam.")
]


def parameters(hidden: OtherHidden = None, model: Model = None) -> None:
    """Count the network's parameters, with the arithmetic written out."""
    if hidden is not None and model is not None:
        raise OptionError("--hidden and --model name two networks: give one of them.")
    widths = values.listed("128" if hidden is None else hidden, lambda item: values.whole("--hidden", item, 1, WIDEST))
    here = Path.cwd()
    own = None if model is None else Place.parse("--model", model, here)
    from lab6.training import counting  # imports Keras, which takes seconds

    if own:
        own = dataclasses.replace(own, folder=str(here / (own.folder or "")))
    Console(highlight=False).print(counting.of_place(own) if own else counting.parameters(widths))


def gradient(
    hidden: Hidden = "128",
    seed: Seed = 0,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
) -> None:
    """Show what tape.gradient(loss, parameters) takes and does, and check it against finite differences."""
    widths = values.listed(hidden, lambda item: values.whole("--hidden", item, 1, WIDEST))
    values.one_of("--format", form, ("table", "json"))
    from lab6.training import explain  # imports TensorFlow, which takes seconds

    found = explain.explain_gradient(widths, seed)
    if form == "json":
        typer.echo(json.dumps(dataclasses.asdict(found), indent=1))
        return
    for part in explain.gradient(found):
        Console(highlight=False).print(part)


def noise_scale(
    batch_size: Annotated[str, typer.Option(metavar="N", help="Minibatch size to train with.")] = "32",
    epochs: Annotated[str, typer.Option(metavar="X", help="How long to train, such as 3 or 0.5.")] = "3",
    seeds: Annotated[
        str, typer.Option(metavar="N", help="Trainings, each from a seed of its own; three or more give intervals.")
    ] = "10",
    model: Model = None,
    hidden: OtherHidden = None,
    optimizer: Optimizer = None,
    learning_rate: Annotated[
        str | None, typer.Option(metavar="RATE", help="The optimizer's step size. Default: the optimizer's own.")
    ] = None,
    dataset: DataSet = None,
    data_dir: DataDir = None,
    images: Images = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="DIR", help="Folder of the picture. Default: build/noise-scale."),
    ] = None,
    form: Annotated[
        str,
        typer.Option("--format", metavar="FORMAT", help="table; or json, with a picture only if --output asks."),
    ] = "table",
) -> None:
    """Measure the gradient noise scale along training: up to which minibatch size larger ones save steps."""
    given = Namespace(**locals())
    from lab6.noise import command  # imports pandas, which takes a second

    command.run(command.Request.parse(given), *consoles())


def steps(
    batch_sizes: Annotated[
        str | None,
        typer.Option(
            metavar="LIST", help="Minibatch sizes. Default: 1, 2, 4, ... 4,096 and those of pytest benchmarks."
        ),
    ] = None,
    targets: Annotated[
        str | None,
        typer.Option(
            metavar="LIST", help="Test accuracies to reach. Default: 0.95,0.97,0.98; for digits 0.85,0.88,0.9."
        ),
    ] = None,
    seeds: Annotated[str, typer.Option(metavar="N", help="Seeds that a good setting is trained from.")] = "5",
    max_epochs: Annotated[
        str, typer.Option(metavar="N", help="Epochs after which a trial with a constant learning rate ends.")
    ] = "12",
    model: Model = None,
    hidden: OtherHidden = None,
    optimizer: Optimizer = None,
    dataset: DataSet = None,
    data_dir: DataDir = None,
    images: Images = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="How to train; the steps do not depend on it. Default: the fastest that can."
        ),
    ] = None,
    device: Annotated[str, typer.Option(metavar="NAME", help="cpu, or one such as gpu:0.")] = "cpu",
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The table. Default: results/steps/NAME.jsonl."),
    ] = None,
) -> None:
    """Count the steps to a test accuracy for each minibatch size, at the learning rates that suit it; takes long."""
    given = Namespace(**locals())
    from lab6.measure.search import command  # imports what a run imports, which takes a moment

    console, notes = consoles()
    try:
        path = command.run(command.Request.parse(given), notes)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    from lab6.render import console as terminal  # imports pandas, which takes a second
    from lab6.target import tables

    terminal.show(console, tables.counted(trials.read(path)))
    console.print(f"\nThe table: {path}", soft_wrap=True)


def roofline(
    device: Annotated[str, typer.Option(metavar="NAME", help="cpu, or one such as gpu:0.")] = "cpu",
    batch_sizes: Annotated[
        str, typer.Option(metavar="LIST", help="Minibatch sizes, such as 1,10,100.")
    ] = "1,10,100,1000,60000",
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
) -> None:
    """Measure this machine's ceilings, and show the least time that an epoch can take with each minibatch size."""
    from lab6.measure import roofline_command  # imports pydantic, which takes a moment

    request = roofline_command.Request.parse(device, batch_sizes, form)
    roofline_command.run(request, *consoles())
