"""The options of ``pytest benchmarks``: parsed once, validated once, then one frozen object."""

import dataclasses
import importlib.util
import os
import shutil
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from lab6 import paths, values
from lab6.errors import OptionError
from lab6.training.backends import BACKENDS
from lab6.training.datasets import CHOICES as DATASETS
from lab6.training.datasets.dataset import TRAINING_IMAGES
from lab6.training.engines import ENGINES, NEEDED, available

T = TypeVar("T")

DEFAULT_BATCH_SIZES = (1, 10, 100, 1_000, 60_000)
OPTIMIZERS = {"adam": 0.001, "sgd": 0.01}
"""The optimizers, and the learning rates that Keras gives them."""


@dataclasses.dataclass(frozen=True)
class Options:
    """What to measure.

    None stands for: all devices of the machine; one round (in a duet, as many as fill a second); all threads (in a
    duet, one); all images; the machine's default label. ``threads`` is a number or ``all``. ``duration``: of a duet;
    seconds.
    """

    batch_sizes: tuple[int, ...]
    engines: tuple[str, ...]
    devices: tuple[str, ...] | None
    processes: int
    rounds: int | None
    threads: int | str | None
    images: int | None
    seed: int
    optimizer: str
    learning_rate: float
    dataset: str
    data_dir: Path | None
    machine: str | None
    against: str | None
    against_python: str | None
    duration: float
    check_against: str | None
    minimum_effect: float
    allow_differing: tuple[str, ...]

    @property
    def is_duet(self) -> bool:
        """Whether two versions of the code, or two interpreters, are compared."""
        return self.against is not None or self.against_python is not None

    @property
    def comparing(self) -> str:
        """The option that asks for a verdict; empty if none does."""
        if self.is_duet:
            return "--against" if self.against else "--against-python"
        return "--check-against" if self.check_against is not None else ""

    def seeds(self, process: int, rounds: int) -> range:
        """The seeds of the ``rounds`` of a process, counted from 1; no two rounds of a run have the same."""
        first = self.seed + (process - 1) * rounds
        return range(first, first + rounds)


HELP: dict[str, tuple[str, str]] = {
    "--batch-sizes": (
        "LIST",
        "Minibatch sizes, up to the number of images. Default: those of 1,10,100,1000,60000 that are not larger.",
    ),
    "--engines": (
        "LIST",
        f"How to train the epoch: any of {', '.join(ENGINES)}, as far as KERAS_BACKEND has them. Default: "
        "compiled, or fit if the backend has none.",
    ),
    "--devices": ("LIST", "Where to train: all, or any of cpu, gpu:0, gpu:1, ... Default: all."),
    "--processes": ("N", "Processes that train in turns, each started for this run. Default: 3."),
    "--rounds": ("N", "Epochs to time in each process, each from a seed of its own. Default: 1."),
    "--threads": ("N", "Threads of each process: a number, or all. Default: all; with --against, 1."),
    "--images": ("N", "Train on the first N images only, for a quick look. Default: all 60,000."),
    "--seed": ("N", "The first round's seed; the next round has the next number. Default: 0."),
    "--optimizer": ("NAME", f"One of {', '.join(OPTIMIZERS)}, with Keras's defaults. Default: adam."),
    "--learning-rate": ("RATE", "The optimizer's step size. Default: Keras's, 0.001 for adam and 0.01 for sgd."),
    "--dataset": (
        "NAME",
        f"One of {', '.join(DATASETS)}; auto takes MNIST if it can be found, otherwise the embedded digits. "
        "Default: auto.",
    ),
    "--data-dir": (
        "DIR",
        "A folder with mnist.npz or MNIST's four IDX files, or one of these files. Default: LAB6_DATA_DIR, if it is "
        "set.",
    ),
    "--machine": (
        "LABEL",
        "What to call this machine and its folder of results. Default: host name, CPU, cores and six digits.",
    ),
    "--against": (
        "REV",
        "Compare the working tree, uncommitted changes included, with a git revision: both train at the same time, "
        "pair after pair; fail if this one is slower or learns less. Default: nothing is compared.",
    ),
    "--against-python": (
        "PATH",
        "Give the other side of the comparison this interpreter, such as one with another TensorFlow. Default: this "
        "one.",
    ),
    "--duration": ("SECONDS", "How long --against adds pairs. Default: 180."),
    "--check-against": (
        "NAME",
        "At the end, say whether this is slower or learns less than saved runs of that name, number or file, "
        "and fail if so (lab6 check). Default: nothing is checked.",
    ),
    "--minimum-effect": ("X", "The smallest change that matters to --against and --check-against. Default: 2%%."),
    "--allow-differing": (
        "FIELDS",
        "What of the machine may differ from that of --check-against, such as tensorflow. Default: nothing.",
    ),
}
"""Each option, the placeholder of its value, and its help."""


