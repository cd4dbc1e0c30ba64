"""What a saved benchmark says: every field, its unit, and the version of the schema.

pytest-benchmark's JSON stays as it is. Each benchmark's ``extra_info`` is a :class:`Record`; round k of it belongs to
``stats.data[k]``, the seconds that pytest-benchmark timed. ``machine_info["lab6"]`` is a :class:`Machine`. What is not
known is left out: never 0, never null.
"""

from typing import Annotated

from pydantic import Field

from lab6.fields import LARGEST, Bytes, Celsius, Count, Fraction, Rate, Saved, Seconds, Shape, Text

SCHEMA_VERSION = 1
"""The version of :class:`Record` and :class:`Machine`; 1 since lab6 0.1.0."""


class Round(Saved):
    """One epoch, or one run to a target, from one seed. Its seconds are pytest-benchmark's."""

    seed: Annotated[int, Field(ge=0, le=LARGEST)]
    """Of the initial parameters and of the order of images."""

    process: Count = 1
    """Which of the run's processes trained it, counted from 1; in a duet, which pair. Rounds of one process
    are not independent, so a process counts once in every statistic."""

    cores: Text | None = None
    """The logical cores that the process was allowed to use, such as ``0,1``. Missing if the system does not tell."""

    steps: Count | None = None
    """Optimizer updates until the target was reached, or until the run ended without. Missing for an epoch."""

    training_accuracy: Fraction
    """Share of training images classified correctly, each before its own minibatch's update; 0 to 1."""

    training_loss: float
    """Mean cross-entropy over the same answers; nats an image. NaN or infinite when training diverged."""

    test_accuracy: Fraction
    """Share of all test images classified correctly after the epoch; 0 to 1; evaluated outside of the clock."""

    cpu_seconds: Seconds | None = None
    """Processor time of all the process's threads during the epoch; seconds."""

    other_cpu_seconds: Seconds | None = None
    """Processor time that others took from the cores that this process may use, during the epoch: other programs, the
    system, and a virtual machine's host; seconds. Missing if the system does not tell."""

    waiting_seconds: Seconds | None = None
    """Time that the process's threads waited for a core during the epoch while they could run, summed over threads;
    seconds. Missing if the system does not tell."""

    peak_memory_bytes: Bytes | None = None
    """The most memory the process held (resident set) during the epoch; bytes."""

    gpu_peak_memory_bytes: Bytes | None = None
    """The most GPU memory the framework's allocator held during the epoch; bytes. Only on a GPU."""

    gpu_memory_bytes: Bytes | None = None
    """What all programs together held on the GPU just after the epoch, as its driver says; bytes."""

    gpu_clock_hz_before: Count | None = None
    """Clock of the GPU's multiprocessors just before the epoch, as its driver says; Hz."""

    gpu_clock_hz_after: Count | None = None
    """The same just after it; Hz."""

    gpu_celsius_before: Celsius | None = None
    """The GPU's temperature just before the epoch, as its driver says; degrees Celsius."""

    gpu_celsius_after: Celsius | None = None
    """The same just after it; degrees Celsius."""


