"""What more threads and workers bring, in sentences."""

from collections.abc import Iterator

from lab6.render import numbers
from lab6.render.table import Row, known
from lab6.scaling.scaling import ALWAYS, FROM, NEVER, ONLY, PROCESS, THREADS, WORKERS, Scaling

MOST_SENTENCES = 12
"""Of each kind; the rest is in --format json."""

HEADING = "More threads and workers"

EXPLANATION = (
    "Speed-up: the time of an epoch with the fewest threads, or the fewest workers of as many threads, divided by that "
    "with more, with Welch's 95% interval if both have three or more processes; efficiency: speed-up / how many times "
    "as many. More pay where the interval is above 1."
)
PREDICTION = (
    "Predictions assume a core for each thread and the same connection between all workers; a range is that of a ring "
    "all-reduce, from all bandwidth to all latency."
)


def explanation(found: Scaling) -> str:
    """What the tables mean."""
    return EXPLANATION if found.exchanges.empty else f"{EXPLANATION} {PREDICTION}"


def sentences(found: Scaling) -> list[str]:
    """What more threads and workers bring, and which numbers of workers would pay from where on."""
    several = len(found.setups) > 1
    gains = [_gain(row, several) for row in found.gains.to_dict("records")]
    groups = found.exchanges.groupby(["setup", "way", "threads", "spread"], sort=False)
    exchanges = [_exchange(own.to_dict("records"), found.images, several) for _, own in groups]
    return [*_few(gains), *_few(exchanges)]


def more(row: Row) -> str:
    """What was compared, such as ``2 threads`` or ``2 workers of 4 threads on 2 machines``."""
    if row["workers"] == 1:
        return numbers.count(row["threads"], "thread")
    each = f" of {row['threads']} threads" if row["threads"] > 1 else ""
    across = f" on {row['hosts']} machines" if row["hosts"] > 1 else ""
    return f"{row['workers']} workers{each}{across}"


def fewer(row: Row) -> str:
    """What it was compared with, such as ``1 thread``, ``1 worker`` or ``1 process of 2 threads``."""
    if row["kind"] == WORKERS:
        return numbers.count(row["base_workers"], "worker")
    own = numbers.count(row["base_threads"], "thread")
    return own if row["kind"] == THREADS else f"1 process of {own}"


def shortly(row: Row) -> str:
    """The same without what the other has in common, such as ``1`` or ``2 threads``."""
    own = fewer(row)
    return own.removeprefix("1 process of ") if row["kind"] == PROCESS else own.split(" ")[0]


def rounded(size: float, images: int) -> str:
    """A minibatch size that was computed, to two digits; ``over 60,000`` if there are not so many images."""
    if size > images:
        return f"over {images:,}"
    return f"{max(float(f'{size:.2g}'), 1):,.0f}"


def _gain(row: Row, several: bool) -> str:
    """What one number of threads or workers brings."""
    of_process = row["kind"] == PROCESS
    same = " and the same cores" if of_process else ""
    than = fewer(row) if of_process else shortly(row)
    efficiency = "" if of_process else f" (efficiency {row['efficiency']:.0%})"
    return (
        f"With {_way(row, several)}{same}, {more(row)} train up to {numbers.speedup(row['speedup'])} times as fast as "
        f"{than}, with minibatch size {row['batch_size']:,}{efficiency}; {_pays(row)}."
    )


def _pays(row: Row) -> str:
    if row["pays"] == FROM:
        size = row["from_size"]
        about = f"about {rounded(size, size)}" if known(row["smaller"]) else f"{size:,}"
        return f"they pay from a minibatch size of {about} on"
    said = {
        ALWAYS: "they pay at every measured size",
        NEVER: "they pay at no measured size",
        ONLY: f"they pay only with {numbers.listed(row['paying'])}" if row["paying"] else "",
    }
    return said.get(row["pays"], "three or more processes of each would show from which size on they pay")


def _exchange(rows: list[Row], images: int, several: bool) -> str:
    """What an exchange costs, and from where on so many workers pay, measured and predicted."""
    measured = [row for row in rows if row["measured"]]
    costs = "; ".join(
        f"{row['workers']} workers {numbers.microseconds(row['seconds_per_exchange'])} µs a step, so that they pay "
        f"from {_size(row['from_size'], images)} on"
        for row in measured
    )
    predicted = ", ".join(
        f"{row['workers']} workers from {_predicted(row, images)} on" for row in rows[len(measured) :]
    )
    across = " across machines" if rows[0]["spread"] else ""
    said = f"By the machine card of {_way(rows[0], several)}, the exchange{across} costs {costs}."
    return f"{said} Predicted, not measured: {predicted}." if predicted else said


def _size(size: float, images: int) -> str:
    about = "" if size > images else "about "
    return f"a minibatch size of {about}{rounded(size, images)}"


def _predicted(row: Row, images: int) -> str:
    if known(row["from_size"]):
        return _size(row["from_size"], images)
    low, high = (rounded(row[f"from_size_{end}"], images) for end in ("low", "high"))
    return _size(row["from_size_low"], images) if low == high else f"a size between {low} and {high}"


def _way(row: Row, several: bool) -> str:
    return f"{row['way']} on {row['setup']}" if several else str(row["way"])


def _few(parts: list[str]) -> Iterator[str]:
    yield from parts[:MOST_SENTENCES]
    if len(parts) > MOST_SENTENCES:
        yield f"And {len(parts) - MOST_SENTENCES:,} more like that, in --format json."
