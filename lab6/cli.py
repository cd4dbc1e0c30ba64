"""The ``lab6`` command: a table of contents. Parse, call, print."""

import io
import sys
from typing import Annotated

import typer
from rich.console import Console

from lab6 import __version__, values
from lab6.errors import Lab6Error

app = typer.Typer(
    help="Which minibatch size gives the most accuracy for the time spent, on this machine? "
    "`pytest benchmarks --benchmark-save` measures it; the commands below explain what is measured.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

WIDEST = 4_096
"""Units in a hidden layer."""

Hidden = Annotated[str, typer.Option(help="Widths of the hidden layers, such as 128 or 256,64.", metavar="LIST")]
Seed = Annotated[int, typer.Option(min=0, help="Of the network's initial parameters.")]


@app.command()
def parameters(hidden: Hidden = "128") -> None:
    """Count the network's parameters, with the arithmetic written out."""
    widths = values.listed(hidden, lambda item: values.whole("--hidden", item, 1, WIDEST))
    from lab6.training import explain  # imports TensorFlow, which takes seconds

    Console(highlight=False).print(explain.parameters(widths))


@app.command()
def gradient(hidden: Hidden = "128", seed: Seed = 0) -> None:
    """Show what tape.gradient(loss, parameters) takes and does, and check it against finite differences."""
    widths = values.listed(hidden, lambda item: values.whole("--hidden", item, 1, WIDEST))
    from lab6.training import explain  # imports TensorFlow, which takes seconds

    for part in explain.gradient(widths, seed):
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
    """Run the command; an error that a user can mend is one line on standard error and exit code 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Unicode sees question marks, not a traceback
    try:
        app()
    except Lab6Error as error:
        typer.echo(f"lab6: {error}", err=True)
        sys.exit(2)
