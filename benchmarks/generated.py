"""A shared store of real shape, made from the committed runs of one machine: for measuring how reports grow.

Machines differ in their CPU, cores and speed, and upgrade TensorFlow, Keras and lab6 at times of their own. A run has
five minibatch sizes and three processes; its times vary by machine, version, run and process, its accuracies by
seed as they did in the committed runs, and about 1% of the rounds were disturbed by other programs.
"""

import sys
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import pandas as pd

import lab6
from lab6.store import archive

COMMITTED = Path(__file__).parent.parent / "results" / "amd-epyc-2-cores"
ENGINES = {"compiled": ("0001_mnist-compiled.json", 0.9), "fit": ("0003_mnist-fit.json", 0.1)}
"""Which file each engine's rounds are like, and its share of the runs."""

CPUS = [("AMD EPYC 9654", 8), ("AMD EPYC 7763", 16), ("Intel Xeon Platinum 8480C", 32), ("Intel Xeon E5-2680 v4", 4)]
CPUS += [("Apple M2", 8), ("Raspberry Pi 5", 4), ("Ampere Altra", 64), ("Intel Core i7-1165G7", 8)]
VERSIONS = [("2.19.0", "3.10.0"), ("2.20.0", "3.12.0"), ("2.21.0", "3.15.1")]
"""Of TensorFlow and Keras, in the order in which every machine upgrades."""

MONTHS, RUNS_OF_MACHINE, PROCESSES = 12, 100, 3
FIRST = pd.Timestamp("2026-01-01", tz="UTC")
DISTURBED = 0.01


def store(place: Path, runs: int) -> None:
    """Write ``runs`` runs into the folder ``place``, RUNS_OF_MACHINE of each machine, a file for a machine's month."""
    machines = range(-(-runs // RUNS_OF_MACHINE))
    with Pool(2) as pool:
        pool.starmap(_write, [(place, each, min(RUNS_OF_MACHINE, runs - each * RUNS_OF_MACHINE)) for each in machines])


def _write(place: Path, number: int, runs: int) -> None:
    rounds = machine(number, runs)
    for month, own in rounds.groupby(rounds["measured_at"].dt.strftime("%Y-%m")):
        folder = place / f"machine={own['machine'].iloc[0]}" / f"month={month}"
        folder.mkdir(parents=True)
        (folder / f"{number:08x}.parquet").write_bytes(archive.content(own))


def machine(number: int, runs: int) -> pd.DataFrame:
    """The rounds of ``runs`` runs of a machine, a tidy frame."""
    random = np.random.default_rng(number)
    drawn = random.choice(list(ENGINES), runs, p=[share for _, share in ENGINES.values()])
    like = {engine: _like(engine) for engine in ENGINES}
    rounds = pd.concat([like[engine] for engine in drawn], ignore_index=True)
    each = len(rounds) // runs
    of_run = np.repeat(np.arange(runs), each)
    ended = np.sort(random.uniform(0, 364.9, runs))[of_run]
    cpu, cores = CPUS[number % len(CPUS)]
    label = f"node-{number:04}"
    version = np.searchsorted(np.sort(random.uniform(30, 330, len(VERSIONS) - 1)), ended)
    code = np.searchsorted(random.uniform(60, 240, 1), ended)
    names = [f"Python 3.11.7, TensorFlow {own}, Keras {keras}, NumPy 2.4.6" for own, keras in VERSIONS]
    seed = random.permutation(30)[:PROCESSES]
    slower = random.lognormal(0.5, 0.6) * random.lognormal(0, 0.02, len(VERSIONS))[version]
    seconds = rounds["seconds"] * slower * random.lognormal(0, 0.02, runs)[of_run]
    seconds *= random.lognormal(0, 0.03, len(rounds))
    others = random.exponential(0.005, len(rounds)) * seconds
    others = others.where(random.random(len(rounds)) >= DISTURBED, seconds * 0.8 + 0.05 * cores)
    made = rounds.assign(
        source=[f"results/{label}/{one:04}_nightly.json" for one in of_run],
        run=np.array([random.bytes(16).hex() for _ in range(runs)])[of_run],
        measured_at=(FIRST + pd.to_timedelta(ended, unit="D")).astype("datetime64[us, UTC]"),
        machine=label,
        cpu_model=cpu,
        device_name=cpu,
        usable_cores=cores,
        threads=cores,
        intra_op_threads=cores,
        inter_op_threads=cores,
        versions=np.array(names)[version],
        lab6_version=np.array(["0.1.0", "0.2.0"])[code],
        cores=",".join(map(str, range(cores))),
        seconds=seconds,
        other_cpu_seconds=others,
        limit_seconds=rounds["limit_seconds"] * slower * 0.9,
    )
    return made.assign(seed=made["seed"] + seed[0]).astype(rounds.dtypes)


_made: dict[str, pd.DataFrame] = {}


def _like(engine: str) -> pd.DataFrame:
    """The committed rounds of an engine, PROCESSES of each minibatch size."""
    if engine not in _made:
        rounds = lab6.load(str(COMMITTED / ENGINES[engine][0]))
        _made[engine] = rounds[rounds["round"] < PROCESSES]
    return _made[engine]


if __name__ == "__main__":
    store(Path(sys.argv[1]), int(sys.argv[2]))
