"""What ``fit`` learns on one and on two of TensorFlow's devices, in a process that has two."""

import json
from typing import Any

from lab6.errors import Lab6Error
from lab6.training.engines.engine import Task
from lab6.training.engines.fit import Fit
from lab6.training.engines.fit_mirrored import FitMirrored
from tests.training.engines.epochs import dense, digits, ending, layers, learned, optimizers


def epoch(kind: type[Fit], workers: int, batch_size: int) -> dict[str, Any]:
    """See :func:`learned`."""
    engine = kind(Task(dense, optimizers.Adam, digits(), batch_size, "cpu:0", workers=workers))
    engine.prepare()
    return learned(engine)


def refusal(build: Any, device: str) -> str:
    """Why a network is not trained on two devices, ``device`` and the next one."""
    try:
        FitMirrored(Task(build, optimizers.Adam, digits(), 100, device, workers=2))
    except Lab6Error as error:
        return str(error)
    return ""


def main() -> None:
    """Print as JSON what is learned with several minibatch sizes, and what is refused."""
    sizes = (240, 100, 2)
    found: dict[str, Any] = {str(size): [epoch(Fit, 1, size), epoch(FitMirrored, 2, size)] for size in sizes}
    found["few"] = refusal(dense, "cpu:1")
    found["dropout"] = refusal(ending(lambda: layers.Dropout(0.5)), "cpu:0")
    print(json.dumps(found))
