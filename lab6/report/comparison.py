"""A comparison of machines in words and tables, once for all who show it: terminal, Markdown and page."""

from collections.abc import Callable, Iterator

import pandas as pd

from lab6.analysis import compare
from lab6.analysis.answer import Answer
from lab6.analysis.compare import Comparison
from lab6.report import wording
from lab6.report.table import Column, Row, Table, known

MOST_SENTENCES = 12
"""Series that are each told in a sentence; more are in the tables only."""

INTERVAL = "95%\ninterval"

MOST_OFF = 99
"""Relative distance from a card's line that is told in full."""

FEW_PROCESSES = (
    "Fewer than three processes do not show how much processes differ: measure three or more for 95% intervals."
)
"""Said if :func:`lab6.analysis.compare.few_processes` says so."""

EXPLANATION = (
    "Speed-up: the baseline's time of an epoch divided by the machine's, with Welch's 95% interval if both have "
    "three or more processes; on average: their geometric mean over the minibatch sizes. A machine's card explains an "
    "epoch as steps x (time of a step, whatever its size) + images x (time of an image); (!) marks what that does not "
    "explain."
)


def headline(answer: Answer, found: Comparison) -> str:
    """The fastest machine in one sentence."""
    if found.means.empty:
        return f"No machine has a method and a minibatch size in common with {found.baseline}."
    means = found.means[found.means["sizes"] == found.means["sizes"].max()]
    best = means.loc[means["speedup"].idxmax()].to_dict()
    if best["speedup"] < 1:
        return f"None is faster than {found.baseline} on average; next comes {_on_average(best, found)}."
    return f"Fastest on average: {_on_average(best, found)}."


def sentences(answer: Answer, found: Comparison, most: int = MOST_SENTENCES) -> list[str]:
    """Who overtakes whom and where, what is not explained by a card, and what could not be compared, of each ``most``
    at most; and why intervals are missing."""
    overtaken = [_overtaking(row, found) for row in found.overtakings.to_dict("records")]
    misfits = [_misfit(row) for row in compare.cards(answer).to_dict("records") if is_misfit(row)]
    alone = [f"Not compared, since the baseline lacks it: {wording.series(*series)}." for series in found.unmatched]
    told = [part for parts in (overtaken, misfits, alone) for part in _few(parts, most)]
    return [*told, *([FEW_PROCESSES] if compare.few_processes(answer) else [])]


def means(found: Comparison) -> Table:
    """The average speed-up of each series, the fastest first."""
    frame = found.means.sort_values("speedup", ascending=False)
    sizes = Column("sizes\ncompared", "sizes", lambda row: f"{row['sizes']}")
    columns = (*_names(found.means), *_speedup("on\naverage"), sizes)
    return Table(f"Speed-up over {found.baseline}, on average", columns, frame)


def speedups(found: Comparison) -> Table:
    """The speed-up of each series and minibatch size."""
    columns = (
        *_names(found.speedups),
        _size(),
        Column("epoch\n(s)", "seconds", lambda row: _seconds(row["seconds"])),
        Column("baseline\n(s)", "baseline_seconds", lambda row: _seconds(row["baseline_seconds"])),
        *_speedup("speed-up"),
    )
    return Table(f"Speed-up over {found.baseline}", columns, found.speedups)


def cards(answer: Answer) -> Table:
    """The machine cards: two numbers for each series that explain its epochs, and how well."""
    frame = compare.cards(answer)
    columns = (
        *_names(frame),
        *_microseconds("a step\n(µs)", "seconds_per_step"),
        *_microseconds("an image\n(µs)", "seconds_per_image"),
        Column("furthest off\nthe line", "worst", _worst),
    )
    return Table("Machine cards", columns, frame)


def residuals(answer: Answer) -> Table:
    """Each minibatch size beside the line of its machine's card."""
    frame = compare.fitted(answer, compare.cards(answer)).dropna(subset="residual")
    columns = (
        *_names(frame),
        _size(),
        Column("epoch\n(s)", "seconds", lambda row: _seconds(row["seconds"])),
        Column("by the card\n(s)", "fitted_seconds", lambda row: _seconds(row["fitted_seconds"])),
        Column("off by", "residual", lambda row: _off(row["residual"])),
    )
    return Table("Measured, and by the machine cards", columns, frame)


def is_misfit(card: Row) -> bool:
    """Whether a card does not explain its machine's epochs."""
    return known(card["worst"]) and abs(card["worst"]) > compare.MISFIT


def _on_average(row: Row, found: Comparison) -> str:
    interval = f" ({_times(row['speedup_low'])} to {_times(row['speedup_high'])})" if known(row["speedup_low"]) else ""
    name = wording.series(row["setup"], row["method"])
    sizes = f"{row['sizes']} minibatch size{'' if row['sizes'] == 1 else 's'}"
    return f"{name}, {_times(row['speedup'])} times as fast as {found.baseline}{interval} over {sizes}"


def _overtaking(row: Row, found: Comparison) -> str:
    other = found.baseline if row["then_faster"] == row["setup"] else row["setup"]
    return (
        f"{row['then_faster']} overtakes {other} at a minibatch size of about {row['batch_size']:,} (between "
        f"{row['smaller']:,} and {row['larger']:,}) with {row['method']}."
    )


def _misfit(card: Row) -> str:
    return (
        f"Two numbers do not explain {wording.series(card['setup'], card['method'])}: at minibatch size "
        f"{card['worst_size']:,} an epoch is {_off(card['worst'])} off the line of its machine card."
    )


def _few(parts: list[str], most: int) -> Iterator[str]:
    yield from parts[:most]
    if len(parts) > most:
        yield f"And {len(parts) - most:,} more like that; see the tables."


def _names(frame: pd.DataFrame) -> tuple[Column, ...]:
    machine = Column("machine", "setup", lambda row: str(row["setup"]), numeric=False, wraps=True)
    method = Column("method", "method", lambda row: str(row["method"]), numeric=False)
    return (machine, method) if frame["method"].nunique() > 1 else (machine,)


def _size() -> Column:
    return Column("minibatch\nsize", "batch_size", lambda row: f"{row['batch_size']:,}")


def _speedup(heading: str) -> tuple[Column, Column]:
    return _with_interval(heading, "speedup", _times)


def _microseconds(heading: str, value: str) -> tuple[Column, Column]:
    return _with_interval(heading, value, _micro)


def _with_interval(heading: str, value: str, show: Callable[[float], str]) -> tuple[Column, Column]:
    return (
        Column(heading, value, lambda row: show(row[value])),
        Column(INTERVAL, f"{value}_low", lambda row: f"{show(row[f'{value}_low'])}-{show(row[f'{value}_high'])}"),
    )


def _worst(row: Row) -> str:
    return f"{_off(row['worst'])} at {row['worst_size']:,}{' (!)' if is_misfit(row) else ''}"


def _off(relative: float) -> str:
    """How far a time is from the line: in percent, up to MOST_OFF."""
    return f"{relative:+.0%}" if relative <= MOST_OFF else f"over {MOST_OFF:+,.0%}"


def _micro(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f}" if seconds >= 1e-4 else f"{seconds * 1e6:.3g}"


def _times(factor: float) -> str:
    return f"{factor:,.0f}" if factor >= 100 else f"{factor:.3g}"


def _seconds(value: float) -> str:
    return wording.seconds(value).removesuffix(" s")
