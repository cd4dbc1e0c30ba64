"""The options of ``pytest benchmarks``: parsed once by :mod:`lab6.measure.command_line`, then one frozen object."""

import dataclasses
from pathlib import Path

from lab6 import values
from lab6.errors import OptionError
from lab6.place import FORMS, Place
from lab6.training import shares
from lab6.training.datasets import CHOICES as DATASETS
from lab6.training.engines import ENGINES

HIDDEN = (128,)
"""Widths of the hidden layers of the lab's network."""

OPTIMIZERS = {"adam": 0.001, "sgd": 0.01}
"""Optimizers whose learning rates are known here: those that Keras gives them."""


@dataclasses.dataclass(frozen=True)
class Repeats:
    """How often one benchmark is measured: ``processes``, ``rounds`` in each, and the ``seed`` of the first round."""

    processes: int
    rounds: int
    seed: int

    def seeds(self, process: int) -> range:
        """The seeds of the rounds of a process, counted from 1; no two rounds of a run have the same."""
        first = self.seed + (process - 1) * self.rounds
        return range(first, first + self.rounds)


OF_EPOCHS, OF_TARGETS = Repeats(3, 1, seed=0), Repeats(5, 2, seed=100)
"""The defaults. Runs to a target vary more between seeds; their seeds are others than those of ``lab6 steps``."""


@dataclasses.dataclass(frozen=True)
class Cluster:
    """This machine's place in a cluster, as ``--cluster`` gives it.

    ``rank``: of its worker, from 0; ``workers``: how many there are; ``address``: of the first, HOST:PORT. None if the
    environment says it.
    """

    rank: int | None = None
    workers: int | None = None
    address: str | None = None


@dataclasses.dataclass(frozen=True)
class Options:
    """What to measure.

    None stands for: the default minibatch sizes; all devices of the machine; the processes, rounds and seed of
    OF_EPOCHS or OF_TARGETS (in a duet, as many rounds as fill a second); all images; the default target; no network of
    one's own; the optimizer's own learning rate; the machine's default label. ``threads`` holds numbers or ``all``,
    ``workers`` how many train together; each of them is measured; empty for all threads (in a duet, one) and one
    worker. ``cluster``: the place among the workers of several machines. ``patience``: how long a worker may be late,
    in seconds. ``target``: the test accuracy that ``benchmarks/test_target.py`` trains to. ``longest``: the longest
    epoch that is measured, and ``duration``: of a duet; seconds.
    """

    batch_sizes: tuple[int, ...] | None
    engines: tuple[str, ...]
    devices: tuple[str, ...] | None
    processes: int | None
    rounds: int | None
    threads: tuple[int | str, ...]
    workers: tuple[int, ...]
    cluster: Cluster | None
    patience: float
    images: int | None
    seed: int | None
    target: float | None
    longest: float
    model: Place | None
    hidden: tuple[int, ...]
    optimizer: str | Place
    learning_rate: float | None
    dataset: str | Place
    data_dir: Path | None
    machine: str | None
    against: str | None
    against_python: str | None
    duration: float
    check_against: str | None
    minimum_effect: float
    allow_differing: tuple[str, ...]

    @property
    def is_duet(self) -> bool:
        """Whether two versions of the code, or two interpreters, are compared."""
        return self.against is not None or self.against_python is not None

    @property
    def trains_together(self) -> bool:
        """Whether several workers train together in some of what is measured."""
        return self.cluster is not None or any(workers > 1 for workers in self.workers)

    @property
    def sharing(self) -> str:
        """The option that asks for several workers, or for several numbers of threads; empty if none does."""
        if self.trains_together:
            return "--cluster" if self.cluster else "--workers"
        return "--threads" if len(self.threads) > 1 else ""

    @property
    def comparing(self) -> str:
        """The option that asks for a verdict; empty if none does."""
        if self.is_duet:
            return "--against" if self.against else "--against-python"
        return "--check-against" if self.check_against is not None else ""

    @property
    def one_threads(self) -> int | str | None:
        """The threads of each process, where only one number of them is measured."""
        return next(iter(self.threads), None)

    def sizes(self, images: int, workers: int = 1) -> tuple[int, ...]:
        """The minibatch sizes for so many training images. Raises OptionError if one is larger, or cannot be divided.

        By default, these are the powers of ten up to a tenth of the images, and all images, as far as they can be
        divided among the ``workers``.
        """
        if self.batch_sizes is None:
            powers = (10**power for power in range(1, 9) if 10 ** (power + 1) <= images)
            usual = tuple(dict.fromkeys((1, *powers, images)))
            found = tuple(size for size in usual if shares.divides(size, images, workers))
            if not found:
                raise undivided(images, images, workers)
            return found
        for size in self.batch_sizes:
            values.whole("--batch-sizes", str(size), 1, images)
            if not shares.divides(size, images, workers):
                raise undivided(size, images, workers)
        return self.batch_sizes

    def repeats(self, usual: Repeats = OF_EPOCHS) -> Repeats:
        """How often a benchmark is measured; ``usual``: OF_EPOCHS or OF_TARGETS."""
        seed = usual.seed if self.seed is None else self.seed
        return Repeats(self.processes or usual.processes, self.rounds or usual.rounds, seed)


