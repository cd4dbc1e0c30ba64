"""The ``lab6`` command: a table of contents. Parse, call, print."""

import dataclasses
import io
import json
import sys
from typing import Annotated

import typer
from rich.console import Console

from lab6 import __version__, values
from lab6.errors import Lab6Error

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
Seed = Annotated[int, typer.Option(min=0, help="Of the network's initial parameters.")]
Results = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files, folders and globs of saved runs, also on other stores (s3://...), or lab-report, the numbers "
        "that the lab's own report gave. Default: results.",
        metavar="[RESULTS]...",
        show_default=False,
    ),
]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave out files that cannot be read, and say which.")]


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
        str, typer.Option(metavar="X", help="How much accuracy the size to start with may be short of the best.")
    ] = "0.01",
    budget: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="Name the best size within that time too.")
    ] = None,
    accuracy: Annotated[
        str, typer.Option(metavar="NAME", help="Which to judge by: test, training, or auto: test where all have it.")
    ] = "auto",
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=VALUE", help="Pick, such as engine=compiled or batch_size=10,100. Repeatable."),
    ] = None,
    skip_bad: SkipBad = False,
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="FORMAT", help="table; or json, markdown, csv, with a page only if --output asks."
        ),
    ] = "table",
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Show which minibatch size to start with: a page with pictures, and a table here."""
    from lab6.report import command  # imports pandas, which takes a second

    request = command.Request.parse(places, where, tolerance, budget, accuracy, skip_bad, form, output, show)
    command.report(request, Console(highlight=False), Console(stderr=True, highlight=False))


@app.command()
def combine(
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The archive: a .parquet file.")],
    places: Results = None,
    skip_bad: SkipBad = False,
) -> None:
    """Put saved runs into one Parquet file, which lab6 report reads like them."""
    from lab6.report import command  # imports pandas, which takes a second

    command.combine(places or [], output, skip_bad, Console(highlight=False), Console(stderr=True, highlight=False))


@app.command()
def parameters(hidden: Hidden = "128") -> None:
    """Count the network's parameters, with the arithmetic written out."""
    widths = values.listed(hidden, lambda item: values.whole("--hidden", item, 1, WIDEST))
    from lab6.training import explain  # imports TensorFlow, which takes seconds

    Console(highlight=False).print(explain.parameters(widths))


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


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Options of ``lab6`` itself."""
    if version:
        typer.echo(f"lab6 {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command; an error of lab6 that a user can mend is one line on standard error and exit code 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Unicode sees question marks, not a traceback
    try:
        app()
    except Lab6Error as error:
        typer.echo(f"lab6: {error}", err=True)
        sys.exit(2)
