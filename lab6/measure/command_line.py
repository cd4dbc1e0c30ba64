"""The options of ``pytest benchmarks``, from strings to one validated object."""

import importlib.util
import os
import shutil
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lab6 import paths, values
from lab6.errors import OptionError
from lab6.measure.options import HIDDEN, OPTIMIZERS, Cluster, Options
from lab6.place import FORMS, Place
from lab6.training import datasets
from lab6.training.backends import BACKENDS
from lab6.training.datasets import CHOICES as DATASETS
from lab6.training.datasets.dataset import TRAINING_IMAGES
from lab6.training.engines import ENGINES, NEEDED, available

T = TypeVar("T")

WIDEST = 4_096
"""Units in a hidden layer."""

MOST_IMAGES = 10**9


def parse(given: Namespace, tree: Path, environment: Mapping[str, str] = os.environ) -> Options:
    """Validate the command line's strings, None for an option that was left out. ``tree``: pytest's root.

    Raises OptionError, which says what is wrong, what is allowed, and what to do.
    """
    chosen = {name: value for name, value in vars(given).items() if value is not None}
    backend = values.one_of("KERAS_BACKEND", environment.get("KERAS_BACKEND") or next(iter(BACKENDS)), BACKENDS)
    dataset = datasets.parse("--dataset", chosen.get("dataset", "auto"), tree)
    most = TRAINING_IMAGES if dataset in DATASETS else MOST_IMAGES
    images = values.whole("--images", chosen["images"], 1, most) if "images" in chosen else None
    optimizer, rate = optimizer_of(chosen.get("optimizer", "adam"), tree, chosen.get("learning_rate"))
    data_dir = chosen.get("data_dir") or environment.get("LAB6_DATA_DIR")
    if chosen.get("against") == "":
        raise OptionError("--against: '' is not allowed; give a git revision, such as HEAD or main.")
    return Options(
        batch_sizes=_batch_sizes(chosen.get("batch_sizes"), images or most),
        engines=engines(chosen.get("engines"), backend),
        devices=_devices(chosen.get("devices", "all")),
        processes=values.whole("--processes", chosen["processes"], 1, 1_000) if "processes" in chosen else None,
        rounds=values.whole("--rounds", chosen["rounds"], 1, 10_000) if "rounds" in chosen else None,
        threads=_threads(chosen.get("threads")),
        **_together(chosen),
        images=images,
        seed=values.whole("--seed", chosen["seed"], 0, 2**31 - 1) if "seed" in chosen else None,
        target=values.share("--target", chosen["target"]) if "target" in chosen else None,
        longest=values.positive("--longest", chosen.get("longest", "120")),
        **_network(chosen, tree),
        optimizer=optimizer,
        learning_rate=rate,
        dataset=dataset,
        data_dir=paths.local("--data-dir or LAB6_DATA_DIR", data_dir, "a folder or file") if data_dir else None,
        machine=_label(chosen["machine"]) if "machine" in chosen else None,
        against=chosen.get("against"),
        against_python=_python(chosen.get("against_python")),
        duration=values.positive("--duration", chosen.get("duration", "180")),
        check_against=chosen.get("check_against"),
        minimum_effect=values.share("--minimum-effect", chosen.get("minimum_effect", "2%")),
        allow_differing=values.listed(chosen["allow_differing"], str) if chosen.get("allow_differing") else (),
    )


def hidden(option: str, text: str) -> tuple[int, ...]:
    """The widths of hidden layers. Raises OptionError."""
    return values.listed(text, lambda item: values.whole(option, item, 1, WIDEST))


def optimizer_of(
    text: str, tree: Path, rate: str | None = None, option: str = "--optimizer"
) -> tuple[str | Place, float | None]:
    """An optimizer, and its learning rate, None for its own. Raises OptionError."""
    if ":" in text:
        place = Place.parse(option, text, tree)
        if rate is not None:
            raise OptionError("--learning-rate: the function of --optimizer decides it: leave this out.")
        return place, None
    advice = f"a name of Keras, such as adam or sgd, or the place of a function, {FORMS}"
    name = values.matching(option, text, r"\w+", advice).lower()
    return name, OPTIMIZERS.get(name) if rate is None else values.positive("--learning-rate", rate)


