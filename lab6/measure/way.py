"""A way to train: everything that decides what a worker process does, and how fast."""

import dataclasses
import os
import sys
from pathlib import Path

from lab6 import folders, settings
from lab6.record import PACKAGES
from lab6.training.backends import programs

NOWHERE = ""
"""The value of ``programs`` with which no compiled program is kept."""

THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "NPROC",  # read by XLA for JAX
    "PJRT_NPROC",  # the same, read first
)
"""Environment variables that set how many threads the frameworks start."""


@dataclasses.dataclass(frozen=True)
class Team:
    """Workers that train together, each on its share of every minibatch.

    ``workers``: how many, on this machine or in all of the cluster; None if its environment says it. ``patience``: see
    :class:`lab6.training.together.Seat`. ``in_cluster``: whether this machine runs only one of them. ``rank`` and
    ``address``: of that one, and of the first, if the environment does not say them. ``in_one_process``: whether they
    are the GPUs of one process.
    """

    workers: int | None
    patience: float
    in_cluster: bool = False
    rank: int | None = None
    address: str | None = None
    in_one_process: bool = False


@dataclasses.dataclass(frozen=True)
class Way:
    """One way to train.

    ``engine``: one of lab6's, or the name of the class at ``place`` (``package.module:Class``). ``backend``: the
    framework below it. ``device``: ``cpu`` or ``gpu:N``. ``threads``: how many each operation may use, None for the
    framework's own choice. ``cores``: the logical cores that the process is pinned to, None for all it may use.
    ``tree``: the folder that lab6 and the benchmarks are imported from. ``python``: the interpreter. ``visible_gpus``:
    the GPUs that the process sees, as their driver numbers them, None for all. ``programs``: the folder that compiled
    programs are kept in, NOWHERE, or None for the usual one. ``root``: the working tree that ``tree`` is a copy of;
    None if it is no copy. ``team``: of the workers that train together, None if one trains alone. ``note``: what
    distinguishes it from other ways of the same run, such as ``with 1 thread``.
    """

    engine: str
    backend: str
    tree: Path
    device: str = "cpu"
    place: str | None = None
    threads: int | None = None
    cores: tuple[int, ...] | None = None
    python: str = sys.executable
    visible_gpus: str | None = None
    programs: str | None = None
    root: Path | None = None
    team: Team | None = None
    note: str = ""

    @property
    def title(self) -> str:
        """The engine, with its backend if that is neither TensorFlow nor part of the engine's name, and the note."""
        named = PACKAGES.get(self.backend, self.backend)
        plain = self.place or self.backend == "tensorflow"
        return f"{self.engine}{'' if plain else f' ({named})'}{self.note and f' {self.note}'}"

    @property
    def suffix(self) -> str:
        """The note as part of a test's name, such as ``1thread`` or ``2workers-4threads``."""
        return self.note.removeprefix("with ").replace(" of ", "-").replace(" ", "")

    @property
    def workers(self) -> int:
        """How many train together; 1 if one is alone, or if they are not known yet."""
        return (self.team and self.team.workers) or 1

    def of_cluster(self, workers: int) -> "Way":
        """The same, once it is known how many workers the cluster has."""
        assert self.team
        return dataclasses.replace(
            self, team=dataclasses.replace(self.team, workers=workers), note=f"with {workers} workers"
        )

    def gpu_of(self, rank: int) -> str:
        """The GPU of a worker of its team, as the driver names it: the next ones after that of ``device``."""
        return visible(int(self.device.removeprefix("gpu:")) + rank)

    @property
    def command(self) -> list[str]:
        """The command that starts its worker."""
        return [self.python, "-P", "-m", "lab6.measure.worker"]

    @property
    def settings(self) -> dict[str, str]:
        """The user's settings that its worker follows; see :mod:`lab6.settings`."""
        return settings.of(self.inherited)

    @property
    def inherited(self) -> dict[str, str]:
        """What its worker takes from this process's environment."""
        decided = THREADS if self.threads is not None else ()
        found = {name: value for name, value in os.environ.items() if name not in decided}
        settings.neutralise(found)
        return found

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its worker: what it inherits, changed by what the way decides."""
        path = os.pathsep.join(folders.imported(self.root or self.tree, self.tree))
        changed = {"KERAS_BACKEND": self.backend, "PYTHONPATH": path} | settings.PLAIN_MATPLOTLIB
        if self.threads is not None:
            changed |= dict.fromkeys(THREADS, str(self.threads))
        if self.visible_gpus is not None:
            changed["CUDA_VISIBLE_DEVICES"] = self.visible_gpus
        if self.place is not None:
            changed |= {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "-1"}  # hand-written engines are for CPUs
        if self.programs is not None:
            changed |= _keeping(self.programs)
        return self.inherited | changed


def visible(number: int) -> str:
    """How the driver names a GPU of the framework, which numbers only the visible ones."""
    names = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return names[number] if number < len(names) else str(number)


def _keeping(folder: str) -> dict[str, str]:
    """The variables that let each framework keep its programs in ``folder``, or nowhere.

    PyTorch keeps none, and compiles in its own process, because another one would stay alive.
    """
    flags = f"{os.environ.get('TF_XLA_FLAGS', '')} {programs.xla_flag(folder)}".strip()
    changed = {
        "TF_XLA_FLAGS": flags,
        "JAX_ENABLE_COMPILATION_CACHE": str(bool(folder)).lower(),
        "NUMBA_CACHE_DIR": folder,
        "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1",
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
    }
    if folder:
        changed |= {
            "JAX_COMPILATION_CACHE_DIR": folder,
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        }
    return changed
