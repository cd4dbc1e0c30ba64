"""A check in sentences and tables, for terminal, Markdown, JUnit and page."""

from collections.abc import Iterator

import pandas as pd

from lab6.check import learning, machines, networks, speed
from lab6.check.check import Check
from lab6.check.speed import ROW
from lab6.render import cells
from lab6.render.numbers import change as percent
from lab6.render.numbers import count, listed
from lab6.render.table import Column, Row, Table
from lab6.store.notes import disturbances
from lab6.store.summary import marked

MOST_NAMED = 4
"""Rows that a sentence names."""


def headline(check: Check) -> str:
    """The verdict in one sentence."""
    rows = check.rows
    if check.regressed.any():
        phrases = [f"{name(row)} {_failure(row, '')}" for row in rows[check.regressed].to_dict("records")]
        more = len(phrases) - MOST_NAMED
        return f"Regressed: {'; '.join(phrases[:MOST_NAMED])}{f'; and {more} more' if more > 0 else ''}."
    counts = rows["speed"].value_counts()
    verdicts = (speed.SAME, speed.FASTER, speed.INCONCLUSIVE)
    verdict_counts = [f"{counts[verdict]} {verdict}" for verdict in verdicts if counts.get(verdict)]
    unknown = int((rows["learning"] != learning.AS_WELL).sum())
    learned = f"learning is inconclusive for {unknown}" if unknown else "all learn as well"
    if not check.settled.any():
        start = "Nothing settled"
    elif check.failed:
        start = "Not settled"
    else:
        start = "No regression" if check.settled.all() else "No regression found"
    return f"{start}: {', '.join(verdict_counts)} of {len(rows)}; {learned}."


def reasons(check: Check) -> list[str]:
    """Why rows fail by learning or stay open, what was not compared, and what was disturbed."""
    rows = check.rows
    lessons = rows[rows["learning"].isin([learning.LESS, learning.DIVERGED])]
    sentences = [f"{_capital(row_sentence(row))}." for row in lessons.to_dict("records")]
    return [*sentences, *_open(check), *_differing(check), *_unmatched(check), *_disturbed(check)]


def row_sentence(row: Row) -> str:
    """Why a row fails, without a full stop; empty if it does not."""
    failure = _failure(row, " (95% interval {} to {})")
    return f"{name(row)} {failure}" if failure else ""


def explanation(check: Check) -> str:
    """The meaning of the tables' columns."""
    effect = f"{100 * check.terms.minimum_effect:.3g}%"
    waits = ", without waits for a busy core," if check.duet else ""
    return (
        f"Change: of the epoch's time{waits} from baseline to candidate, with its 95% interval. Slower: above zero "
        f"also at a stricter level, for all rows together, and not shown to be smaller than {effect}. Same: the "
        f"interval lies within {effect}. Finds: the smallest slowdown that so many measurements find in 9 of 10 "
        f"cases. As well: the error is at most {effect} larger, or equal for each seed. Less: certainly larger. At "
        "most one check of unchanged code in a hundred reports a regression."
    )


def outlook(check: Check) -> str:
    """The smallest slowdown that the check could have found, and the command that finds smaller ones."""
    finds = check.rows["finds"].dropna()
    if finds.empty:
        return f"So few measurements cannot find a slowdown of any size. {_more(check)}"
    if len(finds) == len(check.rows) and (finds <= check.terms.minimum_effect).all():
        least = _size_of(check.terms.minimum_effect)
        return f"This check could have found a slowdown of {least}, the minimum effect; --minimum-effect sets it."
    ends = dict.fromkeys((_size_of(finds.min()), _size_of(finds.max())))
    missing = len(check.rows) - len(finds)
    but = f", and none in {count(missing, 'row')}" if missing else ""
    return f"This check could have found a slowdown of {' to '.join(ends)}{but}. {_more(check)}"


def sides(check: Check) -> Iterator[str]:
    """A line about each side, and one about the pairs of a duet."""
    for title, rounds in (("Baseline", check.baseline), ("Candidate", check.candidate)):
        sources = list(rounds["source"].drop_duplicates())
        files = sources[0] if len(sources) == 1 else f"{sources[0]} to {sources[-1]}"
        runs, processes = rounds["run"].nunique(), len(rounds[["run", "process"]].drop_duplicates())
        counts = f"{count(runs, 'run')}, {count(processes, 'process')}, {count(len(rounds), 'round')}"
        yield f"{title}: {counts}, {files}"
    if check.duet:
        fewest, most = check.rows["pairs"].min(), check.rows["pairs"].max()
        counts = count(most, "pair") if fewest == most else f"{fewest} to {most} pairs"
        played = " or ".join(sorted(check.baseline["played"].dropna().unique())) or "together"
        yield f"Duet: {counts} a row, trained {played}"


def tables(check: Check) -> Iterator[Table]:
    """For each way to train, a table on speed and one on learning, with the verdicts in the last column."""
    for method, rows in check.rows.groupby(ROW[:-1], sort=False):
        yield from (_speed(_method(method), rows), _learning(_method(method), rows))


def name(row: Row) -> str:
    """The name of a row in sentences."""
    return f"minibatch size {row['batch_size']:,} with {method_name(row)}"


def method_name(row: Row) -> str:
    """The way to train; TensorFlow, the default backend, is not named."""
    backend = "" if row["backend"] == "tensorflow" else f", {row['backend']}"
    return f"{row['engine']} on {row['device']}{backend}{row['goal']}"


def _size_of(change: float) -> str:
    return percent(change).removeprefix("+")


