"""Show a network's parameter count as arithmetic, in a terminal."""

import itertools
import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.text import Text

from lab6.errors import OptionError
from lab6.place import Place
from lab6.terminal_table import Column, Columns
from lab6.training import network, own
from lab6.training.framework import keras

MOST_ARRAYS = 10
"""Arrays of one layer that are written out; more are counted."""

WIDEST = 34
"""Characters of the arithmetic of a layer on one line."""

TIED = "\N{NO-BREAK SPACE}"

KINDS = {
    "Dense": "each unit has a weight for each of its inputs",
    "Conv1D Conv2D Conv3D": "kernel x channels x filters: each filter has a kernel for each channel",
    "Conv1DTranspose Conv2DTranspose Conv3DTranspose": (
        "kernel x filters x channels: each filter has a kernel for each channel"
    ),
    "DepthwiseConv1D DepthwiseConv2D": (
        "kernel x channels x multiplier: each channel has filters of its own, each with a kernel"
    ),
    "SeparableConv1D SeparableConv2D": (
        "a depthwise convolution, and after it a filter with a weight for each of its outputs"
    ),
    "BatchNormalization": (
        "each channel has a scale and a shift, which are trained, and a mean and a variance, which are not"
    ),
}
"""What the parameters of Keras's layers are, but for a bias, by the names of their classes."""


class Part(NamedTuple):
    """A layer with parameters, its name with those of the models around it, and its arrays."""

    name: str
    layer: Any
    weights: tuple[Any, ...]


def parameters(hidden: Sequence[int]) -> RenderableType:
    """Each layer's parameters as arithmetic: a weight for each input and unit, and a bias for each unit."""
    layers = network.dense_layers(network.build(seed=0, hidden=hidden))
    rows = Columns(Column("layer", left=True, wraps=True), "inputs x units\n+ biases", "parameters")
    for number, layer in enumerate(layers, 1):
        kind = "softmax over the ten digits" if number == len(layers) else "ReLU"
        inputs, units = layer.kernel.shape
        rows.add_row(f"dense {number} ({kind})", f"{inputs:,} x {units:,} + {units:,}", f"= {layer.count_params():,}")
    rows.add_row("together", "", f"{sum(layer.count_params() for layer in layers):,}", style="bold")
    title = "-".join(map(str, (network.INPUTS, *hidden, network.OUTPUTS)))
    return Group(Text(f"The {title} network: each unit has a weight for each of its inputs, and one bias.\n"), rows)


def of_place(place: Place) -> RenderableType:
    """The same of the model that a function returns. Raises OptionError if it returns none, or one without a shape."""
    model = own.builder(place)(0)
    if not model.built:
        raise OptionError(
            f"--model: the network of {place.title} has no parameters yet, since it does not know the shape of its "
            "inputs: begin it with keras.Input, such as keras.Input((28, 28, 1))."
        )
    return of_model(model, place.title)


def of_model(model: keras.Model, title: str) -> RenderableType:
    """Each layer's parameters as the sum of its arrays' sizes, and what they are. ``model``: built."""
    parts = list(_parts(model))
    still = sum(map(_not_trained, parts))
    last = ["of these\nnot trained"] if still else []
    rows = Columns(Column("layer", left=True, wraps=True), "arithmetic", "parameters", *last)
    for part in parts:
        name = escape(f"{part.name} ({type(part.layer).__name__})")
        cells = (
            name,
            _arithmetic(part.weights),
            f"= {_size(part.weights):,}",
            f"{_not_trained(part):,}".removeprefix("0"),
        )
        rows.add_row(*cells[: 3 + len(last)])
    total = sum(_size(part.weights) for part in parts)
    rows.add_row("together", "", f"{total:,}", *([f"{still:,}"] if still else []), style="bold")
    trained = f"; of these, {still:,} are not trained" if still else ""
    notes = [Text(f"\n{note}") for note in ["\n".join(_explanations(parts))] if note]
    return Group(Text(f"The network of {title} has {total:,} parameters{trained}.\n"), rows, *notes)


def _parts(model: keras.Model) -> Iterator[Part]:
    """The layers with parameters, those of models within the model too, each array once."""
    seen: set[int] = set()

    def within(layer: Any, path: str) -> Iterator[Part]:
        if isinstance(layer, keras.Model):
            for each in layer.layers:
                yield from within(each, f"{path}{each.name}/" if isinstance(each, keras.Model) else path)
        own = tuple(each for each in layer.weights if id(each) not in seen)
        seen.update(map(id, own))
        if own:
            name = path.rstrip("/") or layer.name if isinstance(layer, keras.Model) else f"{path}{layer.name}"
            yield Part(name, layer, own)

    return within(model, "")


def _size(weights: Sequence[Any]) -> int:
    return sum(math.prod(each.shape) for each in weights)


def _not_trained(part: Part) -> int:
    return _size([each for each in part.weights if not each.trainable])


def _arithmetic(weights: Sequence[Any]) -> str:
    """The shapes of arrays as a sum of products, such as ``3 x 3 x 1 x 32 + 32``."""
    if len(weights) > MOST_ARRAYS:
        return f"{len(weights):,} arrays"
    terms = []
    for (shape, _), same in itertools.groupby((tuple(each.shape), each.trainable) for each in weights):
        product = " x ".join(f"{side:,}" for side in shape) or "1"
        count = len(list(same))
        terms.append(f"{count} x {product}" if count > 1 else product)
    whole = " + ".join(terms).replace("+ ", f"+{TIED}").replace(" x ", f"{TIED}x{TIED}")
    return "\n".join(textwrap.wrap(whole, WIDEST, break_long_words=False)).replace(TIED, " ")


def _explanations(parts: Sequence[Part]) -> Iterator[str]:
    """A sentence for each kind of layer that occurs."""
    for names, sentence in KINDS.items():
        layers = [part.layer for part in parts if type(part.layer).__name__ in names.split()]
        if layers:
            kinds = ", ".join(dict.fromkeys(type(layer).__name__ for layer in layers))
            biased = any(getattr(layer, "use_bias", False) for layer in layers)
            yield f"{kinds}: {sentence}{', and one bias' if biased else ''}."
