"""A comparison of machines in sentences and tables, for terminal, Markdown and page."""

from collections.abc import Callable, Iterator

import pandas as pd

from lab6.compare import comparison
from lab6.compare.comparison import Comparison
from lab6.render import cells, numbers
from lab6.render.table import Column, Row, Table, known
from lab6.store import cards as machine_cards
from lab6.store.cards import is_misfit
from lab6.store.series import SERIES, title
from lab6.store.summary import Summary

MOST_SENTENCES = 12
"""Sentences of each kind; the rest is in --format json."""

MOST_OFF = 99
"""The largest relative distance from a card's line that is shown as a number."""

FEW_PROCESSES = (
    "Fewer than three processes do not show how much processes differ: measure three or more for 95% intervals."
)
"""For :func:`lab6.compare.comparison.few_processes`."""

SPEED_UP = (
    "Speed-up: the baseline's time of an epoch divided by the machine's, with Welch's 95% interval if both have "
    "three or more processes; on average: their geometric mean over the minibatch sizes."
)
CARD = (
    "A machine's card explains an epoch as steps x (time of a step, whatever its size) + images x (time of an image); "
    "(!) marks what that does not explain."
)
EXCHANGE = (
    "Of N workers, each trains on its share of the images, and each step has an exchange of gradients too: steps x "
    "(step + exchange) + images / N x image."
)


def explanation(summary: Summary) -> str:
    """What the tables mean."""
    return f"{SPEED_UP} {card_explanation(summary)}"


def card_explanation(summary: Summary) -> str:
    """What the machine cards mean."""
    return f"{CARD} {EXCHANGE}" if summary.rounds["workers"].notna().any() else CARD


def headline(found: Comparison) -> str:
    """The fastest machine in one sentence."""
    if found.means.empty:
        return f"No machine has a method and a minibatch size in common with {found.baseline}."
    means = found.means[found.means["sizes"] == found.means["sizes"].max()]
    best = means.loc[means["speedup"].idxmax()].to_dict()
    if best["speedup"] < 1:
        return f"None is faster than {found.baseline} on average; next comes {_on_average(best, found)}."
    return f"Fastest on average: {_on_average(best, found)}."


def sentences(summary: Summary, found: Comparison, most: int = MOST_SENTENCES) -> list[str]:
    """Which machine overtakes which, what a card does not explain, and what was not compared, at most ``most`` of each;
    and why intervals are missing."""
    overtaken = [_overtaking(row, found) for row in found.overtakings.to_dict("records")]
    misfits = [_misfit(row) for row in machine_cards.cards(summary).to_dict("records") if is_misfit(row)]
    alone = [f"Not compared, since the baseline lacks it: {title(*series)}." for series in found.unmatched]
    shown = [part for parts in (overtaken, misfits, alone) for part in _few(parts, most)]
    return [*shown, *([FEW_PROCESSES] if comparison.few_processes(summary) else [])]


def tables(summary: Summary, found: Comparison) -> tuple[Table, Table, Table, Table]:
    """All tables of a comparison."""
    return means(found), speedups(found), cards(summary), residuals(summary)


def means(found: Comparison) -> Table:
    """The average speed-up of each series, the fastest first."""
    frame = found.means.sort_values("speedup", ascending=False)
    columns = (*_names(frame), *_with_interval("on\naverage", "speedup", numbers.speedup))
    sizes = cells.count("sizes\ncompared", "sizes")
    return Table(f"Speed-up over {found.baseline}, on average", (*columns, sizes), frame)


def speedups(found: Comparison) -> Table:
    """The speed-up of each series and minibatch size."""
    columns = (
        *_names(found.speedups),
        cells.size("minibatch\nsize"),
        cells.seconds("epoch\n(s)"),
        cells.seconds("baseline\n(s)", "baseline_seconds"),
        *_with_interval("speed-up", "speedup", numbers.speedup),
    )
    return Table(f"Speed-up over {found.baseline}", columns, found.speedups)


