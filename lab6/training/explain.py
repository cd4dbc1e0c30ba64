"""Explain in a terminal what a tape's gradient is, with the code itself."""

import dataclasses
import inspect
import itertools
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.syntax import Syntax
from rich.text import Text

from lab6.terminal_table import Column, Columns
from lab6.training import datasets, network
from lab6.training import gradient as descent
from lab6.training.backends.tensorflow import tf
from lab6.training.framework import keras
from lab6.training.gradient import Check, Point

EXAMPLES = 2_000
STEPS = 100
LEARNING_RATE = 0.2
"""For training the small classifier, on all examples at once."""

CHECKED_EXAMPLES = 64
CHECKED_ELEMENTS = 200
"""For checking the full network: the minibatch, and the elements of each parameter array."""


@dataclasses.dataclass(frozen=True)
class Gradient:
    """What a tape's gradient is and does.

    ``code``: the loop of :func:`lab6.training.gradient.descend`; ``descent``: how it reduces the loss; ``network``: the
    widths of the checked network; ``checks``: the results of the check.
    """

    code: str
    examples: int
    learning_rate: float
    descent: tuple[Point, ...]
    network: tuple[int, ...]
    checks: tuple[Check, ...]
    versions: dict[str, str]


def explain_gradient(hidden: Sequence[int], seed: int) -> Gradient:
    """Run the lab's gradient descent on the embedded data set, and check the network's gradient."""
    images = datasets.load("digits").training.shaped((network.INPUTS,))
    inputs, labels = images.inputs, images.targets
    points = descent.descend(inputs[:EXAMPLES], labels[:EXAMPLES], STEPS, LEARNING_RATE)
    checks = descent.check(inputs[:CHECKED_EXAMPLES], labels[:CHECKED_EXAMPLES], hidden, CHECKED_ELEMENTS, seed)
    return Gradient(
        code=_code(),
        examples=EXAMPLES,
        learning_rate=LEARNING_RATE,
        descent=tuple(itertools.islice(points, 0, None, STEPS // 10)),
        network=(network.INPUTS, *hidden, network.OUTPUTS),
        checks=tuple(checks),
        versions={"tensorflow": tf.__version__, "keras": keras.__version__},
    )


def gradient(found: Gradient) -> Iterator[RenderableType]:
    """Show the code that computes a gradient, how the loss falls with it, and that the gradient is right."""
    yield Text("Gradient descent with a tape, a linear softmax classifier of ten classes:\n", style="bold")
    yield Syntax(found.code, "python", theme="ansi_dark", background_color="default", word_wrap=True)
    yield Text(
        "\ntape.gradient(loss, parameters) takes the loss, a scalar that was computed while the tape was recording, "
        "and the parameters to differentiate it by; it returns one gradient for each, of the same shape.\n"
    )
    yield Text(
        f"Run on {found.examples:,} images of the embedded data set digits, learning rate {found.learning_rate}:\n",
        style="bold",
    )
    yield _descent(found.descent)
    title = "-".join(map(str, found.network))
    yield Text(f"\nIs it the gradient? The {title} network in float64, against central differences:\n", style="bold")
    yield _checks(found.checks)
    errors = [check.error for check in found.checks if check.error is not None]
    yield Text(f"\nLargest relative error: {max(errors):.1e}" if errors else "\nNothing to compare.", style="bold")


def _code() -> str:
    """The source of the loop in :func:`lab6.training.gradient.descend`."""
    lines = inspect.getsource(descent.descend).splitlines()
    start = next(index for index, line in enumerate(lines) if line.lstrip().startswith("weights ="))
    return "\n".join(line[4:] for line in lines[start:])


def _descent(points: Sequence[Point]) -> RenderableType:
    rows = Columns("step", "loss", "accuracy", Column("", left=True))
    for point in points:
        bar = "█" * round(40 * point.loss / points[0].loss)
        rows.add_row(f"{point.step}", f"{point.loss:.3f}", f"{point.accuracy:.3f}", bar)
    return rows


def _checks(checks: Sequence[Check]) -> RenderableType:
    rows = Columns(Column("parameters", left=True), "shape", "elements\ncompared", "largest\nrelative error")
    for check in checks:
        shape = " x ".join(map(str, check.shape))
        rows.add_row(check.name, shape, f"{check.compared}", "-" if check.error is None else f"{check.error:.1e}")
    return rows
