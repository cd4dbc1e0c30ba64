"""The commands that train, or explain training."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lab6 import values
from lab6.cli.consoles import consoles
from lab6.errors import OptionError
from lab6.place import FORMS, Place

WIDEST = 4_096
"""Units in a hidden layer."""

Hidden = Annotated[str, typer.Option(help="Widths of the hidden layers, such as 128 or 256,64.", metavar="LIST")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the initial parameters.")]


def parameters(
    hidden: Annotated[
        str | None, typer.Option(metavar="LIST", help="Widths of the hidden layers, such as 256,64. Default: 128.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="PLACE", help=f"Your own network: a function that returns it, {FORMS}.")
    ] = None,
) -> None:
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


def steps(
    batch_sizes: Annotated[
        str | None,
        typer.Option(
            metavar="LIST", help="Minibatch sizes. Default: 1, 2, 4, ... 4,096 and those of pytest benchmarks."
        ),
    ] = None,
    targets: Annotated[str, typer.Option(metavar="LIST", help="Test accuracies to reach.")] = "0.95,0.97,0.98",
    seeds: Annotated[str, typer.Option(metavar="N", help="Seeds that a good setting is trained from.")] = "5",
    most_epochs: Annotated[
        str, typer.Option(metavar="N", help="Epochs after which a trial with a constant learning rate ends.")
    ] = "12",
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME", help="The data set, as for pytest benchmarks. Default: auto.")
    ] = None,
    data_dir: Annotated[
        str | None, typer.Option(metavar="DIR", help="A folder with MNIST's files. Default: LAB6_DATA_DIR.")
    ] = None,
    images: Annotated[
        str | None, typer.Option(metavar="N", help="Train on the first N images only. Default: all.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="PLACE", help=f"Your own network: a function that returns it, {FORMS}.")
    ] = None,
    hidden: Annotated[
        str | None, typer.Option(metavar="LIST", help="Widths of the hidden layers, such as 256,64. Default: 128.")
    ] = None,
    optimizer: Annotated[
        str | None, typer.Option(metavar="NAME", help=f"Keras's name of it, or a function, {FORMS}. Default: adam.")
    ] = None,
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
    """Count the steps to a test accuracy for each minibatch size, at the learning rates that suit it; takes minutes."""
    from lab6.measure.search import command  # imports what a run imports, which takes a moment

    given = {
        "batch_sizes": batch_sizes,
        "dataset": dataset,
        "data_dir": data_dir,
        "images": images,
        "model": model,
        "hidden": hidden,
        "optimizer": optimizer,
    }
    request = command.Request.parse(given, engine, device, targets, seeds, most_epochs, output)
    console, notes = consoles()
    try:
        path = command.run(request, notes)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    console.print(f"The table: {path}", soft_wrap=True)


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
