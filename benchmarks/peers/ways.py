"""The ways to train that race: lab6's engines on Keras's backends, and what is written by hand."""

import dataclasses
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lab6.measure import places, sharing
from lab6.measure.facts import PACKAGES
from lab6.measure.options import Options
from lab6.measure.plan import Plan
from lab6.measure.sharing import Sharing
from lab6.measure.way import NOWHERE, Way
from lab6.training.engines import TOGETHER

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

DDP = Way("torch-ddp", "torch", Path(), place="benchmarks.peers.torch_ddp:TorchDdp", programs=NOWHERE)
"""PyTorch's way to train with several workers; ``torch-eager`` is the same with one."""


def racing(plan: Plan) -> dict[str, Way]:
    """Those that race with the options of ``plan``; the others are compared with the first."""
    options = plan.options
    if not options.trains_together:
        return alone(options, plan.root)
    found = together(options, plan.root)
    if plan.cluster_workers is None:
        return found
    return {name: way.of_cluster(plan.cluster_workers) for name, way in found.items()}


def ways(tree: Path, threads: int | None, cores: tuple[int, ...] | None) -> dict[str, Way]:
    """All of them, imported from ``tree``, with so many threads on these cores."""
    return {
        name: dataclasses.replace(way, tree=tree, threads=threads, cores=cores, visible_gpus="-1")
        for name, way in WAYS.items()
    }


def alone(options: Options, tree: Path) -> dict[str, Way]:
    """The ways to train with one worker, with as many threads as the options say."""
    threads = options.one_threads if isinstance(options.one_threads, int) else None
    return ways(tree, threads, places.first(threads))


def together(options: Options, tree: Path) -> dict[str, Way]:
    """The ways to train with several workers that the options ask for, and the same with one, which come first.

    In a cluster, only ``torch-ddp``: lab6's engines are measured there by ``pytest benchmarks``.
    """
    groups = [own for own in sharing.sharings(options) if own.team]
    if options.cluster:
        return {DDP.engine: _shared(DDP, tree, groups[0])}
    able = {name: way for name, way in WAYS.items() if not way.place and way.backend in TOGETHER.get(way.engine, {})}
    single = alone(options, tree)
    found = {name: single[name] for name in [*able, "torch-eager"]}
    for own in groups:
        shared = {name: _shared(way, tree, own) for name, way in (able | {DDP.engine: DDP}).items()}
        found |= {f"{name}-{way.suffix}": way for name, way in shared.items()}
    return found


def first(options: Options, tree: Path) -> Way | None:
    """The way whose processes are started first, to describe the machine; None for that of ``pytest benchmarks``."""
    return next(iter(together(options, tree).values())) if options.trains_together else None


def _shared(way: Way, tree: Path, own: Sharing) -> Way:
    return dataclasses.replace(way, tree=tree, threads=own.threads, team=own.team, note=own.note, visible_gpus="-1")


def versions() -> dict[str, str]:
    """The versions of the packages that are installed, of all of them."""
    found = {}
    for package in ("keras", *(package for packages in PACKAGES.values() for package in packages)):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
