"""The table of runs to a target at the end of a run: measured and predicted beside each other."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from lab6.measure import table
from lab6.measure.table import Result
from lab6.terminal_table import Columns

Group = tuple[str, float, str, str]


def show(console: Console, results: Sequence[Result], cores: int) -> None:
    """Print a table for each work, target, engine and device, a row for each setting. ``cores``: the usable ones."""
    works = {result.work for result in results}
    keras = {_like(result): result.median for result in results if result.is_keras_default and any(result.reached)}
    groups: dict[Group, list[Result]] = {}
    for result in results:
        groups.setdefault((result.work, _target(result), result.way, result.record.device), []).append(result)
    for (work, target, *_), members in groups.items():
        of = f" with {work}," if len(works) > 1 else ""
        console.print(Text(f"\nTo a test accuracy of {target:g}{of} by {table.place(members[0])}", style="bold"))
        console.print(_table(members, keras, cores))
    console.print(_caption(results), style="dim")


def _table(results: Sequence[Result], keras: dict[tuple[str, float, str], float], cores: int) -> Columns:
    disturbed = any(result.disturbed(cores) for result in results)
    columns = Columns(
        "batch\nsize",
        "learning\nrate",
        "linear decay\n(steps)",
        "time\n(s)",
        "range\n(s)",
        "\nsteps",
        "\nreached",
        "pre-\ndicted",
        "off\nby",
        *(["vs\nKeras"] if keras else []),
        *([""] if disturbed else []),
    )
    for result in results:
        record, slower = result.record, keras.get(_like(result))
        expected, median = result.predicted, result.median if any(result.reached) else None
        columns.add_row(
            f"{record.batch_size:,}",
            f"{record.learning_rate:g}",
            "-" if record.decay_steps is None else f"{record.decay_steps:,}",
            "-" if median is None else seconds(median),
            _range(result),
            "-" if median is None else f"{result.steps:,.0f}",
            f"{sum(result.reached)}/{len(result.reached)}",
            "-" if expected is None else seconds(expected),
            "-" if expected is None or median is None else f"{median / expected - 1:+.0%}",
            *(["-" if slower is None or median is None else table.times(slower / median)] if keras else []),
            *([table.MARK] if result.disturbed(cores) else []),
        )
    return columns


def _caption(results: Sequence[Result]) -> str:
    """What the columns mean."""
    text = "Time and steps: median of the runs that reached it, each from a seed of its own, without evaluations. "
    if any(result.predicted for result in results):
        text += "Predicted: steps in the table of trials x time of a step in saved epochs. "
    if any(result.is_keras_default and any(result.reached) for result in results):
        text += "Keras: fit with minibatches of 32 at the optimizer's own learning rate, in this run. "
    return text.rstrip()


def _target(result: Result) -> float:
    assert result.record.target, "a run to a target"
    return result.record.target


def _like(result: Result) -> tuple[str, float, str]:
    """What a result and that of Keras's defaults must have in common."""
    return result.work, _target(result), result.record.device


def _range(result: Result) -> str:
    found = result.of_reached(result.seconds)
    if not any(result.reached):
        return "-"
    return f"{seconds(min(found))}-{seconds(max(found))}" if len(found) > 1 else "-"


def seconds(value: float) -> str:
    """Seconds to about three digits."""
    return f"{value:.{4 if value < 0.1 else 3 if value < 1 else 2 if value < 10 else 1}f}"
