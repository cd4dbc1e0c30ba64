"""A large minibatch passes through the network in parts, so that its float32 images stay in a CPU's caches.

The gradient of a mean over images is the weighted sum of the means' gradients over parts of them: the answer is the
same, but for rounding. A minibatch of 60,000 images would take 188 MB at once.
"""

import keras

IMAGES = 2_000
"""In a part; docs/performance.md says what smaller and larger ones take."""


def split(images: int, device: str, model: keras.Model) -> tuple[int, int]:
    """How many full parts a minibatch of ``images`` has, and how many images are left over; (0, ``images``) if whole.

    It stays whole on a GPU, which wants much to do at once, and for a model with more state than its parameters (batch
    normalisation, dropout), whose answers depend on what else is in the minibatch.
    """
    if device != "cpu" or images <= IMAGES or model.non_trainable_variables:
        return 0, images
    return divmod(images, IMAGES)
