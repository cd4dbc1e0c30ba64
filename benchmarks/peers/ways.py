"""The ways to train that race: lab6's engines on Keras's backends, and what is written by hand."""

import dataclasses
import os
import pkgutil
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from lab6.errors import Lab6Error
from lab6.training.backends import USERS_XLA_FLAGS
from lab6.training.datasets import Dataset

PACKAGES = {"tensorflow": ("tensorflow", "keras"), "jax": ("jax", "jaxlib"), "torch": ("torch",)}
"""The packages of each backend whose versions decide its speed."""

ANEW = {
    "TF_XLA_FLAGS": "--tf_xla_persistent_cache_directory=",
    "JAX_ENABLE_COMPILATION_CACHE": "false",
    "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",
}
"""All compile anew each time, or their seconds would mean nothing; PyTorch in no other process, which would stay."""


@dataclasses.dataclass(frozen=True)
class Way:
    """A way to train. ``engine``: lab6's, or the name of a peer; ``backend``: the framework below it;
    ``peer``: where the peer's class is, None for an engine of lab6."""

    engine: str
    backend: str
    peer: str | None = None

    @property
    def name(self) -> str:
        """What people call it, and select it by."""
        return self.engine if self.peer else f"{self.engine}-{self.backend}"

    @property
    def environment(self) -> dict[str, str]:
        """What its process needs: the backend, and no GPU, since all ways race on the CPU. What is written by hand runs
        with XLA's own settings, not lab6's."""
        processor = {"KERAS_BACKEND": self.backend, "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "-1"} | ANEW
        if self.peer and USERS_XLA_FLAGS in os.environ:
            processor["XLA_FLAGS"] = os.environ[USERS_XLA_FLAGS]
        return processor

    @property
    def versions(self) -> dict[str, str]:
        """The versions of its packages; of those only that are installed."""
        found = {}
        for package in PACKAGES[self.backend]:
            try:
                found[package] = version(package)
            except PackageNotFoundError:
                continue
        return found


WAYS = {
    way.name: way
    for way in (
        Way("compiled", "tensorflow"),
        Way("fit", "tensorflow"),
        Way("compiled", "jax"),
        Way("fit", "jax"),
        Way("fit", "torch"),
        Way("jax-scan", "jax", "benchmarks.peers.jax_scan:JaxScan"),
        Way("torch-eager", "torch", "benchmarks.peers.torch_eager:TorchEager"),
        Way("torch-compile", "torch", "benchmarks.peers.torch_compile:TorchCompile"),
    )
}
"""All of them; the first is what the others are held against."""

REFERENCE = next(iter(WAYS))


def build(way: Way, dataset: Dataset, batch_size: int, learning_rate: float) -> Any:
    """Something that trains an epoch, an Engine or a Peer. Raises Unavailable for what this machine does not have.

    Imports the way's framework, so that only its own process calls it.
    """
    from benchmarks.peers import peer

    try:
        if way.peer:
            return pkgutil.resolve_name(way.peer)(peer.Task(dataset, batch_size, learning_rate))
        from lab6.training import network
        from lab6.training.engines import engine_class
        from lab6.training.engines.engine import Task
        from lab6.training.framework import keras

        def adam() -> Any:
            return keras.optimizers.Adam(learning_rate)

        return engine_class(way.engine, way.backend)(Task(network.build, adam, dataset, batch_size))
    except ImportError as error:
        advice = f"install lab6[{way.backend}]" if way.backend != "tensorflow" else "install lab6 again"
        raise peer.Unavailable(f"{way.name} needs {error.name or way.backend}, which is missing: {advice}.") from error
    except Lab6Error as error:
        raise peer.Unavailable(f"{way.name}: {error}") from error