def _failure(row: Row, interval: str) -> str:
    """Why a row fails; empty if it does not. ``interval``: a pattern for the ends of the 95% interval, or empty."""
    failures = []
    if row["speed"] == speed.SLOWER:
        change = row["change"]
        slower = f"is {change:.1%} slower" if change < 1 else f"takes {1 + change:.3g} times as long"
        failures.append(slower + interval.format(*(_size_of(row[f"change_{end}"]) for end in ("low", "high"))))
    if row["learning"] == learning.DIVERGED:
        failures.append("diverged: a loss is NaN or infinite")
    if row["learning"] == learning.LESS:
        failures.append(f"learns less{_lesson(row, interval) if interval else ''}")
    return " and ".join(failures)


def _lesson(row: Row, interval: str) -> str:
    """How much larger the errors are."""
    parts = []
    for accuracy in learning.IMAGES:
        if row[f"{accuracy}_verdict"] == learning.LESS:
            error, change = accuracy.replace("_accuracy", " error"), row[f"{accuracy}_change"]
            larger = f"{change:.1%} larger" if change < 1 else f"{1 + change:.3g} times as large"
            low, high = (_size_of(row[f"{accuracy}_change_{end}"]) for end in ("low", "high"))
            parts.append(f"its {error} is {larger}{interval.format(low, high)}")
    return f": {' and '.join(parts)}"


def _named(rows: pd.DataFrame) -> str:
    """The names of several rows, such as ``minibatch sizes 1 and 10 with compiled on cpu``."""
    parts = []
    for method, own in rows.groupby(ROW[:-1], sort=False):
        sizes = tuple(own["batch_size"])
        several = "" if len(sizes) == 1 else "s"
        parts.append(f"minibatch size{several} {listed(sizes)} with {_method(method)}")
    return "; ".join(parts)


def _method(values: tuple[str, ...]) -> str:
    return method_name(dict(zip(ROW, values, strict=False)))


def _open(check: Check) -> Iterator[str]:
    """The rows without a verdict, and why."""
    rows = check.rows[~check.settled & ~check.regressed]
    bounded = rows["change_low"].notna()
    if not bounded.all():
        need = (
            "too few pairs to bound the change yet"
            if check.duet
            else "an interval needs three processes on each side, because rounds of one process are not independent"
        )
        yield f"Inconclusive: {_named(rows[~bounded])}; {need}."
    if bounded.any():
        yield f"Inconclusive: {_named(rows[bounded])}; the change is not certain enough for a verdict."
    unknown = check.rows[(check.rows["learning"] == speed.INCONCLUSIVE) & ~check.regressed]
    few = unknown["shared_seeds"] < learning.LEAST_SHARED
    for chosen, why in ((few, "fewer than two seeds are the same"), (~few, "the interval of the error is too wide")):
        if chosen.any():
            yield f"Learning is inconclusive: {_named(unknown[chosen])}; {why}."


def _differing(check: Check) -> Iterator[str]:
    yield from networks.differing(check.baseline, check.candidate)
    for field, ours, theirs in machines.differing(check.baseline, check.candidate):
        allowed = ", as was allowed" if field in check.terms.allowed else ""
        yield f"Differs{allowed}: {field} is {ours} in the baseline and {theirs} in the candidate."


def _unmatched(check: Check) -> Iterator[str]:
    for side, rows in check.unmatched.groupby("side", sort=True):
        yield f"Only in the {side}, so not checked: {_named(rows)}."


def _disturbed(check: Check) -> list[str]:
    """What disturbed the two sides, unless it disturbed both at the same time, as in a duet."""
    rounds = pd.concat([check.baseline, check.candidate], ignore_index=True)
    return disturbances(marked(rounds[rounds["duet"].isna()]))


def _more(check: Check) -> str:
    """The command that finds smaller changes."""
    if check.duet:
        return "A longer one finds smaller ones: pytest benchmarks --against REV --duration 600"
    return (
        "More processes on each side find smaller ones: pytest benchmarks --processes N. A duet, which trains both "
        "versions at the same time, finds the smallest: pytest benchmarks --against REV"
    )


def _speed(method: str, rows: pd.DataFrame) -> Table:
    columns = (
        cells.size("batch\nsize"),
        cells.seconds("baseline\n(s)", "baseline_seconds"),
        cells.seconds("candidate\n(s)", "candidate_seconds"),
        cells.value("\nchange", "change", percent),
        cells.interval("change", percent, " to "),
        cells.value("\nfinds", "finds", _size_of),
        cells.text("\nspeed", "speed"),
    )
    return Table(f"Speed, {method}", columns, rows)


def _learning(method: str, rows: pd.DataFrame) -> Table:
    """A line for each row and accuracy."""
    parts = ["baseline", "candidate", "change", "change_low", "change_high", "verdict"]
    lines = [
        {"batch_size": row["batch_size"], "accuracy": accuracy.removesuffix("_accuracy"), "learning": row["learning"]}
        | {part: row[f"{accuracy}_{part}"] for part in parts}
        for row in rows.to_dict("records")
        for accuracy in learning.IMAGES
    ]
    columns = (
        cells.size("batch\nsize"),
        cells.text("\naccuracy", "accuracy"),
        cells.value("\nbaseline", "baseline", "{:.4f}".format),
        cells.value("\ncandidate", "candidate", "{:.4f}".format),
        cells.value("\nerror", "change", percent),
        Column(cells.INTERVAL, "change_low", _interval_of_error),
        Column("\nlearning", "verdict", _learned, numeric=False),
    )
    return Table(f"Learning, {method}", columns, pd.DataFrame(lines))


def _interval_of_error(line: Row) -> str:
    low, high = line["change_low"], line["change_high"]
    return "equal" if low == high == 0 else f"{percent(low)} to {percent(high)}"


def _learned(line: Row) -> str:
    return str(learning.DIVERGED if line["learning"] == learning.DIVERGED else line["verdict"])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
