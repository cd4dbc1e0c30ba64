"""How long the reading half takes, and how much memory: ``python benchmarks/reading.py`` prints a table.

Each command runs in its own process, imports included, on stored runs made from one that is kept for tests. Exit code 1
if a bound is missed.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

COMMITTED = Path(__file__).parent.parent / "tests" / "earlier" / "schema-1.json"
MACHINES = 10
REPEATS = 3

LAB6 = "from lab6.cli import main; main()"
SUMMARISED = """
import sys
from resource import RUSAGE_SELF, getrusage
import lab6
from lab6.start.answer import Question, answer
rounds = lab6.load(sys.argv[1])
assert len(rounds) == int(sys.argv[2]), len(rounds)
answer(rounds, Question())
print(getrusage(RUSAGE_SELF).ru_maxrss / 2**20)
"""
LOADED = """
import sys, time
import lab6
from lab6.store import load
start = time.perf_counter()
lab6.load(sys.argv[1])
print(time.perf_counter() - start)
"""


def store(folder: Path, runs: int, engines: tuple[str, ...], rounds: int | None = None) -> None:
    """``runs`` runs of ten machines, no two of the same speed; ``rounds`` in each benchmark, or as many as it has."""
    text = COMMITTED.read_text()
    random = np.random.default_rng(0)
    for number in range(runs):
        content = json.loads(text)
        machine = number % MACHINES
        content["machine_info"]["lab6"]["label"] = f"machine {machine}"
        content["datetime"] = f"2026-01-01T00:00:{number % 60:02}.{number:06}+00:00"
        content["benchmarks"] = [own for own in content["benchmarks"] if own["extra_info"]["engine"] in engines]
        for own in content["benchmarks"]:
            count = rounds or len(own["stats"]["data"])
            speed = own["stats"]["median"] * (1 + machine / MACHINES)
            own["stats"]["data"] = (speed * random.lognormal(0, 0.03, count)).tolist()
            own["extra_info"]["rounds"] = [
                found | {"seed": seed} for seed, found in enumerate((own["extra_info"]["rounds"] * count)[:count])
            ]
        path = folder / f"machine-{machine}" / f"{number:05}_epochs.json"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(json.dumps(content, indent=4))


def run(program: str, *arguments: str) -> tuple[float, str]:
    """How long a program takes, the median of a few runs, and what it printed."""
    found = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", program, *arguments], check=True, capture_output=True, text=True)
        found.append(time.perf_counter() - start)
    return statistics.median(found), done.stdout


def main() -> None:
    """Measure and print."""
    rows: list[tuple[str, str, float, float]] = []
    with tempfile.TemporaryDirectory() as name:
        few, many, archive = f"{name}/few", f"{name}/many", f"{name}/many.parquet"
        store(Path(few), 100, ("compiled", "fit", "tape"))
        store(Path(many), 10_000, ("compiled",), rounds=5)
        rows.append(("lab6 --help", "s", run(LAB6, "--help")[0], 0.3))
        rows.append(("lab6 report, 100 runs, no page", "s", run(LAB6, "report", few, "--format", "csv")[0], 15))
        rows.append(("lab6 report, 100 runs", "s", run(LAB6, "report", few, "--output", f"{name}/report")[0], 15))
        seconds, memory = run(SUMMARISED, many, str(10_000 * 5 * 5))
        rows.append(("10,000 runs loaded and summarised", "s", seconds, 20))
        rows.append(("the same: peak memory", "GB", float(memory) * 2**30 / 1e9, 2))
        run(LAB6, "combine", many, "-o", archive)
        rows.append(("10,000 runs loaded from Parquet, without imports", "s", float(run(LOADED, archive)[1]), 1))
    table = Table("what", "measured", "at most", title="The reading half", box=None)
    for title, unit, value, limit in rows:
        table.add_row(title, f"{value:.2f} {unit}", f"{limit:g} {unit}")
    Console().print(table)
    sys.exit(any(value > limit for *_, value, limit in rows))


if __name__ == "__main__":
    main()