def parse(given: Namespace, environment: Mapping[str, str] = os.environ) -> Options:
    """Validate the command line's strings, None for an option that was left out.

    Raises OptionError, which says what is wrong, what is allowed, and what to do.
    """
    chosen = {name: value for name, value in vars(given).items() if value is not None}
    backend = values.one_of("KERAS_BACKEND", environment.get("KERAS_BACKEND") or next(iter(BACKENDS)), BACKENDS)
    optimizer = values.one_of("--optimizer", chosen.get("optimizer", "adam"), OPTIMIZERS)
    images = values.whole("--images", chosen["images"], 1, TRAINING_IMAGES) if "images" in chosen else None
    data_dir = chosen.get("data_dir") or environment.get("LAB6_DATA_DIR")
    if chosen.get("against") == "":
        raise OptionError("--against: '' is not allowed; give a git revision, such as HEAD or main.")
    return Options(
        batch_sizes=_batch_sizes(chosen.get("batch_sizes"), images or TRAINING_IMAGES),
        engines=_engines(chosen.get("engines"), backend),
        devices=_devices(chosen.get("devices", "all")),
        processes=values.whole("--processes", chosen.get("processes", "3"), 1, 1_000),
        rounds=values.whole("--rounds", chosen["rounds"], 1, 10_000) if "rounds" in chosen else None,
        threads=_threads(chosen.get("threads")),
        images=images,
        seed=values.whole("--seed", chosen.get("seed", "0"), 0, 2**31 - 1),
        optimizer=optimizer,
        learning_rate=values.positive("--learning-rate", chosen.get("learning_rate", str(OPTIMIZERS[optimizer]))),
        dataset=values.one_of("--dataset", chosen.get("dataset", "auto"), DATASETS),
        data_dir=paths.local("--data-dir or LAB6_DATA_DIR", data_dir, "a folder or file") if data_dir else None,
        machine=_label(chosen["machine"]) if "machine" in chosen else None,
        against=chosen.get("against"),
        against_python=_python(chosen.get("against_python")),
        duration=values.positive("--duration", chosen.get("duration", "180")),
        check_against=chosen.get("check_against"),
        minimum_effect=values.share("--minimum-effect", chosen.get("minimum_effect", "2%")),
        allow_differing=values.listed(chosen["allow_differing"], str) if chosen.get("allow_differing") else (),
    )


def _batch_sizes(text: str | None, most: int) -> tuple[int, ...]:
    if text is None:
        return tuple(size for size in DEFAULT_BATCH_SIZES if size <= most)
    return _once_each(values.listed(text, lambda item: values.whole("--batch-sizes", item, 1, most)))


def _engines(text: str | None, backend: str) -> tuple[str, ...]:
    """The engines, if the backend has them. Raises OptionError."""
    has = available(backend)
    if text is None:
        return has[:1]
    chosen = _once_each(values.listed(text, lambda item: values.one_of("--engines", item, ENGINES)))
    for engine in chosen:
        if engine in NEEDED and importlib.util.find_spec(NEEDED[engine]) is None:
            raise OptionError(f"--engines: {engine} needs {NEEDED[engine]}, which is missing: install lab6[{engine}].")
        if engine not in has:
            raise OptionError(
                f"--engines: {BACKENDS[backend]}, which KERAS_BACKEND names, has no {engine}; give one of "
                f"{', '.join(has)}, or set KERAS_BACKEND to {' or '.join(ENGINES[engine])}."
            )
    return chosen


def _devices(text: str) -> tuple[str, ...] | None:
    if text.strip() == "all":
        return None
    pattern, advice = r"cpu|gpu:(0|[1-9][0-9]?)", "all, or a list such as cpu,gpu:0"
    return _once_each(values.listed(text, lambda item: values.matching("--devices", item, pattern, advice)))


def _threads(text: str | None) -> int | str | None:
    if text is None or text == "all":
        return text
    if not text.isdecimal():
        raise OptionError(f"--threads: {text[:60]!r} is not allowed; give a number of threads, or all.")
    return values.whole("--threads", text, 1, 4_096)


def _python(text: str | None) -> str | None:
    """The interpreter's path. Raises OptionError if it is not a program."""
    if text is None:
        return None
    found = shutil.which(paths.expanded(text))
    if found is None:
        raise OptionError(f"--against-python: {text[:200]!r} is not a program; give the path of a Python interpreter.")
    return os.path.abspath(found)  # noqa: PTH100  # Path.resolve would leave the virtual environment


def _label(text: str) -> str:
    advice = "1 to 100 printable characters, such as 'lab desktop'"
    pattern = r"(?=.*\S).{1,100}" if text.isprintable() else r"(?!)"
    return values.matching("--machine", text, pattern, advice).strip()


def _once_each(items: Sequence[T]) -> tuple[T, ...]:
    """The items in their order, without repetitions."""
    return tuple(dict.fromkeys(items))
