"""What more threads and workers bring, in sentences."""

from collections.abc import Iterator

from lab6.render import numbers
from lab6.render.table import Row, known
from lab6.scaling.scaling import ALWAYS, FROM, NEVER, ONLY, PROCESS, THREADS, WORKERS, Scaling
from lab6.store.cards import MISFIT

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


def sentences(found: Scaling, setup: str | None = None) -> list[str]:
    """What more threads and workers bring, and which numbers of workers would pay from where on.

    ``setup``: the machine to tell of, by default all; if it was not measured so, the first one that was.
    """
    if setup is not None:
        others = len(found.setups) - 1
        more_machines = [f"And {numbers.count(others, 'more machine')}, in --format json."] if others else []
        return [*sentences(found.of(setup if setup in found.setups else found.setups[0])), *more_machines]
    gains = [_gain(row) for row in found.gains.to_dict("records")]
    groups = found.exchanges.groupby(["setup", "way", "threads", "spread"], sort=False)
    exchanges = [_exchange(own.to_dict("records"), found.images) for _, own in groups]
    return [*gains, *exchanges, *dict.fromkeys(_unknown(found))]


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


def trained(row: Row) -> str:
    """Both in short, such as ``compiled (JAX): 2 workers over 1``."""
    return f"{row['way']}: {more(row)} over {shortly(row)}"


def rounded(size: float, images: int) -> str:
    """A minibatch size that was computed, to two digits; ``over 60,000`` if there are not so many images."""
    if size > images:
        return f"over {images:,}"
    return f"{max(float(f'{size:.2g}'), 1):,.0f}"


def _gain(row: Row) -> str:
    """What one number of threads or workers brings."""
    of_process = row["kind"] == PROCESS
    same = " and the same cores" if of_process else ""
    than = fewer(row) if of_process else shortly(row)
    efficiency = "" if of_process else f" (efficiency {row['efficiency']:.0%})"
    most = "up to" if row["speedup"] >= 1 else "only"
    return (
        f"With {_way(row)}{same}, {more(row)} train {most} {numbers.speedup(row['speedup'])} times as fast as "
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


def _exchange(rows: list[Row], images: int) -> str:
    """What an exchange costs, and from which minibatch size on so many workers pay, measured and predicted."""
    measured = [row for row in rows if row["measured"]]
    costs = _listed([f"{numbers.microseconds(row['seconds_per_exchange'])} µs" for row in measured], measured, "among")
    sizes = _listed([_about(row["from_size"], images) for row in measured], measured, "with")
    predicted = _listed([_predicted(row, images) for row in rows[len(measured) :]], rows[len(measured) :], "with")
    across = " across machines" if rows[0]["spread"] else ""
    off = max(measured, key=lambda row: abs(row["worst"]) if known(row["worst"]) else 0)
    doubt = ""
    if known(off["worst"]) and abs(off["worst"]) > MISFIT:
        longer = "longer" if off["worst"] > 0 else "shorter"
        doubt = (
            f" That explains these epochs only roughly (at {off['worst_size']:,} they take {abs(off['worst']):.0%} "
            f"{longer}), so take the measured sizes."
        )
    threads = int(rows[0]["threads"])
    each = f" of {threads} threads" if threads > 1 else ""
    return (
        f"By the machine card of {_way(rows[0])}, an exchange{across} takes {costs}{each}. Minibatch size from which "
        f"they pay: {sizes}{f'; predicted, not measured: {predicted}' if predicted else ''}.{doubt}"
    )


def _unknown(found: Scaling) -> Iterator[str]:
    """Which workers lack one worker alike, or a second minibatch size, without which their exchange is unknown."""
    members = ["setup", "way", "threads"]
    alike = found.gains[(found.gains["kind"] == WORKERS) & (found.gains["base_workers"] == 1)]
    alone = set(alike[members].itertuples(index=False, name=None))
    exchanges = set(found.exchanges[["setup", "way", "threads", "workers"]].itertuples(index=False, name=None))
    for row in found.gains[found.gains["kind"] == PROCESS].to_dict("records"):
        if (row["setup"], row["way"], row["threads"], row["workers"]) not in exchanges:
            own = numbers.count(row["threads"], "thread")
            lacking = f"one worker of {own}: measure --workers 1,{row['workers']} with --threads {row['threads']},all"
            if tuple(row[name] for name in members) in alone:
                lacking = "a second minibatch size: measure both numbers of workers with several"
            yield f"What an exchange costs with {_way(row)} is not known without {lacking}."


def _listed(said: list[str], rows: list[Row], preposition: str) -> str:
    """What is said of each number of workers, such as ``3,600 with 2 workers, 4,000 with 4``."""
    each = [f"{text} {preposition} {row['workers']}" for text, row in zip(said, rows, strict=True)]
    return ", ".join([f"{text} workers" if place == 0 else text for place, text in enumerate(each)])


def _about(size: float, images: int) -> str:
    return f"{'' if size > images else 'about '}{rounded(size, images)}"


def _predicted(row: Row, images: int) -> str:
    if known(row["from_size"]):
        return _about(row["from_size"], images)
    low, high = (row[f"from_size_{end}"] for end in ("low", "high"))
    ends = rounded(low, images), rounded(high, images)
    if ends[0] == ends[1]:
        return _about(low, images)
    return f"at least {ends[0]}" if high > images else f"{ends[0]} to {ends[1]}"


def _way(row: Row) -> str:
    return f"{row['way']} on {row['setup']}"
