"""The least time that an epoch can take on a machine: the roofline of S. Williams, A. Waterman and D. Patterson,
"Roofline: an insightful visual performance model for multicore architectures", CACM 52(4), 2009.

A machine has two ceilings: the arithmetic that it does in a second, and the bytes that it moves. A training step needs
both, at best at the same time, so it takes at least the longer of the two.

Arithmetic for an image, in floating-point operations (a multiplication and an addition for each weight): each layer
takes ``2 x inputs x outputs`` in the forward pass, the same for the gradient of its weights, and the same for the
gradient of its inputs, which the first layer does not need. For 784-128-10 that is 4 x 101,632 + 2 x 1,280 = 409,088.

Bytes of a step: each parameter and each optimizer slot is read and written once, 4 bytes each time, and each pixel of
the minibatch is read once, 1 byte. For 784-128-10 with Adam (the parameters, ``m`` and ``v``) that is
2 x 4 x 3 x 101,770 = 2,442,480, and 784 for each image. Plain gradient descent does not change the first layer's
weights of pixels that are 0, so these weights are not counted.

Of other networks :mod:`lab6.training.cost` counts the matrix products and convolutions in the framework's own program,
which takes 2 operations for each weight that meets an input, an output or a gradient: forward, for the gradient of the
weights, and for the gradient of the inputs if a parameter before them needs it. Padding is not counted, because its
zeros need not be multiplied. Their bytes are counted as above, but nothing for parameters without slots: the gradient
of a weight can be 0 anywhere. What cannot be counted has no limit.

This is a floor, so everything that an epoch could avoid is left out: the arithmetic of biases, activations,
normalisation, pooling and the optimizer, memory traffic of gradients and activations, the order of the images, and all
waiting. The arithmetic is that of whole matrix products and direct convolutions. ``fused`` skips pixels that are 0, and
a library can compute 3 x 3 convolutions with fewer multiplications (Winograd's algorithm), so these could take less
time than this limit; in no measured round of ``fused`` it does.
"""

import dataclasses
import itertools
import math
from collections.abc import Sequence

NUMBER_BYTES = 4
"""A float32."""

PIXEL_BYTES = 1

SLOTS = {"adam": 2, "sgd": 0}
"""Numbers that an optimizer with Keras's defaults keeps for each parameter."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """What training takes at least, whatever the machine.

    ``image_flops``: floating-point operations for one image, forward and backward. ``image_bytes``: of its pixels.
    ``step_bytes``: of the parameters and the optimizer's slots that a step reads and writes, both counted.
    """

    image_flops: int
    image_bytes: int
    step_bytes: int


@dataclasses.dataclass(frozen=True)
class Ceilings:
    """The most that a device achieves; both are above 0.

    ``flops_per_second``: floating-point operations of float32 matrix products. ``bytes_per_second``: bytes read or
    written in arrays as large as the parameters with their slots, which are mostly in the device's caches.
    """

    flops_per_second: float
    bytes_per_second: float


def percent(share: float) -> str:
    """A share of the limit in two digits, such as ``85%`` or ``3.2%``."""
    return f"{share:.1%}" if share < 0.0995 else f"{share:.0%}"


@dataclasses.dataclass(frozen=True)
class Floor:
    """The least time for an epoch. ``seconds``: in all; the others: for arithmetic and for bytes alone."""

    arithmetic_seconds: float
    bytes_seconds: float
    seconds: float

    @property
    def bound(self) -> str:
        """Which of the two takes longer: ``arithmetic`` or ``bytes``."""
        return "arithmetic" if self.arithmetic_seconds >= self.bytes_seconds else "bytes"


def parameters(network: Sequence[int]) -> int:
    """The parameters of dense layers of these widths: inputs, hidden layers, outputs."""
    return sum(inputs * outputs + outputs for inputs, outputs in itertools.pairwise(network))


def dense_cost(network: Sequence[int], optimizer: str, pixel_bytes: int = PIXEL_BYTES) -> Cost:
    """The cost of dense layers of these widths: inputs, hidden layers, outputs. ``optimizer``: a key of SLOTS."""
    weights = [inputs * outputs for inputs, outputs in itertools.pairwise(network)]
    moved = parameters(network) if SLOTS[optimizer] else parameters(network) - weights[0]
    return Cost(
        image_flops=4 * sum(weights) + 2 * sum(weights[1:]),  # no gradient of the image itself
        image_bytes=pixel_bytes * network[0],
        step_bytes=2 * NUMBER_BYTES * (1 + SLOTS[optimizer]) * moved,
    )


def epoch_floor(cost: Cost, batch_size: int, images: int, ceilings: Ceilings) -> Floor:
    """The least time for an epoch over ``images`` images: each step takes the longer of arithmetic and bytes.

    The last, smaller minibatch is a step too.
    """
    full_steps, remainder = divmod(images, batch_size)
    floors = []
    for steps, size in ((full_steps, batch_size), (math.ceil(remainder / batch_size), remainder)):
        arithmetic = steps * size * cost.image_flops / ceilings.flops_per_second
        moving = steps * (cost.step_bytes + cost.image_bytes * size) / ceilings.bytes_per_second
        floors.append((arithmetic, moving, max(arithmetic, moving)))
    return Floor(*map(sum, zip(*floors, strict=True)))
