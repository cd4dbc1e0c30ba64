"""Test the promises of the check: ``python benchmarks/gate.py`` prints the table of ``docs/verdict.md`` from real
pairs; exit code 1 if a promise is broken.

``python benchmarks/gate.py measure`` measures those pairs on this machine first, in about two hours, or some of them
(``measure same slower-5``): duets of ``pytest benchmarks --against HEAD`` in a clone, whose working tree has a change
on purpose. They are kept in ``docs/gate/``.
"""

import dataclasses
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

import lab6
from lab6.check import speed
from lab6.check.check import Check, Terms, check
from lab6.check.difference import of_pairs
from lab6.check.learning import AS_WELL, LESS
from lab6.check.speed import ROW, SLOWER, with_goals

HERE = Path(__file__).parent
KEPT = HERE.parent / "docs" / "gate"
PROCESSES = HERE.parent / "results" / "amd-epyc-2-cores"
"""Ordinary runs of many processes, from which the intervals of times are simulated."""

ENGINE = "lab6/training/engines/engine.py"
EPOCH = "        return self.train(self.full_steps)\n"


@dataclasses.dataclass(frozen=True)
class Change:
    """A change on purpose: in ``file``, ``old`` becomes ``new``. ``duets``: how many are measured, with ``options``."""

    duets: int
    options: tuple[str, ...] = ()
    file: str = ENGINE
    old: str = ""
    new: str = ""

    @property
    def minimum_effect(self) -> float:
        """The one that it is checked with."""
        given = [option for option in self.options if option.startswith("--minimum-effect=")]
        return float(given[0].partition("=")[2]) if given else speed.MINIMUM_EFFECT


def _slept(share: float) -> str:
    return (
        "        import time\n\n"
        "        start = time.perf_counter()\n"
        "        learned = self.train(self.full_steps)\n"
        f"        time.sleep({share} * (time.perf_counter() - start))\n"
        "        return learned\n"
    )


_NEEDLESS = Change(
    2,
    file="lab6/training/engines/step.py",
    old="*penalties]) * share)\n",
    new="*penalties]) * share) + 0.0 * tf.reduce_sum(tf.abs(parameters[0]))\n",
)
_SIZES = ("--batch-sizes=10,100,1000",)

CHANGES: Mapping[str, Change] = {
    "same": Change(20),
    "slower-5": Change(20, old=EPOCH, new=_slept(0.05)),
    "slower-2": Change(5, ("--duration=600",), old=EPOCH, new=_slept(0.02)),
    "needless": _NEEDLESS,
    "needless-long": dataclasses.replace(_NEEDLESS, duets=1, options=("--duration=300", "--minimum-effect=0.0001")),
    "dropped": Change(1, _SIZES, old=EPOCH, new="        return self.train(self.full_steps - 1)\n"),
    "learning-rate": Change(
        1,
        _SIZES,
        file="lab6/training/own.py",
        old="found(learning_rate=learning_rate)\n",
        new="found(learning_rate=0.8 * learning_rate)\n",
    ),
    "labels": Change(
        1,
        _SIZES,
        file="lab6/training/engines/step.py",
        old="        self.labels = tf.constant(self.training.targets)\n",
        new="        wrong = [target if place % 100 else (target + 1) % 10 for place, target in "
        "enumerate(self.training.targets)]\n        self.labels = tf.constant(wrong, tf.int32)\n",
    ),
}
"""What is measured, by the name of its file in ``docs/gate/``."""

SIMULATED = 1_000
MOST_PAIRS = 12
"""Pairs that a check of three minutes has at most, about."""


def measure(name: str) -> None:
    """Measure the duets of a change, and keep all their rounds."""
    change = CHANGES[name]
    with tempfile.TemporaryDirectory() as folder:
        clone, storage = Path(folder) / "clone", Path(folder) / "saved"
        subprocess.run(["git", "clone", "--quiet", str(HERE.parent), str(clone)], check=True)
        if change.old:
            text = (clone / change.file).read_text()
            assert text.count(change.old) == 1, f"{change.file} has changed"
            (clone / change.file).write_text(text.replace(change.old, change.new))
        for number in range(1, change.duets + 1):
            print(f"{name}: duet {number} of {change.duets}", flush=True)
            command = [sys.executable, "-m", "pytest", "benchmarks", "--against=HEAD", *change.options, "-q"]
            saving = [f"--benchmark-save={name}-{number:02}", f"--benchmark-storage={storage}"]
            done = subprocess.run([*command, *saving], cwd=clone, capture_output=True, text=True)
            assert done.returncode in (0, 1), done.stdout + done.stderr
        rounds = lab6.load(str(storage))
        KEPT.mkdir(exist_ok=True)
        lab6.save(rounds.assign(source=name), str(KEPT / f"{name}.parquet"))


