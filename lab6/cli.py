"""The ``lab6`` command: a table of contents. Parse, call, print."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lab6 import __version__, values
from lab6.errors import OptionError, skipping_advised
from lab6.place import FORMS, Place

app = typer.Typer(
    help="Which minibatch size gives the most accuracy for the time spent, on this machine? "
    "`pytest benchmarks --benchmark-save` measures it, `lab6 report` answers, the other commands explain.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

WIDEST = 4_096
"""Units in a hidden layer."""

Hidden = Annotated[str, typer.Option(help="Widths of the hidden layers, such as 128 or 256,64.", metavar="LIST")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the initial parameters.")]
Results = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files, folders and globs of saved runs, also on other stores (s3://...), or lab-report, the numbers "
        "that the lab's own report gave. Default: results.",
        metavar="[RESULTS]...",
        show_default=False,
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FIELD=VALUE", help="Keep only these, such as engine=compiled or batch_size=10,100. Repeatable."
    ),
]
MinimumEffect = Annotated[
    str, typer.Option(metavar="X", help="The smallest change of time or error that matters to a check, such as 2%.")
]
AllowDiffering = Annotated[
    str | None, typer.Option(metavar="FIELDS", help="What of the machine may differ in a check, such as python,keras.")
]
SKIP_BAD = "--skip-bad"
SkipBad = Annotated[bool, typer.Option(SKIP_BAD, help="Leave out files that cannot be read, and say which.")]


@app.command()
def report(
    places: Results = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Folder for report.html and figures/. Default: build/report."
        ),
    ] = None,
    tolerance: Annotated[
        str, typer.Option(metavar="X", help="How much less accurate than the best the size to start with may be.")
    ] = "0.01",
    budget: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="Also name the most accurate size within that time.")
    ] = None,
    accuracy: Annotated[
        str, typer.Option(metavar="NAME", help="Which to judge by: test, training, or auto: test if all have it.")
    ] = "auto",
    where: Where = None,
    skip_bad: SkipBad = False,
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="FORMAT", help="table; or json, markdown, csv, with a page only if --output asks."
        ),
    ] = "table",
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    check_against: Annotated[
        str | None,
        typer.Option(metavar="BASELINE", help="Check these runs against saved ones of their machine too."),
    ] = None,
    minimum_effect: MinimumEffect = "2%",
    allow_differing: AllowDiffering = None,
) -> None:
    """Show which minibatch size to start with: a page with pictures, and a table here."""
    from lab6.check.check import Terms
    from lab6.report import command, formats  # import pandas, which takes a second

    values.one_of("--format", form, formats.FORMATS)
    folder = values.folder("--output", output, command.OUTPUT)
    request = command.Request(
        places=tuple(places or ()),
        conditions=tuple(where or ()),
        question=command.Question(
            accuracy=values.one_of("--accuracy", accuracy, command.ACCURACIES),
            tolerance=values.fraction("--tolerance", tolerance),
            budget=None if budget is None else values.positive("--budget", budget),
        ),
        skip_bad=skip_bad,
        form=form,
        output=folder or (command.OUTPUT if form == "table" or show else None),
        show=show,
        against=check_against,
        terms=Terms.of(minimum_effect, allow_differing),
    )
    with skipping_advised("" if check_against else SKIP_BAD):  # nothing skips a damaged baseline
        command.report(request, *_consoles())


@app.command()
def combine(
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The archive: a .parquet file.")],
    places: Results = None,
    skip_bad: SkipBad = False,
) -> None:
    """Put saved runs into one Parquet file, which lab6 reads like the original files."""
    from lab6.report import command  # imports pandas, which takes a second

    with skipping_advised(SKIP_BAD):
        command.combine(places or [], output, skip_bad, *_consoles())


@app.command()
def check(
    places: Annotated[
        list[str],
        typer.Argument(
            help="Two places of results: files, folders, globs in quotes, or names or numbers of saved runs.",
            metavar="BASELINE CANDIDATE",
        ),
    ],
    minimum_effect: MinimumEffect = "2%",
    allow_differing: AllowDiffering = None,
    where: Where = None,
    strict: Annotated[bool, typer.Option("--strict", help="Also fail for inconclusive and missing rows.")] = False,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table, json, markdown or junit.")] = "table",
) -> None:
    """Check whether other code on one machine is slower or learns less: exit code 1 if so, 2 without a comparison."""
    from lab6.check import command  # imports pandas, which takes a second
    from lab6.check.check import Terms

    if len(places) != 2:
        raise OptionError(
            f"check takes two places, BASELINE and CANDIDATE, not {len(places)}: give both, and put a pattern into "
            "quotes, such as 'results/mine/*_old.json', so that the shell leaves it alone."
        )
    values.one_of("--format", form, command.FORMATS)
    terms = Terms.of(minimum_effect, allow_differing, strict)
    if command.run(command.Request(places[0], places[1], tuple(where or ()), terms, form), _consoles()[0]):
        raise typer.Exit(1)


@app.command()
def compare(
    places: Results = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="MACHINE", help="Compare the others with this one: its label or a part of it. Default: the first."
        ),
    ] = None,
    where: Where = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="DIR", help="Folder of the picture. Default: build/compare.")
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="FORMAT", help="table; or json, markdown, with a picture only if --output asks."
        ),
    ] = "table",
) -> None:
    """Compare machines at the same work: speed-up for each minibatch size, and what explains it."""
    from lab6.compare import command  # imports pandas, which takes a second

    values.one_of("--format", form, command.FORMATS)
    folder = values.folder("--output", output, command.OUTPUT) or (command.OUTPUT if form == "table" else None)
    request = command.Request(tuple(places or ()), tuple(where or ()), baseline, form, folder)
    command.run(request, *_consoles())


@app.command()
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


@app.command()
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


@app.command()
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
    roofline_command.run(request, *_consoles())


def _consoles() -> tuple[Console, Console]:
    """Standard output for answers, standard error for progress."""
    return Console(highlight=False), Console(stderr=True, highlight=False)


@app.callback(invoke_without_command=True)
def options(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    """Options of ``lab6`` itself."""
    if version:
        typer.echo(f"lab6 {__version__}")
        raise typer.Exit
