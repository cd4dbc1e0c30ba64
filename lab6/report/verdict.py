"""A check in words and tables, once for all who show it: terminal, Markdown, JUnit and page."""

import math
from collections.abc import Iterator

import pandas as pd

from lab6.analysis import gate, learning, noise
from lab6.analysis.check import Check
from lab6.analysis.fingerprint import of_round
from lab6.analysis.noise import ROW
from lab6.fingerprint import differences
from lab6.report import wording
from lab6.report.table import Column, Row, Table

MOST_NAMED = 4
"""Rows that a sentence names."""

INTERVAL = "95%\ninterval"


def headline(check: Check) -> str:
    """The verdict in one sentence."""
    rows = check.rows
    if check.regressed.any():
        phrases = [f"{name(row)} {_failure(row)}" for row in rows[check.regressed].to_dict("records")]
        return f"Regressed: {_joined(phrases)}."
    counts = rows["speed"].value_counts()
    settled = [f"{counts[verdict]} {verdict}" for verdict in (gate.SAME, gate.FASTER) if counts.get(verdict)]
    learned = (
        "and all learn as well" if (rows["learning"] == learning.AS_WELL).all() else "and none seems to learn less"
    )
    unsettled = int(counts.get(gate.INCONCLUSIVE, 0))
    if not unsettled:
        start = "Not settled" if check.failed else "No regression"
        return f"{start}: {' and '.join(settled)} of {len(rows)}, {learned}."
    start = "Not settled" if check.failed else "No regression found"
    return f"{start}: {', '.join([*settled, f'{unsettled} inconclusive'])} of {len(rows)}, {learned}."


def reasons(check: Check) -> list[str]:
    """What made a row fail or stay open, and what the check could not look at: no sentence, or several."""
    rows = check.rows.to_dict("records")
    learned = [_lesson(row) for row in rows if row["learning"] in (learning.LESS, learning.DIVERGED)]
    return [*learned, *_disturbed(check), *_open(check), *_assumed(check), *_allowed(check), *_unmatched(check)]


def explanation(check: Check) -> str:
    """How to read the table."""
    return (
        "Change: of the epoch's time from baseline to candidate, with its 95% interval. Noise: the spread (standard "
        "deviation) between runs of the same code, that of the noisier side if it is more. Slower: significant in "
        "spite of the number of rows, more than the noise, and at least "
        f"{100 * check.terms.minimum_effect:.3g}%. Same: the interval lies within that. An accuracy below 'at least' "
        "fails however fast it is; that comes from the spread over seeds, and from how far the same seeds come out "
        "from each other."
    )


def sides(check: Check) -> Iterator[str]:
    """What was held against what, a line for each side."""
    for title, rounds in (("Baseline", check.baseline), ("Candidate", check.candidate)):
        sources = list(rounds["source"].drop_duplicates())
        files = sources[0] if len(sources) == 1 else f"{sources[0]} to {sources[-1]}"
        runs = rounds["run"].nunique()
        yield f"{title}: {runs} run{'' if runs == 1 else 's'}, {len(rounds)} rounds, {files}"


def tables(check: Check) -> Iterator[tuple[str, Table, Table]]:
    """For each way to train: what it is called, the verdicts on speed, and those on learning; each last column the
    verdict."""
    for method, rows in check.rows.groupby(ROW[:-1], sort=False):
        yield _method(method), _speed(rows), _learning(rows)


def name(row: Row) -> str:
    """A row as a person would call it."""
    return f"minibatch size {row['batch_size']:,} with {method_name(row)}"


def method_name(row: Row) -> str:
    """How it was trained; TensorFlow is not said."""
    backend = "" if row["backend"] == "tensorflow" else f", {row['backend']}"
    return f"{row['engine']} on {row['device']}{backend}"


def percent(change: float) -> str:
    """A relative change: ``+15.2%``, or by how many times from a doubling on."""
    return f"{change:+.1%}" if change < 1 else f"x{1 + change:.3g}"


def _failure(row: Row) -> str:
    failures = []
    if row["speed"] == gate.SLOWER:
        change = row["change"]
        failures.append(f"is {change:.1%} slower" if change < 1 else f"takes {1 + change:.3g} times as long")
    if row["learning"] == learning.LESS:
        failures.append("learns less")
    if row["learning"] == learning.DIVERGED:
        failures.append("diverged")
    return " and ".join(failures)