def is_measured(name: str) -> bool:
    """Whether the duets of a change are kept."""
    return (KEPT / f"{name}.parquet").is_file()


def duets(name: str) -> Iterator[Check]:
    """The checks of all duets of a change, as they stood when they ended; none if it was not measured."""
    if not is_measured(name):
        return
    rounds = lab6.load(str(KEPT / f"{name}.parquet"))
    for _, duet in rounds.groupby("duet", sort=True):
        baseline, candidate = (duet[duet["side"] == side] for side in ("baseline", "candidate"))
        yield check(baseline, candidate, Terms(CHANGES[name].minimum_effect))


Pairs = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Differences of log(seconds), candidate less baseline: of pairs with the baseline at the first place, and at the
second."""


def differences(name: str) -> dict[int, Pairs]:
    """All pairs of a change, of all its duets, for each minibatch size."""
    rounds = lab6.load(str(KEPT / f"{name}.parquet"))
    logs = rounds.assign(level=np.log(speed.own_seconds(rounds)))
    levels = logs.groupby(["batch_size", "process", "duet", "side"])["level"].median().unstack("side")
    pairs = (levels["candidate"] - levels["baseline"]).reset_index("process", name="difference")
    found = {}
    for size, own in pairs.groupby(level="batch_size"):
        turned = own["process"].to_numpy() % 2 == 0
        values = own["difference"].to_numpy(dtype=float)
        found[int(size)] = values[~turned], values[turned]
    return found


def false_alarms(pairs: Mapping[int, Pairs], checks: int = SIMULATED, seed: int = 0) -> float:
    """The share of simulated checks that call a row slower: pairs are drawn from real ones of the same code, each at
    its place and less their mean difference, and looked at after each."""
    random = np.random.default_rng(seed)
    level = 2 * speed.SIGNIFICANCE / len(pairs)
    alarms = 0
    for _ in range(checks):
        alarms += any(first_verdict(_drawn(own, random), level) == SLOWER for own in pairs.values())
    return alarms / checks


def _drawn(pairs: Pairs, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """MOST_PAIRS pairs, whose sides change places, and between whose sides there is no difference."""
    middle = (pairs[0].mean() + pairs[1].mean()) / 2
    drawn = np.column_stack([random.choice(place, MOST_PAIRS // 2) for place in pairs])
    return np.asarray(drawn.ravel() - middle)


def first_verdict(values: npt.NDArray[np.float64], level: float) -> str:
    """The verdict with which a check ends that looks after each of ``values``, differences of pairs."""
    for count in range(3, len(values) + 1):
        found = of_pairs(values[:count], np.arange(count) % 2 == 1)
        verdict = speed.verdict(found, found.half_width(1 - speed.CONFIDENCE), speed.MINIMUM_EFFECT, level)
        if verdict != speed.INCONCLUSIVE:
            return verdict
    return speed.INCONCLUSIVE


def coverage(levels: npt.NDArray[np.float64], processes: int, draws: int = 20_000, seed: int = 0) -> float:
    """How often Student's 95% interval from so many ``processes``, drawn from real ones, holds the mean of all."""
    random = np.random.default_rng(seed)
    drawn = random.choice(levels, (draws, processes))
    half = stats.t.ppf(0.975, processes - 1) * drawn.std(axis=1, ddof=1) / math.sqrt(processes)
    return float((np.abs(drawn.mean(axis=1) - levels.mean()) <= half).mean())


Line = tuple[str, str, str, bool]
"""What, what was found, what is promised, and whether that is kept."""