def _network(chosen: Mapping[str, str], tree: Path) -> dict[str, Any]:
    """One's own network, and the hidden layers of lab6's."""
    if {"model", "hidden"} <= chosen.keys():
        raise OptionError("--model and --hidden both say what the network is: leave one of them out.")
    model = Place.parse("--model", chosen["model"], tree) if "model" in chosen else None
    return {"model": model, "hidden": hidden("--hidden", chosen["hidden"]) if "hidden" in chosen else HIDDEN}


def _batch_sizes(text: str | None, most: int) -> tuple[int, ...] | None:
    if text is None:
        return None
    return _once_each(values.listed(text, lambda item: values.whole("--batch-sizes", item, 1, most)))


def engines(text: str | None, backend: str, option: str = "--engines") -> tuple[str, ...]:
    """The engines, if the backend has them. Raises OptionError."""
    has = available(backend)
    if text is None:
        return has[:1]
    chosen = _once_each(values.listed(text, lambda item: values.one_of(option, item, ENGINES)))
    for engine in chosen:
        if engine in NEEDED and importlib.util.find_spec(NEEDED[engine]) is None:
            raise OptionError(f"{option}: {engine} needs {NEEDED[engine]}, which is missing: install lab6[{engine}].")
        if engine not in has:
            raise OptionError(
                f"{option}: {BACKENDS[backend]}, which KERAS_BACKEND names, has no {engine}; give one of "
                f"{', '.join(has)}, or set KERAS_BACKEND to {' or '.join(ENGINES[engine])}."
            )
    return chosen


def _devices(text: str) -> tuple[str, ...] | None:
    if text.strip() == "all":
        return None
    pattern, advice = r"cpu|gpu:(0|[1-9][0-9]?)", "all, or a list such as cpu,gpu:0"
    return _once_each(values.listed(text, lambda item: values.matching("--devices", item, pattern, advice)))


def _threads(text: str | None) -> tuple[int | str, ...]:
    def parse(item: str) -> int | str:
        if item == "all":
            return item
        if not item.isdecimal():
            raise OptionError(f"--threads: {item[:60]!r} is not allowed; give numbers of threads, or all.")
        return values.whole("--threads", item, 1, 4_096)

    return () if text is None else _once_each(values.listed(text, parse))


def _together(chosen: Mapping[str, str]) -> dict[str, Any]:
    """How many train together, and where."""
    if {"workers", "cluster"} <= chosen.keys():
        raise OptionError("--workers: those of a cluster are as many as --cluster says: leave one of them out.")
    text = chosen.get("workers")
    workers = () if text is None else values.listed(text, lambda item: values.whole("--workers", item, 1, 1_024))
    return {
        "workers": _once_each(workers),
        "cluster": _cluster(chosen["cluster"]) if "cluster" in chosen else None,
        "patience": values.whole("--patience", chosen.get("patience", "60"), 1, 86_400),
    }


def _cluster(text: str) -> Cluster:
    if text == "auto":
        return Cluster()
    advice = "auto, or RANK/WORKERS@HOST:PORT, such as 0/2@10.0.0.1:5000"
    values.matching("--cluster", text, r"\d{1,6}/\d{1,6}@[^\s@]+:\d{1,5}", advice)
    place, address = text.split("@")
    values.whole("--cluster", address.rpartition(":")[2], 1, 65_535)
    rank, workers = map(int, place.split("/"))
    if workers < 2:
        raise OptionError(
            f"--cluster: {text[:60]!r} has no other worker to train with: give at least 2, or leave it out."
        )
    if rank >= workers:
        raise OptionError(
            f"--cluster: {rank} is not the rank of one of {workers} workers: give one from 0 to {workers - 1}."
        )
    return Cluster(rank, workers, address)


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
