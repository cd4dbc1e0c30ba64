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

from lab6.analysis import gate, results
from lab6.analysis.check import Terms, check
from lab6.analysis.noise import ROW

HERE = Path(__file__).parent
KEPT = HERE.parent / "docs" / "gate"
SAME, SLOWED = KEPT / "same-code.parquet", KEPT / "slowed.parquet"

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
    rounds: pd.DataFrame, slower: float = 0.0, pairs: int = SIMULATED, seed: int = 0
) -> Iterator[pd.DataFrame]:
    """Verdicts on pairs of sides drawn from real runs without a run on both; the candidate made ``slower`` (0.1 is
    10%)."""
    of_run = dict(list(rounds.groupby("run")))
    random = np.random.default_rng(seed)
    for _ in range(pairs):
        drawn = random.permutation(list(of_run))
        baseline, candidate = (
            pd.concat([of_run[run] for run in drawn[start : start + A_SIDE]]) for start in (0, A_SIDE)
        )
        yield gate.judge(baseline, candidate.assign(seconds=candidate["seconds"] * (1 + slower)))


def alarms(verdicts: Iterator[pd.DataFrame]) -> float:
    """The share of checks that call a row slower."""
    return float(np.mean([(rows["speed"] == gate.SLOWER).any() for rows in verdicts]))


def found(verdicts: Iterator[pd.DataFrame]) -> float:
    """The share of rows that are called slower."""
    return float(np.mean([(rows["speed"] == gate.SLOWER).mean() for rows in verdicts]))


def main() -> None:
    """Work all of it out and print it; exit code 1 where a promise is broken."""
    if sys.argv[1:] == ["measure"]:
        measure()
    same, slowed = results.load(str(SAME)), results.load(str(SLOWED))
    own = blocks(same)
    real = [check(own[first], own[second], Terms()) for first, second in PAIRS]
    slow = check(own[-1], slowed, Terms())
    steady = at_noise(same, NOISE)
    verdicts = pd.concat([one.rows["speed"] for one in real]).value_counts()
    rows = [
        ("real A/A checks that raise an alarm", f"{sum(one.failed for one in real)} of {len(real)}", "0"),
        ("their rows", json.dumps(verdicts.to_dict()).strip("{}").replace('"', ""), ""),
        (
            "an epoch made 15% slower: rows found",
            f"{int((slow.rows['speed'] == gate.SLOWER).sum())} of {len(slow.rows)}",
            "1 or more",
        ),
        (f"false alarms, {SIMULATED:,} simulated checks of 5 rows", share := f"{alarms(simulated(same)):.1%}", "1%"),
        (f"the same, at a noise of {NOISE:.0%}", steady_share := f"{alarms(simulated(steady)):.1%}", "1%"),
        (f"10% slower at a noise of {NOISE:.0%}: rows found", power := f"{found(simulated(steady, 0.1)):.1%}", "95%"),
    ]
    for what, value, promised in rows:
        print(f"| {what} | {value} | {promised} |")
    kept = not any(one.failed for one in real) and slow.failed
    kept &= all(float(text.rstrip("%")) <= 1 for text in (share, steady_share)) and float(power.rstrip("%")) >= 95
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
