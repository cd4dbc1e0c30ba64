"""A worker that trains nothing: it answers at once as :mod:`lab6.measure.worker` does, from the seeds.

Its arguments are ignored. ``LAB6_FAKE``: JSON, a list of rules. A rule is a ``how``, and what a command must have for
it: any of the command's own arguments (``do``, ``seed``, ...), of those of its ``start``, the ``batch_size`` that was
prepared, or ``tree``, the name of the folder that it would import lab6 from. How it misbehaves then: ``hang``,
``kill``, ``exit``, ``fade`` (closes its output, ends later), ``failed``, ``unavailable``, ``protocol``, ``garbage``,
``old`` (knows no goal), ``slow`` (says that a round took twice as long).
``LAB6_FAKE_LOG``: a file for what it is told, a line each. ``LAB6_FAKE_SECONDS``: how long a round takes.
``LAB6_FAKE_EXPECTED``: see :func:`expected`.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path

ENVIRONMENT = ("KERAS_BACKEND", "PYTHONPATH", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "TF_XLA_FLAGS")
RULES = json.loads(os.environ.get("LAB6_FAKE", "[]"))
START = {
    "protocol": 1,
    "lab6_version": "0.1.0",
    "cores": [0],
    "threads": [1, 1],
    "gpus": [],
    "versions": {"python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6"},
}


def expected(batch_size: int) -> float:
    """The seconds of an epoch: for all sizes, or ``SIZE:SECONDS`` for one and 1 for the others."""
    size, _, seconds = os.environ.get("LAB6_FAKE_EXPECTED", "1").rpartition(":")
    return float(seconds) if size in ("", str(batch_size)) else 1.0


def prepare(here: dict) -> dict:
    network = here.get("network", [128])
    own = isinstance(network, dict)
    return {
        "compile_seconds": 0.5,
        "expected_seconds": expected(here["batch_size"]),
        "steps": -(-here["images"] // here["batch_size"]),
        "network": None if own else [784, *network, 10],
        "precision": "float32",
        "parameter_count": 101_770,
        **({"hosts": 1} if here.get("seat") else {}),
    } | ({"model": network["name"], "model_digest": "sha256:0"} if own else {})


def train(seed: int, times: float, goal: dict | None) -> dict:
    time.sleep(float(os.environ.get("LAB6_FAKE_SECONDS", "0")))
    learned = {"training_accuracy": 0.5 + seed / 1000, "training_loss": 1.0, "test_accuracy": 0.6 + seed / 1000}
    steps = {"steps": 10 * goal["every"]} if goal else {}
    return {"seconds": times * (1.0 + seed), "round": {"seed": seed} | learned | steps}


def attempt(goal: dict, batch_size: int) -> dict:
    """A thousand images to a target of 0.5, nine thousand to 0.9, at any setting."""
    needed = {target: round(1_000 * target / (1 - target) / batch_size) + 1 for target in goal["targets"]}
    reached = [[target, steps] for target, steps in needed.items() if steps <= goal["steps"]]
    return {"steps": goal["steps"], "reached": reached, "best_accuracy": 0.5, "diverged": False}


def answer(here: dict, how: str | None) -> dict:
    match how:
        case "hang":
            time.sleep(600)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit" | "fade":
            print("its last words", file=sys.stderr, flush=True)
            if how == "fade":
                os.close(1)
                time.sleep(0.2)
            os._exit(3)
        case "old":
            return {"failed": "TypeError: Worker.prepare() got an unexpected keyword argument 'goal'"}
        case "failed" | "unavailable":
            return {how: "as it was told to."}
        case "garbage":
            print("this is not JSON", flush=True)
    match here["do"]:
        case "start":
            return START | ({"protocol": 0} if how == "protocol" else {})
        case "ceilings":
            return {"flops_per_second": 1e9, "bytes_per_second": 1e9}
        case "prepare":
            return prepare(here)
        case "build":
            built = prepare(here)
            return {name: value for name, value in built.items() if name != "expected_seconds"} | {
                "learning_rate": 0.001
            }
        case "trial":
            return attempt(here["goal"], here["batch_size"])
        case "round":
            return train(here["seed"], 2 if how == "slow" else 1, here.get("goal"))
    return {}


def read(commands: queue.SimpleQueue) -> None:
    for line in sys.stdin:
        commands.put(json.loads(line))
    os._exit(0)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    commands: queue.SimpleQueue = queue.SimpleQueue()
    threading.Thread(target=read, args=(commands,), daemon=True).start()
    tree = os.environ["PYTHONPATH"].split(os.pathsep)[0]
    context = {"process": os.getpid(), "tree": Path(tree).name, "images": 600, "batch_size": 10}
    while True:
        command = commands.get()
        context |= {key: command[key] for key in ("images", "batch_size") if key in command}
        if command["do"] == "prepare":
            context["goal"] = command.get("goal")
        if command["do"] == "start":
            context |= {key: command[key] for key in ("engine", "device", "cores", "seat") if key in command}
            command["environment"] = {name: os.environ.get(name) for name in ENVIRONMENT}
        here = context | command
        if log := os.environ.get("LAB6_FAKE_LOG"):
            with Path(log).open("a") as file:
                file.write(json.dumps(here) + "\n")
        matching = [rule["how"] for rule in RULES if all(here.get(key) == rule[key] for key in rule if key != "how")]
        print(json.dumps(answer(here, next(iter(matching), None))), flush=True)


if __name__ == "__main__":
    main()
