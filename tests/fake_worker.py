"""A worker that trains nothing: a program that answers at once as :mod:`lab6.measure.worker` does, from the seeds.

``FAKE_HANGS`` and ``FAKE_DIES``, each ``SIZE:SEED``, say of which minibatch size and from which seed on a round never
ends, and in which round the process is killed. ``FAKE_SECONDS``: how long a round takes.
"""

import json
import os
import queue
import signal
import sys
import threading
import time


def at(name: str, size: int) -> int | None:
    """The seed that the variable ``name`` says for a minibatch size."""
    which, _, seed = os.environ.get(name, "0:0").partition(":")
    return int(seed) if int(which) == size else None


def prepare(images: int, size: int) -> dict:
    return {
        "compile_seconds": None,
        "expected_seconds": 0.01,
        "steps": -(-images // size),
        "network": [784, 128, 10],
        "precision": "float32",
        "parameter_count": 101_770,
    }


def train(size: int, seed: int) -> dict:
    if (first := at("FAKE_HANGS", size)) is not None and seed >= first:
        time.sleep(600)
    if at("FAKE_DIES", size) == seed:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
    learned = {"training_accuracy": 0.5 + seed / 1000, "training_loss": 1.0, "test_accuracy": 0.6 + seed / 1000}
    return {"seconds": 0.01 + (seed % 7) / 10_000, "round": {"seed": seed, **learned}}


def read(commands: queue.SimpleQueue) -> None:
    for line in sys.stdin:
        commands.put(json.loads(line))
    os._exit(0)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    commands: queue.SimpleQueue = queue.SimpleQueue()
    threading.Thread(target=read, args=(commands,), daemon=True).start()
    images = size = 0
    while True:
        command = commands.get()
        images, size = command.get("images", images), command.get("batch_size", size)
        answer = {}
        match command["do"]:
            case "start":
                answer = {"protocol": 1, "cores": [0], "threads": [1, 1], "gpus": [], "versions": {"python": "3"}}
            case "ceilings":
                answer = {"flops_per_second": 1e10, "bytes_per_second": 1e10}
            case "prepare":
                answer = prepare(images, size)
            case "round":
                answer = train(size, command["seed"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
