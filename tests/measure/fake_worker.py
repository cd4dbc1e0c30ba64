#!/usr/bin/env python3
"""Stands for the interpreter of a worker: answers the protocol at once, without a framework.

``LAB6_FAKE``: JSON, a list of rules. A rule is a ``how``, and what a command must have for it: any of the command's own
arguments (``do``, ``seed``, ``batch_size``, ...) and of those of its ``start``, or ``tree``, the name of the folder
that it would import lab6 from. How it misbehaves then: ``kill``, ``exit``, ``fade`` (closes its output, ends later),
``failed``, ``unavailable``, ``protocol``, ``garbage``. ``LAB6_FAKE_LOG``: a file for what it is told, a line each.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

ENVIRONMENT = ("KERAS_BACKEND", "PYTHONPATH", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "TF_XLA_FLAGS")
RULES = json.loads(os.environ.get("LAB6_FAKE", "[]"))
ANSWERS = {
    "start": {
        "protocol": 1,
        "cores": [0],
        "threads": [1, 1],
        "gpus": [],
        "versions": {"python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6"},
    },
    "ceilings": {"flops_per_second": 1e9, "bytes_per_second": 1e9},
    "prepare": {
        "compile_seconds": 0.5,
        "expected_seconds": float(os.environ.get("LAB6_FAKE_EXPECTED", "1")),
        "steps": 6,
        "network": [784, 128, 10],
        "precision": "float32",
        "parameter_count": 101_770,
    },
}


def answer(command: dict, how: str | None) -> dict:
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how in ("exit", "fade"):
        print("its last words", file=sys.stderr, flush=True)
        if how == "fade":
            os.close(1)
            time.sleep(0.2)
        os._exit(3)
    if how in ("failed", "unavailable"):
        return {how: "as it was told to."}
    if how == "garbage":
        print("this is not JSON", flush=True)
    given = dict(ANSWERS.get(command["do"], {}))
    if how == "protocol":
        given["protocol"] = 0
    if command["do"] == "round":
        learned = {"training_accuracy": 0.5, "training_loss": 1.0, "test_accuracy": 0.25}
        given = {"seconds": 1.0 + command["seed"], "round": {"seed": command["seed"]} | learned}
    return given


def main() -> None:
    tree = os.environ["PYTHONPATH"].split(os.pathsep)[0]
    context = {"process": os.getpid(), "tree": Path(tree).name}
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "start":
            context |= {name: command[name] for name in ("engine", "device", "cores")}
            command["environment"] = {name: os.environ.get(name) for name in ENVIRONMENT}
        with Path(os.environ.get("LAB6_FAKE_LOG", os.devnull)).open("a") as log:
            log.write(json.dumps(context | command) + "\n")
        here = context | command
        matching = [rule["how"] for rule in RULES if all(here.get(key) == rule[key] for key in rule if key != "how")]
        print(json.dumps(answer(command, next(iter(matching), None))), flush=True)


if __name__ == "__main__":
    main()
