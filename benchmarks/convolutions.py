"""What a step of the convolutional network takes: as ``compiled`` trains it on CPUs, in XLA's loop, and by ``fit``.

``python benchmarks/convolutions.py`` (``KERAS_BACKEND=jax`` for JAX) takes a minute and prints milliseconds.
"""

import statistics
import time
from pathlib import Path

from lab6.place import Place
from lab6.training import datasets, interface
from lab6.training.engines import engine_class
from lab6.training.engines.engine import Engine, Task
from lab6.training.framework import keras
from lab6.training.own import builder

HERE = Path(__file__).parent
NETWORK = Place(str(HERE.parent / "examples" / "convnet" / "convnet.py"), "convnet")
SIZE, IMAGES, ROUNDS = 100, 1_000, 3


def prepared(name: str) -> Engine:
    """An engine that is ready to train."""
    task = Task(builder(NETWORK), keras.optimizers.Adam, datasets.load("digits").first(IMAGES), SIZE)
    engine = engine_class(name, keras.backend.backend())(task)
    engine.prepare()
    return engine


def milliseconds(engine: Engine, seed: int) -> float:
    """How long a step took in one epoch."""
    engine.reset(seed)
    start = time.perf_counter()
    engine.train_epoch()
    return (time.perf_counter() - start) * 1_000 / engine.steps


def main() -> None:
    """Time all three in turns."""
    ways = {"compiled": prepared("compiled"), "fit": prepared("fit")}
    interface.loops_slowly = lambda model, device: False  # as for networks without convolutions
    ways["compiled in XLA's loop"] = prepared("compiled")
    rounds = [{name: milliseconds(engine, seed) for name, engine in ways.items()} for seed in range(ROUNDS)]
    for name in ways:
        median = statistics.median(round_[name] for round_ in rounds)
        print(f"{keras.backend.backend()}, {name}: {median:.0f} ms a step")


if __name__ == "__main__":
    main()
