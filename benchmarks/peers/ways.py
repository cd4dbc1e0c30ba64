"""The ways to train that race: lab6's engines on Keras's backends, and what is written by hand."""

import dataclasses
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lab6.measure.facts import PACKAGES
from lab6.measure.way import NOWHERE, Way

_ALL = (
    ("compiled", "tensorflow", None),
    ("fused", "tensorflow", None),
    ("fit", "tensorflow", None),
    ("compiled", "jax", None),
    ("fit", "jax", None),
    ("fit", "torch", None),
    ("jax-scan", "jax", "benchmarks.peers.jax_scan:JaxScan"),
    ("torch-eager", "torch", "benchmarks.peers.torch_eager:TorchEager"),
    ("torch-compile", "torch", "benchmarks.peers.torch_compile:TorchCompile"),
)
"""Engine, backend, and where the class is of what is written by hand."""

WAYS = {
    engine if place or engine == "fused" else f"{engine}-{backend}": Way(
        engine, backend, Path(), place=place, programs=NOWHERE
    )
    for engine, backend, place in _ALL
}
"""All of them, by the name that selects them. All compile anew, or their compile times would mean nothing."""

REFERENCE = next(iter(WAYS))
"""The way that the others are compared with."""


def ways(tree: Path, threads: int | None, cores: tuple[int, ...] | None) -> dict[str, Way]:
    """All of them, imported from ``tree``, with so many threads on these cores."""
    return {
        name: dataclasses.replace(way, tree=tree, threads=threads, cores=cores, visible_gpus="-1")
        for name, way in WAYS.items()
    }


def versions() -> dict[str, str]:
    """The versions of the packages that are installed, of all of them."""
    found = {}
    for package in ("keras", *(package for packages in PACKAGES.values() for package in packages)):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
