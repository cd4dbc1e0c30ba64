"""Does the gate keep its promises? ``python benchmarks/gate.py`` answers from real rounds; it prints the table of
``docs/verdict.md``.

``python benchmarks/gate.py measure`` first measures those rounds on this machine, in twenty minutes: runs of the same
code, one after the other, and one block of runs whose epochs a sleep makes 15% slower. Both are kept in ``docs/gate/``.
"""

import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from lab6.analysis import gate, learning, results
from lab6.analysis.check import Terms, check
from lab6.analysis.noise import ROW

HERE = Path(__file__).parent
KEPT = HERE.parent / "docs" / "gate"
SAME, SLOWED = KEPT / "same-code.parquet", KEPT / "slowed.parquet"
ONE_CORE = HERE.parent / "results" / "intel-xeon-1-core", KEPT / "slowed-on-one-core.parquet"
"""The same on another machine, on one of its cores, where runs are nearer to each other: baseline and slowed."""

A_SIDE = 5
"""Runs on each side of a check."""

BLOCKS = 7
"""Blocks of A_SIDE runs of the same code that are measured."""

PAIRS = list(itertools.combinations(range(BLOCKS), 2))[:20]
"""Twenty checks of a block against a later one, as a baseline is checked against what came after it."""

SIMULATED = 1_000
NOISE = 0.02


def measure() -> None:
    """Measure all blocks, the slowed one last, and keep them."""
    KEPT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(BLOCKS * A_SIDE):
            print(f"run {number + 1} of {BLOCKS * A_SIDE}", flush=True)
            _run(Path(folder) / "same", f"{number:03}")
        results.save(results.load(f"{folder}/same").assign(source="gate"), str(SAME))
        for number in range(A_SIDE):
            print(f"slowed run {number + 1} of {A_SIDE}", flush=True)
            _run(Path(folder) / "slowed", f"{number:03}", "-p", "benchmarks.slowed")
        results.save(results.load(f"{folder}/slowed").assign(source="slowed"), str(SLOWED))


def _run(storage: Path, name: str, *options: str) -> None:
    command = [sys.executable, "-m", "pytest", "benchmarks", *options, f"--benchmark-save={name}"]
    subprocess.run([*command, f"--benchmark-storage={storage}", "-q"], check=True, capture_output=True, cwd=HERE.parent)


def blocks(rounds: pd.DataFrame) -> list[pd.DataFrame]:
    """Runs in the order in which they were measured, A_SIDE together."""
    runs = rounds.sort_values("measured_at")["run"].unique()
    return [rounds[rounds["run"].isin(runs[start : start + A_SIDE])] for start in range(0, len(runs), A_SIDE)]


def at_noise(rounds: pd.DataFrame, deviation: float) -> pd.DataFrame:
    """The same rounds, with the spread between their runs brought to ``deviation`` for each ROW."""
    logs = np.log(rounds["seconds"])
    levels = logs.groupby([rounds["run"], *(rounds[field] for field in ROW)]).transform("median")
    table = rounds[[*ROW, "run"]].assign(level=levels).drop_duplicates([*ROW, "run"])
    moments = table.groupby(ROW)["level"].agg(["mean", "std"])
    own = rounds[ROW].merge(moments.reset_index(), on=ROW).set_index(rounds.index)
    moved = own["mean"] + (levels - own["mean"]) * deviation / own["std"]
    return rounds.assign(seconds=np.exp(logs - levels + moved))


def simulated(
    rounds: pd.DataFrame,
    slower: float = 0.0,
    pairs: int = SIMULATED,
    seed: int = 0,
    runs: tuple[int, int] = (A_SIDE, A_SIDE),
) -> Iterator[pd.DataFrame]:
    """Verdicts on pairs of sides, of so many ``runs`` each, drawn from real runs without a run on both; the candidate
    made ``slower`` (0.1 is 10%)."""
    of_run = dict(list(rounds.groupby("run")))
    random = np.random.default_rng(seed)
    for _ in range(pairs):
        drawn = random.permutation(list(of_run))
        baseline = pd.concat([of_run[run] for run in drawn[: runs[0]]])
        candidate = pd.concat([of_run[run] for run in drawn[runs[0] : sum(runs)]])
        yield gate.judge(baseline, candidate.assign(seconds=candidate["seconds"] * (1 + slower)))


