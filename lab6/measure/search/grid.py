"""The settings that are tried: learning rates are powers of two, lengths of schedules a quarter octave apart."""

import dataclasses
import math

from lab6.trials import KERAS_SIZE

STEPS_AN_OCTAVE = 4
"""Lengths of falling schedules from one to its double."""


@dataclasses.dataclass(frozen=True)
class Setting:
    """A learning rate, constant or, with ``decay_steps``, falling in a straight line to zero at that step."""

    learning_rate: float
    decay_steps: int | None = None


@dataclasses.dataclass(frozen=True)
class Grid:
    """The settings for a minibatch size.

    ``images``: of an epoch. ``own_rate``: the optimizer's own learning rate; all others are this times a power of two.
    ``max_steps``: see :class:`lab6.trials.Tried`.
    """

    batch_size: int
    images: int
    own_rate: float
    max_steps: int

    def rate(self, power: int) -> float:
        """The learning rate of a power of two."""
        return float(f"{self.own_rate * 2.0**power:.6g}")

    def guess(self, is_sgd: bool) -> int:
        """The power to begin with: rates grow with the size for gradient descent, and with its square root for others.

        Sources: P. Goyal and others, "Accurate, Large Minibatch SGD", 2017; S. Malladi and others, "On the SDEs and
        Scaling Rules for Adaptive Gradient Algorithms", NeurIPS 2022.
        """
        if is_sgd:
            return round(math.log2(min(2 * self.batch_size, 50)))
        adam = 2 + round(math.log2(self.batch_size / KERAS_SIZE) / 2)  # best near 4 x its own rate at that size
        return min(adam, 5)

    def length(self, steps: float) -> int:
        """The number of the longest schedule of at most ``steps`` steps."""
        return math.floor(STEPS_AN_OCTAVE * math.log2(steps * self.batch_size / self.images) + 1e-9)

    def steps(self, length: int) -> int:
        """The steps of a schedule: 1 or more for an epoch of number 0, its double for 4."""
        return max(1, round(2 ** (length / STEPS_AN_OCTAVE) * self.images / self.batch_size))

    def every(self, setting: Setting) -> int:
        """Steps between evaluations: a 24th of a falling schedule, a 16th of an epoch at a constant rate."""
        steps = self.images / self.batch_size / 16 if setting.decay_steps is None else setting.decay_steps / 24
        return max(1, min(round(steps), self.images // self.batch_size))
