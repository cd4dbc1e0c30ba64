"""Runs of machines whose steps, images and exchanges take so many microseconds each."""

import numpy as np

from lab6.store import cards
from tests import saved
from tests.small import summarised

SIZES = (1, 10, 100, 1000, 60_000)

EXCHANGED = (100, 1000, 10_000, 60_000)
"""Minibatch sizes that several workers are measured with."""


def machine(label, step, image, sizes=SIZES, noise=0.0, exchange=0.0, **fields):
    """A run of a machine; ``fields``: of every record, such as ``workers``, of which each has its share of the images;
    see :func:`saved.run`."""
    each = 60_000 * image / fields.get("workers", 1)
    seconds = {size: 1e-6 * (-(-60_000 // size) * (step + exchange) + each) for size in sizes}
    spread = (1 - noise, 1, 1 + noise)
    return saved.run(
        {size: ([own * factor for factor in spread], [0.9, 0.91, 0.92]) for size, own in seconds.items()},
        {"label": label},
        **fields,
    )


def often(label, step, image, noise=0.02, runs=3, sizes=SIZES, exchange=0.0, **fields):
    """Several runs of a machine, the slowest slower by ``noise`` than the middle one, the fastest as much faster."""
    factors = np.linspace(1 - noise, 1 + noise, runs)
    return [
        machine(label, step * factor, image * factor, sizes, exchange=exchange * factor, **fields) for factor in factors
    ]


def team(workers, exchange, step=30, image=2, label="here", **how):
    """Runs of so many workers of a thread each; an exchange takes so many microseconds."""
    fields = {"workers": workers} if workers > 1 else {}
    how = {"sizes": EXCHANGED, "backend": "jax", "threads": 1} | how
    return often(label, step, image, exchange=exchange if workers > 1 else 0, **fields, **how)


def card_of(*runs):
    """The only card of a machine."""
    (card,) = cards.cards(summarised(*runs)).to_dict("records")
    return card