def other_orders(rounds: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """The first run of ``rounds`` as if its seeds stood for other initial weights and orders: accuracies drawn with the
    mean and the spread over seeds, on the scale of log(error), that each ROW of it really has."""
    drawn = rounds[rounds["run"] == rounds["run"].iloc[0]].copy()
    for accuracy in learning.IMAGES:
        errors = np.log(1 - drawn[accuracy].astype(float))
        grouped = errors.groupby([drawn[field] for field in ROW])
        own = grouped.transform("mean") + grouped.transform("std") * random.normal(size=len(drawn))
        drawn[accuracy] = 1 - np.minimum(np.exp(own), 1)
    return drawn


def lessons(rounds: pd.DataFrame, pairs: int = SIMULATED, seed: int = 0) -> Iterator[pd.DataFrame]:
    """Verdicts on learning of pairs of sides of the same code in other orders."""
    random = np.random.default_rng(seed)
    for _ in range(pairs):
        yield learning.judge(other_orders(rounds, random), other_orders(rounds, random))


def untrained(rounds: pd.DataFrame, size: int = 60_000) -> pd.DataFrame:
    """The same rounds, but as if a minibatch ``size`` had learned nothing: it guesses one of ten digits."""
    return rounds.assign(**{name: rounds[name].where(rounds["batch_size"] != size, 0.1) for name in learning.IMAGES})


def forgetful(rounds: pd.DataFrame, times: float = 1.4, sizes: tuple[int, ...] = (100, 1_000)) -> pd.DataFrame:
    """The same rounds with so many ``times`` the test error at some minibatch ``sizes``."""
    worse = 1 - (1 - rounds["test_accuracy"]) * times
    return rounds.assign(test_accuracy=rounds["test_accuracy"].where(~rounds["batch_size"].isin(sizes), worse))


def learning_less(baseline: pd.DataFrame, candidate: pd.DataFrame) -> list[int]:
    """The minibatch sizes at which ``candidate`` is said to learn less."""
    rows = learning.judge(baseline, candidate)
    return [int(size) for size in rows.loc[rows["learning"] == learning.LESS, "batch_size"]]


def alarms(verdicts: Iterator[pd.DataFrame]) -> float:
    """The share of checks that call a row slower."""
    return float(np.mean([(rows["speed"] == gate.SLOWER).any() for rows in verdicts]))


def found(verdicts: Iterator[pd.DataFrame]) -> float:
    """The share of rows that are called slower."""
    return float(np.mean([(rows["speed"] == gate.SLOWER).mean() for rows in verdicts]))


def table(same: pd.DataFrame, slowed: pd.DataFrame) -> tuple[list[tuple[str, str, str]], bool]:
    """Rows of what was found and promised, and whether every promise is kept."""
    spoken, kept = _of_speed(same, slowed)
    learned, kept_too = _of_learning(same)
    return [*spoken, *learned], kept and kept_too


def _of_speed(same: pd.DataFrame, slowed: pd.DataFrame) -> tuple[list[tuple[str, str, str]], bool]:
    own, steady = blocks(same), at_noise(same, NOISE)
    real = [check(own[first], own[second], Terms()) for first, second in PAIRS]
    slow = check(own[-1], slowed, Terms())
    verdicts = pd.concat([one.rows["speed"] for one in real]).value_counts()
    found_slow = int((slow.rows["speed"] == gate.SLOWER).sum())
    shares = [alarms(simulated(same)), alarms(simulated(steady)), alarms(simulated(same, runs=(A_SIDE, 1)))]
    power = found(simulated(steady, 0.1))
    alone = alarms(simulated(same, runs=(1, 1)))
    rows = [
        ("real A/A checks that raise an alarm", f"{sum(one.failed for one in real)} of {len(real)}", "0"),
        ("their rows", json.dumps(verdicts.to_dict()).strip("{}").replace('"', ""), ""),
        ("an epoch made 15% slower: rows found", f"{found_slow} of {len(slow.rows)}", "1 or more"),
        (f"false alarms, {SIMULATED:,} simulated checks of 5 rows", f"{shares[0]:.1%}", "1%"),
        (f"the same, at a noise of {NOISE:.0%}", f"{shares[1]:.1%}", "1%"),
        (f"10% slower at a noise of {NOISE:.0%}: rows found", f"{power:.1%}", "95%"),
        (f"false alarms of {A_SIDE} runs against 1", f"{shares[2]:.1%}", "1%"),
        ("false alarms of 1 run against 1", f"{alone:.1%}", "no promise"),
    ]
    kept = not any(one.failed for one in real) and slow.failed and max(shares) <= 0.01 and power >= 0.95
    return rows, kept


def _of_learning(same: pd.DataFrame) -> tuple[list[tuple[str, str, str]], bool]:
    baseline, candidate = blocks(same)[:2]
    share = float(np.mean([(rows["learning"] == learning.LESS).any() for rows in lessons(same)]))
    nothing = learning_less(baseline, untrained(candidate)) == [60_000]
    worse = learning_less(baseline, forgetful(candidate)) == [100, 1_000]
    rows = [
        (f"learning: false alarms, {SIMULATED:,} simulated checks of other orders", f"{share:.1%}", "1%"),
        ("learning: nothing learned at 60,000", "found" if nothing else "not found", "found"),
        ("learning: 1.4 times the test error at 100 and 1,000", "found" if worse else "not found", "found"),
    ]
    return rows, share <= 0.01 and nothing and worse


def main() -> None:
    """Work all of it out and print it; exit code 1 where a promise is broken."""
    if sys.argv[1:] == ["measure"]:
        measure()
    rows, kept = table(results.load(str(SAME)), results.load(str(SLOWED)))
    baseline, candidate = (results.load(str(side)) for side in ONE_CORE)
    quiet = check(baseline, candidate, Terms())
    slower = int((quiet.rows["speed"] == gate.SLOWER).sum())
    rows.append(("on one core of another machine, 15% slower: rows found", f"{slower} of {len(quiet.rows)}", "all"))
    for what, value, promised in rows:
        print(f"| {what} | {value} | {promised} |")
    sys.exit(0 if kept and slower == len(quiet.rows) else 1)


if __name__ == "__main__":
    main()
