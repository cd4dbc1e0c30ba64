"""How long the reading half takes: ``python benchmarks/reading.py`` prints a table.

Each command runs in a process of its own, imports included, on a hundred stored runs made from the committed one.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

COMMITTED = Path(__file__).parent.parent / "results" / "amd-epyc-2-cores" / "0001_mnist-compiled-fit-tape.json"
RUNS = 100
MACHINES = 10
REPEATS = 3


def store(folder: Path) -> None:
    """A hundred runs of ten machines, no two of the same speed."""
    for number in range(RUNS):
        content = json.loads(COMMITTED.read_text())
        machine = number % MACHINES
        content["machine_info"]["lab6"]["label"] = f"machine {machine}"
        content["datetime"] = f"2026-01-01T00:00:{number % 60:02}.{number:06}+00:00"
        for benchmark in content["benchmarks"]:
            data = benchmark["stats"]["data"]
            benchmark["stats"]["data"] = [seconds * (1 + machine / MACHINES + number / 1e4) for seconds in data]
        path = folder / f"machine-{machine}" / f"{number:04}_epochs.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))


def seconds(*arguments: str) -> float:
    """How long ``lab6`` takes with ``arguments``; the median of a few runs."""
    command = [sys.executable, "-c", "from lab6.cli import main; main()", *arguments]
    found = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def main() -> None:
    """Measure and print."""
    table = Table("command", "seconds", "at most", title="The reading half, imports included", box=None)
    with tempfile.TemporaryDirectory() as name:
        store(Path(name))
        report = ("report", name, "--output", f"{name}/report")
        for title, arguments, limit in (
            ("lab6 --help", ("--help",), 0.5),
            (f"lab6 report, {RUNS} runs, no page", ("report", name, "--format", "csv"), 15),
            (f"lab6 report, {RUNS} runs", report, 15),
        ):
            table.add_row(title, f"{seconds(*arguments):.2f}", f"{limit:g}")
    Console().print(table)


if __name__ == "__main__":
    main()
