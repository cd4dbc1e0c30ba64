"""One's own network and optimizer: made at their places, checked, and identified by a digest of their configuration."""

import functools
import hashlib
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lab6.errors import OptionError
from lab6.place import Place
from lab6.training.datasets import Dataset
from lab6.training.framework import backend, keras
from lab6.training.network import HIDDEN
from lab6.training.network import build as lab_network

NAMES = "adadelta, adafactor, adagrad, adam, adamax, adamw, ftrl, lamb, lion, muon, nadam, rmsprop, sgd"
"""Keras's optimizers, as ``--optimizer`` names them; older versions of Keras lack some."""

UNNAMED = ("name", "seed", "shared_object_id", "build_config", "registered_name")
"""Parts of a configuration that do not say what is computed: counters, seeds, and what is found when it is built."""


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

    The function raises OptionError if the place cannot be imported, fails, or makes something else.
    """

    def build(seed: int) -> keras.Model:
        keras.utils.set_random_seed(seed)
        made = place.call()
        if not isinstance(made, keras.Model):
            raise OptionError(f"{place.title} returned {_kind(made)} instead of a Keras model: let it return one.")
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
            return made
        config = {} if learning_rate is None else {"learning_rate": learning_rate}
        try:
            return keras.optimizers.get({"class_name": optimizer, "config": config})
        except ValueError as error:
            raise OptionError(
                f"--optimizer: {optimizer!r} is not in Keras {keras.__version__}; give one of {NAMES}, or "
                "the place of a function that makes one."
            ) from error

    return make


def input_shape(model: keras.Model, image_shape: tuple[int, ...], classes: int) -> tuple[int, ...]:
    """The shape in which ``model`` takes images of ``image_shape``: the same, flattened, or with one channel.

    A model without an input shape is built for the images as they are. Raises OptionError if it takes no such images,
    or cannot tell so many classes apart.
    """
    if not model.built:
        try:
            model(np.zeros((1, *image_shape), np.float32))
        except Exception as error:  # whatever a layer raises
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise OptionError(
                f"the network cannot be built for images of shape {image_shape} ({first[:200]}): begin it with "
                "keras.Input."
            ) from error
    wanted = _shape(model, "input", image_shape)
    flat, channel = (int(np.prod(image_shape)),), (*image_shape, 1)
    shapes = [image_shape, flat, channel, *([image_shape[:-1]] if image_shape[-1] == 1 else [])]
    fitting = [shape for shape in shapes if len(shape) == len(wanted) and _fits(shape, wanted)]
    if not fitting:
        raise OptionError(
            f"the network takes inputs of shape {wanted}, but the data set has images of shape {image_shape}: give "
            "a network and data that fit each other."
        )
    outputs = _shape(model, "output", (classes,))
    if len(outputs) != 1 or outputs[0] is None or outputs[0] < classes:
        raise OptionError(
            f"the network has outputs of shape {outputs}, but the data set has {classes} classes: let its last layer "
            f"have {classes} units, one for each class."
        )
    return fitting[0]


def gives_logits(model: keras.Model) -> bool:
    """Whether the outputs of ``model`` are logits, and not probabilities, by its last layer. Raises OptionError."""
    last = _last(model)
    if isinstance(last, keras.layers.Softmax):
        return False
    activation = getattr(last, "activation", None)
    name = getattr(activation, "__name__", "linear")
    if name not in ("linear", "log_softmax", "softmax"):
        raise OptionError(
            f"the network's last layer has the activation {name}: give logits (no activation) or probabilities "
            "(softmax)."
        )
    return name != "softmax"


def only_fit_trains(model: keras.Model) -> bool:
    """Whether ``model`` has a training step of its own, which only ``fit`` follows."""
    own = type(model)
    return any(getattr(own, name, None) is not getattr(keras.Model, name, None) for name in ("train_step", "fit"))


def digest(thing: keras.Model | keras.optimizers.Optimizer) -> str:
    """Identify a model or an optimizer by what its configuration says, without names and seeds.

    ``sha256:`` and the hexadecimal SHA-256 of the configuration as JSON with sorted keys; of a model that has none, of
    the classes of its layers and the shapes of its variables.
    """
    try:
        config: Any = thing.get_config()
    except NotImplementedError:
        config = [type(layer).__name__ for layer in thing.layers]
    shapes = [tuple(variable.shape) for variable in thing.variables]
    described = json.dumps([type(thing).__name__, _plain(config), shapes], sort_keys=True, default=_kind)
    return f"sha256:{hashlib.sha256(described.encode()).hexdigest()}"


def learning_rate(optimizer: keras.optimizers.Optimizer) -> float | None:
    """The step size of ``optimizer``; None if a schedule decides it."""
    rate = optimizer.get_config().get("learning_rate")
    return float(f"{float(backend.to_numpy(optimizer.learning_rate)):.7g}") if isinstance(rate, float) else None


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
        found |= {"optimizer": chosen["name"], "optimizer_digest": digest(optimizer)}
    return found


def _plain(config: Any, counters: dict[str, str] | None = None) -> Any:
    """A configuration without what does not decide the computation; layers are called by their order."""
    counters = {} if counters is None else counters
    if isinstance(config, dict):
        for name in (config.get("name"), config.get("config", {}).get("name")) if "class_name" in config else ():
            if isinstance(name, str):
                counters.setdefault(name, f"#{len(counters)}")
        return {key: _plain(value, counters) for key, value in config.items() if key not in UNNAMED}
    if isinstance(config, list | tuple):
        return [_plain(value, counters) for value in config]
    return counters.get(config, config) if isinstance(config, str) else config


def _shape(model: keras.Model, side: str, otherwise: tuple[int, ...]) -> tuple[int | None, ...]:
    """The shape of one input or output. Raises OptionError if there are several."""
    tensors = getattr(model, f"{side}s", None) or []
    if len(tensors) > 1:
        raise OptionError(
            f"the network has {len(tensors)} {side}s: lab6 trains networks that have one input and one output."
        )
    return tuple(tensors[0].shape[1:]) if tensors else otherwise


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return all(size in (length, None) for length, size in zip(shape, wanted, strict=True))


def _last(model: Any) -> Any:
    """The layer whose output is the model's."""
    while isinstance(model, keras.Model) and model.layers:
        history = getattr((getattr(model, "outputs", None) or [None])[0], "_keras_history", None)
        model = history.operation if history is not None and history.operation is not model else model.layers[-1]
    return model


def _kind(thing: object) -> str:
    return "None" if thing is None else f"a {type(thing).__name__}"
