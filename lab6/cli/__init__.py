"""The ``lab6`` command: a table of contents. Parse, call, print.

``results`` has the commands that read saved runs, ``training`` those that train or explain training.
"""

from collections.abc import Callable
from typing import Annotated

import typer

from lab6 import __version__
from lab6.cli import results, training

app = typer.Typer(
    help="Which minibatch size gives the most accuracy for the time spent, on this machine? "
    "`pytest benchmarks --benchmark-save` measures it, `lab6 report` answers, the other commands explain.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
COMMANDS: tuple[Callable[..., None], ...] = (
    results.report,
    results.combine,
    results.push,
    results.check,
    results.compare,
    training.parameters,
    training.gradient,
    training.noise_scale,
    training.roofline,
    training.steps,
)
for command in COMMANDS:
    app.command()(command)


@app.callback(invoke_without_command=True)
def options(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    """Options of ``lab6`` itself."""
    if version:
        typer.echo(f"lab6 {__version__}")
        raise typer.Exit
