"""The engines: ways to train one epoch. All learn the same; they differ in how the work reaches the device.

A new engine is a new file with a class, and a line in :data:`ENGINES`. This imports no framework.
"""

import dataclasses
import pkgutil
from typing import TYPE_CHECKING

from lab6.training.backends import BACKENDS

if TYPE_CHECKING:
    from lab6.training.engines.engine import Engine

_HERE = "lab6.training.engines"

ENGINES: dict[str, dict[str, str]] = {
    "compiled": {"tensorflow": f"{_HERE}.compiled:Compiled", "jax": f"{_HERE}.compiled_jax:CompiledJax"},
    "fit": dict.fromkeys(BACKENDS, f"{_HERE}.fit:Fit"),
    "tape": {"tensorflow": f"{_HERE}.tape:Tape"},
    "fused": dict.fromkeys(BACKENDS, f"{_HERE}.fused.engine:Fused"),
}
"""Each engine's name, and the place of its class for each backend of Keras that has it."""

TOGETHER: dict[str, dict[str, str]] = {
    "compiled": {"jax": f"{_HERE}.compiled_together:CompiledTogether"},
}
"""The same for several workers that train together."""


@dataclasses.dataclass(frozen=True)
class Learned:
    """Means over all images of an epoch, each image seen before its minibatch's update, as ``fit`` prints them.

    ``loss``: cross-entropy, nats an image. ``accuracy``: 0 to 1.
    """

    loss: float
    accuracy: float


@dataclasses.dataclass(frozen=True)
class Norms:
    """What the gradients of the mean loss have on several minibatches of one size, together a large one.

    ``small``: the mean of the squared norms of their gradients. ``big``: the squared norm of the gradient of all of
    them together. ``loss``: cross-entropy of all, nats an image.
    """

    small: float
    big: float
    loss: float


CPU_ONLY = ("fused",)
"""Engines that do not train on GPUs."""

NEEDED = {"fused": "numba"}
"""A package that an engine needs beside its backend; the extra of lab6 that installs it has the engine's name."""


def available(backend: str) -> tuple[str, ...]:
    """The engines that a backend has; the first is the default."""
    return tuple(name for name, places in ENGINES.items() if backend in places)


def engine_class(name: str, backend: str, together: bool = False) -> "type[Engine]":
    """The class of the engine ``name``, one of those available with ``backend``; ``together``: for several workers."""
    found: type[Engine] = pkgutil.resolve_name((TOGETHER if together else ENGINES)[name][backend])
    return found
