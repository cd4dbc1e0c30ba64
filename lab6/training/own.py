"""One's own network and optimizer: made at their places, and identified by a digest of their configuration."""

import dataclasses
import functools
import hashlib
import json
import math
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from lab6.errors import OptionError
from lab6.place import Place
from lab6.training.cost import cost
from lab6.training.datasets import Dataset
from lab6.training.engines.engine import Engine
from lab6.training.framework import backend, keras
from lab6.training.network import HIDDEN
from lab6.training.network import build as lab_network

NAMES = "adadelta, adafactor, adagrad, adam, adamax, adamw, ftrl, lamb, lion, muon, nadam, rmsprop, sgd"
"""Keras's optimizers, as ``--optimizer`` names them; older versions of Keras lack some."""

UNNAMED = ("name", "seed", "shared_object_id", "build_config", "build_input_shape", "module", "registered_name")
"""Parts of a configuration that do not say what is computed: counters, seeds, places of code, and what is found when it
is built."""

Plain = dict[str, Any]
"""A place as a worker is told of it."""


def makers(
    dataset: Dataset, network: Sequence[int] | Plain | None, optimizer: str | Plain, learning_rate: float | None
) -> tuple[Callable[[int], keras.Model], Callable[[], keras.optimizers.Optimizer]]:
    """What makes a model from a seed, and what makes an optimizer.

    ``network``: the widths of hidden layers, one's own, or None for the lab's; ``learning_rate``: None for the
    optimizer's own.
    """
    fresh = optimizer_maker(Place(**optimizer) if isinstance(optimizer, dict) else optimizer, learning_rate)
    if isinstance(network, dict):
        return builder(Place(**network)), fresh
    hidden = HIDDEN if network is None else network
    pixels = math.prod(dataset.shape)
    return functools.partial(lab_network, hidden=hidden, inputs=pixels, outputs=dataset.classes), fresh


def builder(place: Place) -> Callable[[int], keras.Model]:
    """Returns, for a seed, the newly initialised model that ``place`` makes; the seed is set before each call.

    The function raises OptionError if the place cannot be imported, fails, or makes something else or the same again.
    """
    last: list[weakref.ref[keras.Model]] = []

    def build(seed: int) -> keras.Model:
        place.function()  # now, since its module may draw random numbers
        keras.utils.set_random_seed(seed)
        made = place.call()
        if not isinstance(made, keras.Model):
            raise OptionError(f"{place.title} returned {_kind(made)} instead of a Keras model: let it return one.")
        if any(made is each() for each in last):
            raise OptionError(f"{place.title} returned the same model again: let it make a new one at each call.")
        last[:] = [weakref.ref(made)]
        return made

    return build


def optimizer_maker(optimizer: str | Place, learning_rate: float | None) -> Callable[[], keras.optimizers.Optimizer]:
    """Returns a new optimizer at each call: Keras's of that name with its defaults, or what the place makes.

    ``learning_rate``: None for the optimizer's own. The function raises OptionError.
    """

    def make() -> keras.optimizers.Optimizer:
        if isinstance(optimizer, Place):
            made = optimizer.call()
            if not isinstance(made, keras.optimizers.Optimizer):
                raise OptionError(
                    f"{optimizer.title} returned {_kind(made)} instead of a Keras optimizer: let it return one."
                )
            if made.built:
                raise OptionError(
                    f"{optimizer.title} returned an optimizer that is in use: let it make a new one at each call."
                )
            return made
        found = {name.lower(): kind for name, kind in vars(keras.optimizers).items()}.get(optimizer)
        if found is None or optimizer not in NAMES.split(", "):
            raise OptionError(
                f"--optimizer: {optimizer!r} is not in Keras {keras.__version__}; give one of {NAMES}, or "
                "the place of a function that makes one."
            )
        return found() if learning_rate is None else found(learning_rate=learning_rate)

    return make


def digest(thing: keras.Model | keras.optimizers.Optimizer) -> str:
    """Identify a model or an optimizer by what its configuration says, without names and seeds.

    ``sha256:`` and the hexadecimal SHA-256, as JSON with sorted keys, of its class and configuration, and of a model
    also of those of all its layers and the shapes of its variables. Code is not part of it.
    """
    parts: list[Any] = [type(thing).__name__, _config(thing)]
    if isinstance(thing, keras.Model):
        parts += [[type(layer).__name__, _config(layer)] for layer in thing._flatten_layers(include_self=False)]
        parts.append([tuple(variable.shape) for variable in thing.variables])
    described = json.dumps(_plain(parts), sort_keys=True, default=_kind)
    return f"sha256:{hashlib.sha256(described.encode()).hexdigest()}"


def _config(thing: Any) -> Any:
    """Its configuration; of what has none, its public attributes as far as they are plain, and its schedule."""
    try:
        return thing.get_config()
    except Exception:  # NotImplementedError, or whatever somebody's class raises
        own = {name: value for name, value in vars(thing).items() if name[0] != "_" and name != "built"}
    if isinstance(rate := getattr(thing, "_learning_rate", None), keras.optimizers.schedules.LearningRateSchedule):
        own["learning_rate"] = [type(rate).__name__, list(vars(rate).items())]
    return {name: value for name, value in own.items() if isinstance(value, str | int | float | list | tuple)}


def learning_rate(optimizer: keras.optimizers.Optimizer) -> float | None:
    """The step size of ``optimizer``; None if a schedule decides it."""
    rate = getattr(optimizer, "inner_optimizer", optimizer)._learning_rate
    if not isinstance(rate, keras.Variable):
        return None
    return float(f"{float(backend.to_numpy(rate.value)):.7g}")  # 0.001, not its float32


def described(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, network: object, chosen: object
) -> dict[str, Any]:
    """The fields of a :class:`lab6.record.Record` on a model and an optimizer, as far as they are one's own.

    ``network``, ``chosen``: what they were made by, as for :func:`makers`.
    """
    found: dict[str, Any] = {"learning_rate": learning_rate(optimizer)}
    if isinstance(network, dict):
        found |= {"model": network["name"], "model_digest": digest(model)}
    if isinstance(chosen, dict):
        found |= {"optimizer": f"{chosen['name']}()", "optimizer_digest": digest(optimizer)}
    return found


def elements(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> int:
    """The numbers in the trainable parameters and the optimizer's slots."""
    optimizer.build(model.trainable_variables)
    return sum(math.prod(each.shape) for each in (*model.trainable_variables, *optimizer.variables) if len(each.shape))


def cost_of(engine: Engine) -> dict[str, int] | None:
    """What training takes at least, the fields of a :class:`lab6.limit.Cost`; None if that is unknown."""
    training = engine.training
    found = cost(engine.model, engine.optimizer, training.shape, training.pixels.itemsize)
    return None if found is None else dataclasses.asdict(found)


def _plain(config: Any, counters: dict[str, str] | None = None) -> Any:
    """A configuration without what does not decide the computation; layers are called by their order."""
    counters = {} if counters is None else counters
    if isinstance(config, dict):
        inner = config.get("config")
        if "class_name" in config and isinstance(inner, dict) and isinstance(inner.get("name"), str):
            counters.setdefault(inner["name"], f"#{len(counters)}")
        return {key: _plain(value, counters) for key, value in config.items() if key not in UNNAMED}
    if isinstance(config, list | tuple):
        return [_plain(value, counters) for value in config]
    return counters.get(config, config) if isinstance(config, str) else config


def _kind(thing: object) -> str:
    return "None" if thing is None else f"a {type(thing).__name__}"