def of_speed() -> Iterator[Line]:
    """The promises on speed."""
    same = list(duets("same"))
    alarms = sum(bool((one.rows["speed"] == SLOWER).any()) for one in same)
    settled = pd.concat([one.rows["speed"] for one in same])
    counts = ", ".join(f"{count} {verdict}" for verdict, count in settled.value_counts().items())
    yield f"real A/A duets of at most 3 minutes: alarms (rows: {counts})", f"{alarms} of {len(same)}", "0", not alarms
    pairs = differences("same")
    share = false_alarms(pairs)
    fewest = min(sum(map(len, own)) for own in pairs.values())
    yield (
        f"false alarms, {SIMULATED:,} checks of five rows drawn from {fewest} or more real pairs",
        f"{share:.1%}",
        "at most 1%",
        share <= 0.01,
    )
    yield from _of_sleeps()


def _of_sleeps() -> Iterator[Line]:
    five = list(duets("slower-5"))
    whole = sum(bool((one.rows["speed"] == SLOWER).all()) for one in five)
    yield (
        "5% slower (a sleep), real duets of at most 3 minutes: all five sizes found",
        f"{whole} of {len(five)}",
        "19 of 20",
        whole >= 0.95 * len(five),
    )
    two = [found for one in duets("slower-2") for found in one.rows["speed"] == SLOWER]
    count = f"{sum(two)} of {len(two)}" if two else "not measured yet"
    kept = bool(two) and sum(two) >= 0.9 * len(two)
    yield "2% slower, real duets of at most 10 minutes: rows found", count, "90%", kept


def of_a_real_change() -> Iterator[Line]:
    """The promise on a slowdown that is no sleep: a needless operation in each step."""
    (long,) = duets("needless-long")
    expected = long.rows.set_index("batch_size")["change"]
    for number, one in enumerate(duets("needless"), 1):
        rows = one.rows.set_index("batch_size")
        found = [f"{size:,}: {row['change']:+.1%}, {row['speed']}" for size, row in rows.iterrows()]
        inside = (rows["change_low"] <= expected) & (expected <= rows["change_high"])
        matters = expected > speed.MINIMUM_EFFECT
        kept = bool(inside.all() and (rows["speed"] == SLOWER)[matters].all())
        wanted = ", ".join(f"{size:,}: {change:+.1%}" for size, change in expected.items())
        yield f"a needless operation in each step, duet {number}", "; ".join(found), f"about {wanted}", kept


def of_learning() -> Iterator[Line]:
    """What is found of candidates that learn less; no promise, but what is the same must be found to be."""
    same = pd.concat([one.rows["learning"] for one in duets("same")])
    alike = int((same == AS_WELL).sum())
    yield "the same code: rows that learn as well", f"{alike} of {len(same)}", "all", alike == len(same)
    for name, title in (
        ("dropped", "the last minibatch of each epoch dropped"),
        ("learning-rate", "a learning rate of 0.0008"),
        ("labels", "1% of the labels wrong"),
    ):
        (one,) = duets(name)
        rows = one.rows.set_index("batch_size")
        found = "; ".join(
            f"{size:,}: {row['learning']} (training error {row['training_accuracy_change']:+.1%}, "
            f"test {row['test_accuracy_change']:+.1%})"
            for size, row in rows.iterrows()
        )
        yield title, found, "no promise", name == "dropped" or LESS in set(rows["learning"])


def of_intervals() -> Iterator[Line]:
    """The promise on the intervals of times."""
    rounds = lab6.load(str(PROCESSES))
    rounds = rounds[(rounds["engine"] == "compiled") & rounds["target"].isna()]  # epochs, not runs to an accuracy
    logs = with_goals(rounds).assign(level=np.log(rounds["seconds"]))
    levels = logs.groupby([*ROW, "run", "process"])["level"].median()
    for count in (3, 5, 10):
        held = {int(key): coverage(own.to_numpy(), count) for key, own in levels.groupby(level="batch_size")}
        found = ", ".join(f"{share:.1%}" for share in held.values())
        number = min(len(own) for _, own in levels.groupby(level="batch_size"))
        title = f"95% intervals from {count} of {number} real processes hold, by minibatch size"
        yield title, found, "93% to 97%", all(0.93 <= share <= 0.97 for share in held.values())


def main() -> None:
    """Measure if asked to; otherwise evaluate and print."""
    if sys.argv[1:2] == ["measure"]:
        for name in sys.argv[2:] or CHANGES:
            measure(name)
        return
    kept = True
    for lines in (of_speed(), of_a_real_change(), of_learning(), of_intervals()):
        for what, value, promised, true in lines:
            kept &= true
            print(f"| {what} | {value} | {promised}{'' if true else ' (missed)'} |", flush=True)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
