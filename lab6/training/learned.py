"""What an epoch of training shows, whatever framework ran it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Learned:
    """What an epoch's minibatches showed, each before its own update: means over all images, as ``fit`` prints them.

    ``loss``: cross-entropy, nats an image. ``accuracy``: 0 to 1.
    """

    loss: float
    accuracy: float