def _joined(phrases: list[str]) -> str:
    more = len(phrases) - MOST_NAMED
    return "; ".join(phrases[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _named(rows: pd.DataFrame) -> str:
    """Rows by their minibatch sizes, such as ``minibatch sizes 1 and 10 with compiled on cpu``."""
    parts = []
    for method, own in rows.groupby(ROW[:-1], sort=False):
        sizes = tuple(own["batch_size"])
        several = "" if len(sizes) == 1 else "s"
        parts.append(f"minibatch size{several} {wording.listed(sizes)} with {_method(method)}")
    return "; ".join(parts)


def _method(values: tuple[str, ...]) -> str:
    return method_name(dict(zip(ROW, values, strict=False)))


def _lesson(row: Row) -> str:
    if row["learning"] == learning.DIVERGED:
        return f"The loss of a round is NaN or infinite: {name(row)}."
    below = [
        f"{wording.NAMES[accuracy]} is {row[f'{accuracy}_candidate']:.4f}, at least {row[f'{accuracy}_band']:.4f} was "
        f"to be expected (baseline {row[f'{accuracy}_baseline']:.4f})"
        for accuracy in learning.IMAGES
        if row[f"{accuracy}_candidate"] < row[f"{accuracy}_band"]
    ]
    return f"Learns less: {name(row)}; {'; '.join(below)}."


def _open(check: Check) -> Iterator[str]:
    """How the rows that are open could be settled."""
    rows = check.rows[(check.rows["speed"] == gate.INCONCLUSIVE) & ~check.regressed]
    unknown = rows["change"].isna()
    if unknown.any():
        yield f"Inconclusive: {_named(rows[unknown])}; no round of it was left alone by other programs on both sides."
    found = rows[~unknown]
    rounds = float(check.candidate.groupby(["run", *ROW]).size().median())
    for (assumed, runs), own in found.groupby(["noise_assumed", "runs_to_settle"], dropna=False, sort=True):
        yield f"Inconclusive: {_named(own)}; {_settling(bool(assumed), float(str(runs)), rounds)}."
    if (check.rows["learning"] == learning.UNJUDGED).any():
        yield "Learning is not judged: the baseline has one seed only; measure it with --rounds of 2 or more."


def _settling(assumed: bool, runs: float, rounds: float) -> str:
    """What would settle an open row; ``rounds``: of a run."""
    if assumed:
        return "three to five runs a side tell the noise, and mostly settle it"
    if math.isnan(runs):
        return f"even {gate.MOST_RUNS} runs a side would hardly settle it, so near to what matters or so noisy"
    return f"about {runs:.0f} runs a side ({runs * rounds:.0f} rounds) would settle it"


def _disturbed(check: Check) -> Iterator[str]:
    if check.set_aside:
        yield (
            f"Other programs disturbed {check.set_aside} of {len(check.baseline) + len(check.candidate)} rounds, which "
            "are left out of the times. Measure on a quiet machine."
        )


def _assumed(check: Check) -> Iterator[str]:
    if check.rows["noise_assumed"].fillna(False).any():
        yield (
            "So few runs do not say how far runs of the same code come out from each other here (noise marked with ?): "
            f"a spread of {noise.ASSUMED:.0%} or more is assumed, so only very large changes are told. Give three or "
            "more runs a side, better five, or runs of one code with --noise."
        )


def _allowed(check: Check) -> Iterator[str]:
    first, other = (of_round(rounds.iloc[0]) for rounds in (check.baseline, check.candidate))
    for field, ours, theirs in differences(first, other):
        yield f"Differs, as was allowed: {field} is {ours} in the baseline and {theirs} in the candidate."


def _unmatched(check: Check) -> Iterator[str]:
    for side, rows in check.unmatched.groupby("side", sort=True):
        yield f"Only in the {side}, so not checked: {_named(rows)}."


def _speed(rows: pd.DataFrame) -> Table:
    columns = (
        _size(),
        Column("baseline\n(s)", "baseline_seconds", lambda row: _seconds(row["baseline_seconds"])),
        Column("candidate\n(s)", "candidate_seconds", lambda row: _seconds(row["candidate_seconds"])),
        Column("\nchange", "change", lambda row: percent(row["change"])),
        Column(INTERVAL, "change_low", lambda row: f"{percent(row['change_low'])} to {percent(row['change_high'])}"),
        Column("\nnoise", "noise", lambda row: f"{row['noise']:.1%}{'?' if row['noise_assumed'] is True else ''}"),
        Column("\nspeed", "speed", lambda row: str(row["speed"]), numeric=False),
    )
    return Table("Speed", columns, rows)


def _learning(rows: pd.DataFrame) -> Table:
    shares = [
        _share(f"{short}\n{heading}", f"{accuracy}_{part}")
        for accuracy, short in (("training_accuracy", "training"), ("test_accuracy", "test"))
        for part, heading in (("baseline", "baseline"), ("candidate", "candidate"), ("band", "at least"))
    ]
    verdict = Column("\nlearning", "learning", lambda row: str(row["learning"]), numeric=False)
    return Table("Learning", (_size(), *shares, verdict), rows)


def _share(heading: str, value: str) -> Column:
    return Column(heading, value, lambda row: f"{row[value]:.4f}")


def _size() -> Column:
    return Column("batch\nsize", "batch_size", lambda row: f"{row['batch_size']:,}")


def _seconds(value: float) -> str:
    return wording.seconds(value).removesuffix(" s")
