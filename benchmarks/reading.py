"""How time and memory of the reading half grow with a shared store: ``python -m benchmarks.reading`` prints a table.

The stores are generated (:mod:`benchmarks.generated`); ``--runs 1000,10000`` makes others than the three usual ones.
Each step runs in a process of its own, imports included. Exit code 1 if the largest store misses a bound.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import generated

RUNS = "1000,10000,100000"
LAB6 = "from lab6.__main__ import main; main()"
LOADED = "import sys; from lab6.store.load import encoded; encoded(sys.argv[1])"
ANSWERED = """
import sys
from lab6.start.answer import Question, answer
from lab6.store.selection import select
answer(select([sys.argv[1]]).rounds, Question())
"""
MACHINE = "node-0007"

BOUNDS = {"report with its page": (20.0, 4.0), "report of one machine, without page": (2.0, 4.0)}
"""Seconds, and GB of resident memory, that a step may take with the largest store."""


def steps(place: str, output: str) -> dict[str, tuple[str, ...]]:
    """What is measured: a program of Python, and its arguments."""
    return {
        "load": (LOADED, place),
        "load and answer": (ANSWERED, place),
        "report without page": (LAB6, "report", place, "--format", "json"),
        "report with its page": (LAB6, "report", place, "--output", output),
        "report of one machine, without page": (
            *(LAB6, "report", place, "--where", f"machine={MACHINE}"),
            *("--format", "json"),
        ),
        "comparison of all, without picture": (LAB6, "compare", place, "--format", "json"),
    }


def measure(program: str, *arguments: str) -> tuple[float, float, float]:
    """Seconds of a process, seconds of its processor time, and GB of its peak memory."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{arguments} ended with exit code {process.returncode}.")
    unit = 1 if sys.platform == "darwin" else 1024
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e9


def main() -> None:
    """Generate, measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", default=RUNS)
    sizes = [int(size) for size in parser.parse_args().runs.split(",")]
    missed = False
    table = Table("runs", "step", "seconds", "processor seconds", "peak GB", title="The reading half", box=None)
    with tempfile.TemporaryDirectory() as name:
        for runs in sizes:
            place = Path(name) / str(runs)
            generated.store(place, runs)
            for step, command in steps(str(place), f"{name}/report").items():
                seconds, processor, memory = measure(*command)
                table.add_row(f"{runs:,}", step, f"{seconds:.1f}", f"{processor:.1f}", f"{memory:.2f}")
                limits = BOUNDS.get(step, (seconds, memory))
                missed |= runs == sizes[-1] and (seconds > limits[0] or memory > limits[1])
    Console(width=100).print(table)
    sys.exit(missed)


if __name__ == "__main__":
    main()
