"""The engine ``fused``: from a Keras model to the threads' shares of its parameters, and back."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lab6.errors import OptionError
from lab6.training import network
from lab6.training.datasets import Images
from lab6.training.engines import Learned, available
from lab6.training.engines.engine import Engine
from lab6.training.engines.fused.arrays import ADAM, MOMENTUM, NESTEROV, PART, SGD, Common, Floats, Pixels, Rule, Share
from lab6.training.engines.fused.epoch import count_right, train
from lab6.training.framework import backend, keras
from lab6.training.numba_threads import Cores, zeros
from lab6.training.schedule import Schedule

NUMBERS = ("learning_rate", "beta_1", "beta_2", "epsilon", "momentum")
"""Settings of Adam and SGD that are followed; all others must be Keras's defaults."""


class Fused(Engine):
    """Starts from the Keras model's parameters, and gives them back before it evaluates."""

    def place_data(self) -> None:
        """Keep the labels (images,), and of the images the pixels that are not 0. Raises OptionError."""
        self._rule = rule(self.model, self.optimizer, self.task.device, self.training.pixels.dtype)
        self._pixels, self._labels = _nonzero(self.training), self.training.targets
        self._test_pixels, self._test_labels = _nonzero(self.test), self.test.targets
        threads = min(backend.threads()[0], *self.widths[1:-1])
        bounds = [np.arange(threads + 1) * width // threads for width in self.widths[1:-1]]
        self._common = Common(
            threads=threads,
            outputs=self.widths[-1],
            bounds=np.array(bounds, dtype=np.int64),
            sums=tuple(zeros(2, threads, PART, width) for width in self.widths[1:]),
            deltas=tuple(zeros(2, PART, width) for width in self.widths[1:]),
            arrivals=np.zeros(1, np.int64),
        )
        self._shares = [self._share(thread) for thread in range(threads)]
        self._cores = Cores(threads)
        self._done = 0

    def prepare(self) -> None:
        """Compile the loop; only the last, smaller minibatch is trained."""
        self.train(0)

    def reset(self, seed: int) -> None:
        """See :meth:`Engine.reset`."""
        super().reset(seed)
        self._done = 0
        values = [backend.to_numpy(variable.value) for variable in self.model.trainable_variables]
        for share in self._shares:
            for array in (*share.first, *share.second):
                array[:] = 0
            for ours, theirs in self._parts(share, values):
                ours[:] = theirs

    def begin(self, seed: int, learning_rate: float, decay_steps: int | None) -> None:
        """See :meth:`Engine.begin`."""
        super().begin(seed, learning_rate, decay_steps)
        self._rule = self._rule._replace(learning_rate=learning_rate, decay_steps=decay_steps or 0)

    def train(self, full_steps: int) -> Learned:
        """See :meth:`Engine.train`."""
        size, remainder = self.task.batch_size, self.remainder
        whole = self.order()
        order = np.concatenate([whole[: full_steps * size], whole[self.images - remainder :]])
        steps, common = (size, full_steps, remainder), self._common
        common.arrivals[:] = 0

        def run(thread: int) -> tuple[float, int]:
            share = self._shares[thread]
            loss, correct = train(self._pixels, self._labels, order, steps, common, share, self._rule, self._done)
            return float(loss), int(correct)

        (loss, correct), *_ = self._cores.run(run)
        self._done += full_steps + (remainder > 0)
        return self.learned(loss, correct, full_steps)

    def evaluate(self) -> float:
        """See :meth:`Engine.evaluate`; only then does the Keras model have the trained parameters."""
        self._give_back()
        order, common = np.arange(len(self.test), dtype=np.int32), self._common
        common.arrivals[:] = 0

        def run(thread: int) -> int:
            return int(count_right(self._test_pixels, self._test_labels, order, common, self._shares[thread]))

        return self._cores.run(run)[0] / len(self.test)

    def _give_back(self) -> None:
        """Copy the parameters into the Keras model, and the number of updates into its optimizer."""
        self.optimizer.iterations.assign(self._done)
        values = [np.zeros(variable.shape, np.float32) for variable in self.model.trainable_variables]
        for share in self._shares:
            for ours, theirs in self._parts(share, values):
                theirs[:] = ours
        with self.on_device():
            for variable, value in zip(self.model.trainable_variables, values, strict=True):
                variable.assign(value)

    def _share(self, thread: int) -> Share:
        own = np.diff(self._common.bounds)[:, thread]
        shapes = [(self.widths[0] + 1, own[0])]
        shapes += [(units + 1, width) for units, width in zip(own, self.widths[2:], strict=True)]
        parameters, first, second, gradients = (tuple(zeros(*shape) for shape in shapes) for _ in range(4))
        return Share(
            thread,
            parameters,
            first,
            second,
            gradients,
            hidden=tuple(zeros(PART, units) for units in own),
            delta=zeros(PART, own[0]),
            answers=zeros(PART, self.widths[-1]),
            lists=np.zeros((self.widths[0], PART), np.uint16),
            counts=np.zeros(self.widths[0], np.int32),
        )

    def _parts(self, share: Share, values: Sequence[Floats]) -> Iterator[tuple[Floats, Floats]]:
        """Each part of a share's parameters, and the same part of ``values``, weights and biases of each layer."""
        for layer, (ours, weights, biases) in enumerate(zip(share.parameters, values[::2], values[1::2], strict=True)):
            own = slice(*self._common.bounds[max(layer - 1, 0), share.thread : share.thread + 2])
            units = own.stop - own.start
            if layer == 0:
                yield ours[:-1, :units], weights[:, own]
                yield ours[-1, :units], biases[own]
            else:
                yield ours[:units, : len(biases)], weights[own]
                if share.thread == 0:
                    yield ours[-1, : len(biases)], biases


def _nonzero(images: Images) -> Pixels:
    """The pixels that are not 0."""
    nonzero = images.nonzero
    inputs = (np.arange(256) / 255).astype(np.float32)
    return Pixels(nonzero.indptr.astype(np.int64), nonzero.indices.astype(np.int32, copy=False), nonzero.data, inputs)


def rule(model: keras.Model, optimizer: keras.optimizers.Optimizer, device: str, pixels: Any = np.uint8) -> Rule:
    """How ``optimizer`` updates. Raises OptionError if ``fused`` cannot train this model with it on this device.

    ``pixels``: the type of the data set's pixels.
    """
    name = type(optimizer).__name__  # Keras makes classes of its own for PyTorch
    kind = {"Adam": keras.optimizers.Adam, "SGD": keras.optimizers.SGD}.get(name)
    known = kind is not None and isinstance(optimizer, kind)
    scheduled = not isinstance(getattr(optimizer, "_learning_rate", None), keras.Variable | Schedule)
    config, usual = ({}, {}) if scheduled or kind is None else (optimizer.get_config(), kind().get_config())
    followed = (*NUMBERS, "name", "nesterov")
    other = [key for key in config if config[key] != usual.get(key) and key not in followed]
    numbers = {key: config.get(key, 0.0) for key in NUMBERS}
    if isinstance(numbers["learning_rate"], dict):  # a Schedule, which begin() sets
        numbers["learning_rate"] = 0.0
    for problem, found in {
        f"on {device}": device != "cpu",
        "this network": not is_dense(model),
        f"images of type {pixels}": pixels != np.uint8,
        f"the optimizer {name}": not known,
        f"{name} with non-default {', '.join(other)}": bool(other),
        "a schedule of learning rates": scheduled,
    }.items():
        if found:
            raise OptionError(
                "fused trains dense ReLU networks with hidden layers on bytes, by Adam or SGD, on a CPU, not "
                f"{problem}: choose --engines {available(keras.backend.backend())[0]}."
            )
    momentum = NESTEROV if config.get("nesterov") else MOMENTUM
    return Rule(ADAM if name == "Adam" else momentum if numbers["momentum"] else SGD, **numbers)


def is_dense(model: keras.Model) -> bool:
    """Whether ``model`` is a sequence of dense layers with biases, hidden ones with ReLU, in plain float32."""
    layers: list[Any] = model.layers
    if not isinstance(model, keras.Sequential) or len(layers) < 2 or network.dense_layers(model) != layers:
        return False
    wanted = [keras.activations.relu] * (len(layers) - 1) + [keras.activations.linear]
    plain = ("kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint")
    return all(
        layer.activation is activation
        and layer.use_bias
        and layer.trainable
        and layer.compute_dtype == layer.variable_dtype == "float32"
        and not any(getattr(layer, name) for name in plain)
        for layer, activation in zip(layers, wanted, strict=True)
    )
