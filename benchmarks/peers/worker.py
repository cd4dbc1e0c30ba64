"""``python -m benchmarks.peers.worker WAY``: trains in one way, in a process of its own, and times it.

It reads commands from standard input and answers each on standard output, a line of JSON each. Between them it sleeps;
it ends when its input does. See :class:`Worker` for the commands.
"""

import gc
import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console

from benchmarks.peers.peer import Unavailable
from benchmarks.peers.ways import WAYS, Way, build
from lab6.errors import DataError
from lab6.measuring.epoch import Epochs
from lab6.measuring.progress import Progress
from lab6.training import datasets


class Worker:
    """Each public method is a command, its arguments the command's."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.epochs: Epochs | None = None

    def load(self, dataset: str, digest: str, data_dir: str | None, images: int) -> dict[str, Any]:
        """Load the first ``images`` of a data set, and make sure that it is the one that is meant."""
        loaded = datasets.load(dataset, Path(data_dir) if data_dir else None).first(images)
        if loaded.digest != digest:
            raise DataError(f"the data set {dataset} has the digest {loaded.digest} in a worker, and not {digest}.")
        self.dataset = loaded
        return {}

    def prepare(self, batch_size: int, seeds: list[int], learning_rate: float) -> dict[str, Any]:
        """Build, compile and warm up for a minibatch size."""
        self.free()
        trainer = build(self.way, self.dataset, batch_size, learning_rate)
        self.epochs = Epochs(trainer, seeds, Progress(Console(quiet=True), total=1))
        self.epochs.prepare()
        return {"compile_seconds": self.epochs.compile_seconds, "steps": trainer.steps}

    def round(self) -> dict[str, Any]:
        """Reset to the next seed, and time an epoch."""
        assert self.epochs is not None, "prepare comes first"
        seconds = self.epochs.time_one()
        return {"seconds": seconds, "round": self.epochs.rounds[-1].saved()}

    def free(self) -> dict[str, Any]:
        """Let go of what was prepared."""
        self.epochs = None
        gc.collect()
        return {}

    def answer(self, command: dict[str, Any]) -> dict[str, Any]:
        """Do a command, ``do`` being the method; what cannot be done is one sentence, ``unavailable`` or ``failed``."""
        try:
            answer: dict[str, Any] = getattr(self, command.pop("do"))(**command)
        except Unavailable as error:
            return {"unavailable": str(error)}
        except Exception as error:  # whatever it is, it costs this way alone
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            return {"failed": f"{self.way.name} failed: {type(error).__name__}: {first[:300]}"}
        return answer


def _answers() -> TextIO:
    """Where answers go; what frameworks print there from now on goes to standard error."""
    own = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return own


def main(name: str) -> None:
    """Answer commands until there are no more."""
    worker, answers = Worker(WAYS[name]), _answers()
    for line in sys.stdin:
        print(json.dumps(worker.answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