def cards(summary: Summary) -> Table:
    """The machine card of each series, and how well it explains its epochs."""
    frame = machine_cards.cards(summary)
    exchange = _with_interval("an exchange\n(µs)", "seconds_per_exchange", numbers.microseconds)
    columns = (
        *_names(frame),
        *_with_interval("a step\n(µs)", "seconds_per_step", numbers.microseconds),
        *_with_interval("an image\n(µs)", "seconds_per_image", numbers.microseconds),
        *(exchange if frame["seconds_per_exchange"].notna().any() else ()),
        Column("furthest off\nthe line", "worst", _worst),
    )
    return Table("Machine cards", columns, frame)


def residuals(summary: Summary) -> Table:
    """Each measured minibatch size, and the line of its machine card."""
    frame = machine_cards.fitted(summary, machine_cards.cards(summary)).dropna(subset="residual")
    columns = (
        *_names(frame),
        cells.size("minibatch\nsize"),
        cells.seconds("epoch\n(s)"),
        cells.seconds("by the card\n(s)", "fitted_seconds"),
        cells.value("off by", "residual", _off),
    )
    return Table("Measured, and by the machine cards", columns, frame)


def why(summary: Summary, setup: str, method: str) -> list[str]:
    """A sentence on what a step and an image cost in one series, and so from which minibatch size on larger ones save
    little time; none if its card does not explain its epochs."""
    card = machine_cards.cards(summary).set_index(SERIES).loc[(setup, method)].to_dict()
    step, image, exchange = (card[name] for name in machine_cards.NUMBERS)
    if not (known(step) and step > 0 and image > 0) or is_misfit(card):
        return []
    of_step = step + (exchange if known(exchange) else 0)
    workers = int(card["workers"])
    size = workers * of_step / image
    from_on = f"from a minibatch size of about {size:,.0f} on" if size >= 1.5 else "at every minibatch size"
    exchanged = f" and its exchange {numbers.microseconds(exchange)} µs" if known(exchange) else ""
    shared = f" on one of {workers} workers" if workers > 1 else ""
    costs = (
        f"A step costs {numbers.microseconds(step)} µs{exchanged}, an image {numbers.microseconds(image)} µs{shared}"
    )
    return [f"{costs}: {from_on}, images take more of the time than steps, so that larger sizes save little."]


def _on_average(row: Row, found: Comparison) -> str:
    ends = (numbers.speedup(row[f"speedup_{end}"]) for end in ("low", "high"))
    interval = " ({} to {})".format(*ends) if known(row["speedup_low"]) else ""
    factor = f"{numbers.speedup(row['speedup'])} times as fast as {found.baseline}{interval}"
    return f"{title(row['setup'], row['method'])}, {factor} over {numbers.count(row['sizes'], 'minibatch size')}"


def _overtaking(row: Row, found: Comparison) -> str:
    other = found.baseline if row["then_faster"] == row["setup"] else row["setup"]
    return (
        f"{row['then_faster']} overtakes {other} at a minibatch size of about {row['batch_size']:,} (between "
        f"{row['smaller']:,} and {row['larger']:,}) with {row['method']}."
    )


def _misfit(card: Row) -> str:
    count = "Three" if known(card["seconds_per_exchange"]) else "Two"
    return (
        f"{count} numbers do not explain {title(card['setup'], card['method'])}: at minibatch size "
        f"{card['worst_size']:,} an epoch is {_off(card['worst'])} off the line of its machine card."
    )


def _few(parts: list[str], most: int) -> Iterator[str]:
    yield from parts[:most]
    if len(parts) > most:
        yield f"And {len(parts) - most:,} more like that, in --format json."


def _names(frame: pd.DataFrame) -> tuple[Column, ...]:
    """The machine's name always, the method's if there are several."""
    return (cells.machine(), *(column for column in cells.series(frame) if column.value == "method"))


def _with_interval(heading: str, value: str, show: Callable[[float], str]) -> tuple[Column, Column]:
    return cells.value(heading, value, show), cells.interval(value, show)


def _worst(row: Row) -> str:
    return f"{_off(row['worst'])} at {row['worst_size']:,}{' (!)' if is_misfit(row) else ''}"


def _off(relative: float) -> str:
    """A relative distance from the line in percent, up to MOST_OFF."""
    return f"{relative:+.0%}" if relative <= MOST_OFF else f"over {MOST_OFF:+,.0%}"