def undivided(size: int, images: int, workers: int, option: str = "--batch-sizes") -> OptionError:
    """The error for a minibatch size that cannot be divided; ``option`` is what gives such a size."""
    last = images % size
    what = f"the last minibatch, of {last:,} images," if size % workers == 0 else f"a minibatch of {size:,} images"
    near = " or ".join(f"{other:,}" for other in shares.nearest(size, images, workers))
    advice = f"give {option} {near}" if near else "give other --images or --workers"
    return OptionError(f"--workers: {what} cannot be divided equally among {workers} workers; {advice}.")


HELP: dict[str, tuple[str, str]] = {
    "--batch-sizes": (
        "LIST",
        "Minibatch sizes, up to the number of images. Default: powers of ten up to a tenth of the images, and all of "
        "them: 1,10,100,1000,60000 for MNIST.",
    ),
    "--engines": (
        "LIST",
        f"How to train the epoch: any of {', '.join(ENGINES)}, as far as KERAS_BACKEND has them. Default: "
        "compiled, or fit if the backend has none.",
    ),
    "--devices": ("LIST", "Where to train: all, or any of cpu, gpu:0, gpu:1, ... Default: all."),
    "--processes": ("N", "Processes that train in turns, each started for this run. Default: 3, or 5 to a target."),
    "--rounds": (
        "N",
        "Epochs or runs to time in each process, each from a seed of its own. Default: 1, or 2 to a target.",
    ),
    "--threads": (
        "LIST",
        "Threads of each process, such as 4 or all; with several, such as 1,2,all, each is measured. Default: all; "
        "with --against, 1.",
    ),
    "--workers": (
        "LIST",
        "Processes that train together, each on its share of every minibatch; with several, such as 1,2, each is "
        "measured. It needs KERAS_BACKEND=jax, or several GPUs. Default: 1.",
    ),
    "--cluster": (
        "PLACE",
        "Train together with the other machines that run this command: auto, as Slurm, Open MPI or Kubernetes started "
        "it, or RANK/WORKERS@HOST:PORT, such as 0/2@10.0.0.1:5000, with the address of worker 0. Default: no.",
    ),
    "--patience": (
        "SECONDS",
        "How long a worker that trains with others may be late before the run ends. Default: 60.",
    ),
    "--images": ("N", "Train on the first N images only, for a quick look. Default: all."),
    "--longest": ("SECONDS", "Skip minibatch sizes whose epoch, or run to a target, would take longer. Default: 120."),
    "--seed": ("N", "The first round's seed; the next round has the next number. Default: 0, or 100 to a target."),
    "--target": (
        "ACCURACY",
        "The test accuracy that benchmarks/test_target.py trains to: one that the table of trials has. Default: 0.97, "
        "or the highest that trials have reached.",
    ),
    "--model": ("PLACE", f"A function that returns a Keras model: {FORMS}. Default: the lab's 784-128-10 network."),
    "--hidden": ("LIST", "Widths of the hidden ReLU layers, such as 256,64. Default: 128."),
    "--optimizer": (
        "NAME",
        f"Any optimizer of Keras by its name, with its defaults, or a function that returns one: {FORMS}. "
        "Default: adam.",
    ),
    "--learning-rate": ("RATE", "The optimizer's step size. Default: Keras's, 0.001 for adam and 0.01 for sgd."),
    "--dataset": (
        "NAME",
        f"One of {', '.join(DATASETS)} (auto takes MNIST if it can be found, otherwise the embedded digits); an .npz "
        "file with x_train, y_train, x_test, y_test; a folder with four IDX files; keras:NAME; or a function that "
        f"returns the four arrays: {FORMS}. Default: auto.",
    ),
    "--data-dir": (
        "DIR",
        "A folder with mnist.npz or MNIST's four IDX files, or one of these files. Default: LAB6_DATA_DIR, if it is "
        "set.",
    ),
    "--machine": (
        "LABEL",
        "What to call this machine and its folder of results. Default: host name, CPU, cores and six digits.",
    ),
    "--against": (
        "REV",
        "Compare the working tree, uncommitted changes included, with a git revision: both train at the same time, "
        "pair after pair; fail if this one is slower or learns less. Default: nothing is compared.",
    ),
    "--against-python": (
        "PATH",
        "Give the other side of the comparison this interpreter, such as one with another TensorFlow. Default: this "
        "one.",
    ),
    "--duration": ("SECONDS", "How long --against adds pairs. Default: 180."),
    "--check-against": (
        "NAME",
        "At the end, say whether this is slower or learns less than saved runs of that name, number or file, "
        "and fail if so (lab6 check). Default: nothing is checked.",
    ),
    "--minimum-effect": ("X", "The smallest change that matters to --against and --check-against. Default: 2%%."),
    "--allow-differing": (
        "FIELDS",
        "What of the machine may differ from that of --check-against, such as tensorflow. Default: nothing.",
    ),
}
"""Each option, the placeholder of its value, and its help."""