class Record(Saved):
    """One benchmark: an engine trained epochs with one minibatch size on one device."""

    schema_version: Count = SCHEMA_VERSION
    """See :data:`SCHEMA_VERSION`."""

    lab6_version: Text
    """The version of lab6 that measured."""

    engine: Text
    """How the epoch was trained: ``compiled``, ``fused``, ``fit``, ``tape``, or by hand, such as ``jax-scan``."""

    backend: Text
    """The framework below it, Keras's backend if Keras is used: ``tensorflow``, ``jax`` or ``torch``."""

    device: Text
    """``cpu`` or ``gpu:N``."""

    device_name: Text | None = None
    """The CPU's or GPU's model."""

    threads: Count | None = None
    """Threads that one operation is split over in each process."""

    workers: Count | None = None
    """Processes that trained together, each on its share of every minibatch. Missing if one trained alone."""

    hosts: Count | None = None
    """The machines that these workers ran on. Missing if it was one."""

    duet: Text | None = None
    """Names the duet that this was measured in, the same on both of its sides; missing in an ordinary run. Rounds of
    the same ``process`` on both sides are a pair."""

    side: Text | None = None
    """``baseline`` or ``candidate`` of that duet."""

    played: Text | None = None
    """How the two sides of that duet took the machine: ``at the same time`` or ``in turns``."""

    dataset: Text
    """``mnist``, ``digits``, or the name of one's own data."""

    dataset_digest: Text
    """``sha256:`` and the digest of the whole data set's arrays, also when only its first images were trained on."""

    training_images: Count
    """Images in one epoch."""

    test_images: Count
    """Images in the test set."""

    image_shape: Shape | None = None
    """The shape of one image. Missing for MNIST and digits, which have 28 x 28 pixels."""

    batch_size: Count
    """Images in a minibatch; the last one of an epoch can be smaller."""

    steps_per_epoch: Count
    """Optimizer updates in one epoch."""

    optimizer: Text
    """Keras's name of it, such as ``adam``, with its defaults but for the learning rate; or the function
    that makes one's own, such as ``cosine()``."""

    optimizer_digest: Text | None = None
    """``sha256:`` and the digest of its configuration. Missing for Keras's own optimizers with their defaults."""

    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """The optimizer's step size. Missing if a schedule decides it."""

    target: Fraction | None = None
    """The test accuracy that each round trains towards; 0 to 1. Missing if a round is an epoch; ``seconds`` then are
    those of an epoch, and otherwise those of all steps until the target was reached, without evaluations."""

    decay_steps: Count | None = None
    """The step at which the learning rate, falling in a straight line, is zero. Missing if the rate is constant."""

    evaluated_every: Count | None = None
    """Steps from one evaluation to the next on the way to the target. Missing if a round is an epoch."""

    network: Annotated[tuple[Count, ...], Field(min_length=2, strict=False)] | None = None
    """Widths of a network of dense layers: inputs, hidden ReLU layers, outputs. Missing for one's own network."""

    model: Text | None = None
    """The name of one's own network. Missing if ``network`` describes it."""

    model_digest: Text | None = None
    """``sha256:`` and the digest of its configuration, that is of its layers. Missing like ``model``."""

    precision: Text
    """Of parameters and arithmetic: ``float32``."""

    parameter_count: Count
    """Trainable parameters."""

    compile_seconds: Seconds | None = None
    """Tracing and compiling, with the few steps that set it off, in the process that took the longest; seconds. In the
    others the program may have been read from those that are kept, and in all of them if an earlier run has compiled
    it. Missing if nothing is compiled."""

    load_before: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """How many cores, of those that this process may use, others kept busy just before the run; cores."""

    peak_flops_per_second: Rate | None = None
    """The most arithmetic that the device did in float32; floating-point operations a second."""

    peak_bytes_per_second: Rate | None = None
    """The most that the device read and wrote, in arrays as large as the parameters and the optimizer's slots; bytes
    a second."""

    limit_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """The least time that an epoch can take by these two ceilings (:mod:`lab6.limit`); seconds."""

    rounds: Annotated[tuple[Round, ...], Field(min_length=1, strict=False)]
    """One for each timed epoch, in the order of pytest-benchmark's ``stats.data``."""

    @property
    def named_network(self) -> str:
        """The widths of the network, such as ``784-128-10``, or its name."""
        return self.model or "-".join(map(str, self.network or ()))


class Gpu(Saved):
    """A GPU that the framework sees."""

    name: Text
    """Its model."""

    driver: Text | None = None
    """The version of its driver."""

    memory_bytes: Bytes | None = None
    """Its memory; bytes."""


PACKAGES = {
    "python": "Python",
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "numpy": "NumPy",
    "jax": "JAX",
    "jaxlib": "jaxlib",
    "torch": "PyTorch",
    "numba": "Numba",
}
"""How the packages among a machine's versions are written, in the order in which they are named."""

OF_ONE_ENGINE = ("numba",)
"""Packages whose versions only runs with a certain engine have."""


class Machine(Saved):
    """What decides the speed of a machine, and nothing that changes from run to run on it."""

    label: Text
    """What people call it; also the name of its folder under ``results/``."""

    cpu_model: Text | None = None
    """The CPU's model."""

    usable_cores: Count
    """Logical cores that this process may use, by its affinity and its container's quota."""

    memory_bytes: Bytes | None = None
    """Main memory; bytes."""

    gpus: Annotated[tuple[Gpu, ...], Field(strict=False)] = ()
    """GPUs that the framework sees."""

    intra_op_threads: Count
    """Threads that the framework splits one operation over."""

    inter_op_threads: Count
    """Operations that the framework runs at the same time."""

    versions: dict[Text, Text]
    """Versions of Python, NumPy, Keras and the frameworks that were measured."""

    settings: dict[Text, Text] = Field(default_factory=dict)
    """The user's environment variables that change how fast frameworks are (:mod:`lab6.settings`), with their values;
    runs from before this was recorded count as if none was set."""

    @property
    def named_versions(self) -> list[str]:
        """Each package with its version, such as ``Python 3.11.7``."""
        packages = sorted(self.versions, key=lambda name: [*PACKAGES, name].index(name))
        return [f"{PACKAGES.get(package, package)} {self.versions[package]}" for package in packages]

    @property
    def named_settings(self) -> list[str]:
        """Each setting with its value, such as ``OMP_NUM_THREADS=1``."""
        return [f"{name}={self.settings[name]}" for name in sorted(self.settings)]

    @property
    def named_gpus(self) -> list[str]:
        """Each GPU with its driver, such as ``NVIDIA H100 (driver 550.54)``."""
        return [f"{gpu.name} (driver {gpu.driver or 'unknown'})" for gpu in self.gpus]
