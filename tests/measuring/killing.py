"""Kills processes at random moments while they write, save and recover journals: ``python -m ... FOLDER KILLS``.

A process of its own, because only one without threads can be forked safely. Prints what happened as JSON; ends with an
AssertionError where a finished round was lost or saved twice.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lab6.measuring import recovery, unfinished
from tests.measuring import journals

SIZES, ROUNDS = (10, 100, 1000), 4


def measure(root: Path, log: int) -> None:
    """A whole run, from the first round to the saved file; each finished round is logged once it is said to be kept."""
    journal = journals.begun(root / "my-machine", {})
    for size in SIZES:
        journal.begin(journals.benchmark(size))
        for seed in range(ROUNDS):
            seconds = random.random()
            journal.add(journals.round_(seed), seconds)
            os.write(log, f"{size} {seed} {seconds.hex()}\n".encode())
    file = unfinished.read(journal.folder).file()
    assert file is not None
    journal.publish(*file)


def recover(root: Path, log: int) -> None:
    for _ in recovery.recover(str(root)):
        pass


def killed(work: Callable[[Path, int], None], root: Path, after: float) -> tuple[bool, list[str]]:
    """Whether a process that does ``work`` was still alive when it was killed ``after`` seconds, and what it logged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        random.seed()
        work(root, writing)
        os._exit(0)
    os.close(writing)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    with os.fdopen(reading) as log:
        return os.WIFSIGNALED(status), log.read().splitlines()


def saved(root: Path) -> list[str]:
    """The rounds in all saved files, as they are logged."""
    return [
        f"{benchmark['extra_info']['batch_size']} {round_['seed']} {seconds.hex()}"
        for path in root.glob("*/*.json")
        for benchmark in json.loads(path.read_text())["benchmarks"]
        for round_, seconds in zip(benchmark["extra_info"]["rounds"], benchmark["stats"]["data"], strict=True)
    ]


def life(work: Callable[[Path, int], None], root: Path) -> float:
    """How many seconds ``work`` takes when it is left alone."""
    start = time.perf_counter()
    work(root, os.open(os.devnull, os.O_WRONLY))
    return time.perf_counter() - start


def kill_once(root: Path, measuring: float, recovering: float) -> dict[str, int]:
    """Kill a run, then the recovery of what it left, then recover in peace; see that nothing is lost or doubled."""
    root.mkdir()
    alive, logged = killed(measure, root, random.uniform(0, measuring))
    again, _ = killed(recover, root, random.uniform(0, recovering))
    recover(root, 0)
    kept = saved(root)
    assert len(set(kept)) == len(kept), f"a round was saved twice in {root}"
    assert set(logged) <= set(kept), f"a finished round was lost in {root}"
    assert len(kept) <= len(logged) + 1, f"more was saved than was measured in {root}"
    assert not list(root.glob("*/.unfinished/*/*.json")), f"a journal was left in {root}"
    return {"runs": alive, "recoveries": again, "rounds": len(logged), "partial": 0 < len(kept) < len(SIZES) * ROUNDS}


def main(folder: Path, kills: int) -> None:
    measuring = life(measure, folder / "measured") * 1.3
    journals.interrupted(folder / "recovered" / "my-machine")
    recovering = life(recover, folder / "recovered") * 1.3
    done = [kill_once(folder / str(number), measuring, recovering) for number in range(kills)]
    print(json.dumps({what: sum(each[what] for each in done) for what in done[0]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
