"""The options of ``pytest benchmarks``: parsed once, validated once, then one frozen object."""

import dataclasses
import os
import re
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab6.errors import OptionError
from lab6.training.datasets import CHOICES as DATASETS
from lab6.training.datasets.dataset import TRAINING_IMAGES
from lab6.training.engines import ENGINES

DEFAULT_BATCH_SIZES = (1, 10, 100, 1_000, 60_000)
OPTIMIZERS = {"adam": 0.001, "sgd": 0.01}
"""The optimizers, and the learning rates that Keras gives them."""


@dataclasses.dataclass(frozen=True)
class Options:
    """What to measure. ``None`` stands for: all devices there are, all images, this machine's own label."""

    batch_sizes: tuple[int, ...]
    engines: tuple[str, ...]
    devices: tuple[str, ...] | None
    rounds: int
    images: int | None
    seed: int
    optimizer: str
    learning_rate: float
    dataset: str
    data_dir: Path | None
    machine: str | None

    @property
    def seeds(self) -> range:
        """One seed for each round."""
        return range(self.seed, self.seed + self.rounds)


HELP: dict[str, tuple[str, str]] = {
    "--batch-sizes": (
        "LIST",
        "Minibatch sizes, up to the number of images. Default: those of 1,10,100,1000,60000 that are not larger.",
    ),
    "--engines": (
        "LIST",
        f"How to train the epoch: any of {', '.join(ENGINES)}. Default: {next(iter(ENGINES))}.",
    ),
    "--devices": (
        "LIST",
        "Where to train: all, or any of cpu, gpu:0, gpu:1, ... Default: all that are there.",
    ),
    "--rounds": ("N", "Epochs to time for each benchmark, each from a seed of its own. Default: 3."),
    "--images": ("N", "Train on the first N images only, for a quick look. Default: all 60,000."),
    "--seed": ("N", "The first round's seed; the next round has the next number. Default: 0."),
    "--optimizer": ("NAME", f"One of {', '.join(OPTIMIZERS)}, with Keras's defaults. Default: adam."),
    "--learning-rate": (
        "RATE",
        "The optimizer's step size. Default: Keras's, 0.001 for adam and 0.01 for sgd.",
    ),
    "--dataset": (
        "NAME",
        f"One of {', '.join(DATASETS)}; auto takes MNIST where it can be had, otherwise the embedded digits. "
        "Default: auto.",
    ),
    "--data-dir": (
        "DIR",
        "A folder with mnist.npz or MNIST's four IDX files. Default: LAB6_DATA_DIR, if it is set.",
    ),
    "--machine": (
        "LABEL",
        "What to call this machine and its folder of results. Default: its CPU, cores and host name.",
    ),
}
"""Each option, the placeholder of its value, and its help."""


def parse(given: Namespace, environment: Mapping[str, str] = os.environ) -> Options:
    """Validate the command line's strings, None where an option was left out.

    Raises OptionError, which says what is wrong, what is allowed, and what to do.
    """
    said = {name: value for name, value in vars(given).items() if value is not None}
    optimizer = _one_of("--optimizer", said.get("optimizer", "adam"), tuple(OPTIMIZERS))
    images = _whole("--images", said["images"], 1, TRAINING_IMAGES) if "images" in said else None
    data_dir = said.get("data_dir") or environment.get("LAB6_DATA_DIR")
    return Options(
        batch_sizes=_batch_sizes(said.get("batch_sizes"), images),
        engines=_list(said.get("engines", next(iter(ENGINES))), _engine),
        devices=_devices(said.get("devices", "all")),
        rounds=_whole("--rounds", said.get("rounds", "3"), 1, 10_000),
        images=images,
        seed=_whole("--seed", said.get("seed", "0"), 0, 2**31 - 1),
        optimizer=optimizer,
        learning_rate=_positive("--learning-rate", said.get("learning_rate", str(OPTIMIZERS[optimizer]))),
        dataset=_one_of("--dataset", said.get("dataset", "auto"), DATASETS),
        data_dir=Path(data_dir).expanduser() if data_dir else None,
        machine=_label(said["machine"]) if "machine" in said else None,
    )


def _batch_sizes(text: str | None, images: int | None) -> tuple[int, ...]:
    most = images or TRAINING_IMAGES
    if text is None:
        return tuple(size for size in DEFAULT_BATCH_SIZES if size <= most)
    return _list(text, lambda item: _whole("--batch-sizes", item, 1, most))


def _devices(text: str) -> tuple[str, ...] | None:
    return None if text.strip() == "all" else _list(text, _device)


def _device(text: str) -> str:
    if not re.fullmatch(r"cpu|gpu:(0|[1-9][0-9]?)", text):
        raise OptionError(f"--devices: {_short(text)} is no device; give all, or a list such as cpu,gpu:0.")
    return text


def _engine(text: str) -> str:
    return _one_of("--engines", text, tuple(ENGINES))


def _label(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > 100:
        raise OptionError(
            f"--machine: {_short(text)} is no label; give 1 to 100 printable characters, such as 'lab desktop'."
        )
    return text.strip()


def _list(text: str, parse_item: Callable[[str], Any]) -> tuple[Any, ...]:
    """Comma-separated items, in the given order, without repetitions."""
    items = [item.strip() for item in text.split(",")]
    return tuple(dict.fromkeys(parse_item(item) for item in items))


def _one_of(option: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise OptionError(f"{option}: {_short(text)} is not known; give one of {', '.join(allowed)}.")
    return text


def _whole(option: str, text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", text) or not least <= int(text) <= most:
        raise OptionError(f"{option}: {_short(text)} is not allowed; give whole numbers from {least:,} to {most:,}.")
    return int(text)


def _positive(option: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise OptionError(f"{option}: {_short(text)} is no number; give one above 0, such as 0.001.") from error
    if not 0 < value < float("inf"):
        raise OptionError(f"{option}: {_short(text)} is not allowed; give a number above 0, such as 0.001.")
    return value


def _short(text: str) -> str:
    """A value as it was given, in quotes, without what would drown the message."""
    return repr(text if len(text) <= 60 else f"{text[:60]}...")
