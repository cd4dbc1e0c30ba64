"""The engines: ways to train one epoch. All learn the same; they differ in how the work reaches the device.

A new engine is one new file with a class beside the others, and one line in :data:`ENGINES`.
"""

import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab6.training.engines.engine import Engine

ENGINES = {
    "compiled": "lab6.training.engines.compiled:Compiled",
    "fit": "lab6.training.engines.fit:Fit",
    "tape": "lab6.training.engines.tape:Tape",
}
"""Each engine's name and where its class is; the first is the default. Naming them imports no framework."""


def engine_class(name: str) -> "type[Engine]":
    """The class of the engine called ``name``, a key of :data:`ENGINES`."""
    found: type[Engine] = pkgutil.resolve_name(ENGINES[name])
    return found
