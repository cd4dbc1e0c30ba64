"""A data set in memory."""

import dataclasses
import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 28
"""Pixels along each side of an image."""

CLASSES = 10
"""The digits 0 to 9."""

TRAINING_IMAGES = 60_000
TEST_IMAGES = 10_000


@dataclasses.dataclass(frozen=True)
class Images:
    """Labelled images, or vectors of any other kind.

    ``pixels``: uint8, of which 255 becomes 1, or float32 as the network reads them; MNIST's have the shape (n, 28, 28),
    0 is background and 255 full ink. ``labels``: integers, shape (n,), the classes from 0.
    """

    pixels: NDArray[np.uint8] | NDArray[np.float32]
    labels: NDArray[Any]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image."""
        return self.pixels.shape[1:]

    def shaped(self, shape: tuple[int, ...]) -> "Images":
        """The same images, each in another ``shape``; nothing is copied."""
        if shape == self.shape:
            return self
        return Images(self.pixels.reshape(len(self), *shape), self.labels)

    @cached_property
    def inputs(self) -> NDArray[np.float32]:
        """What the network reads: float32, the pixels' shape, bytes scaled to [0, 1]."""
        if self.pixels.dtype != np.uint8:
            return self.pixels.astype(np.float32, copy=False)
        inputs = self.pixels.astype(np.float32)
        inputs /= 255  # in place: a second copy of MNIST's 188 MB would be the peak memory of the whole process
        return inputs

    @cached_property
    def nonzero(self) -> Any:
        """The pixels that are not 0, flattened: a sparse matrix by rows, of the pixels' type, shape (n, pixels)."""
        from scipy import sparse  # only the engine fused reads this

        return sparse.csr_array(self.pixels.reshape(len(self), -1))

    def parts(self, size: int) -> Iterator["Images"]:
        """These images, ``size`` at a time; the last part may be smaller."""
        for start in range(0, len(self), size):
            yield Images(self.pixels[start : start + size], self.labels[start : start + size])

    @cached_property
    def targets(self) -> NDArray[np.int32]:
        """What the network should answer: int32, shape (n,), the labels."""
        return self.labels.astype(np.int32)


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Training and test images and their origin.

    ``name``: ``mnist``, ``digits``, or what its owner calls it.
    ``digest``: identifies the whole data set (see :func:`digest`), even if only its first images are used.
    ``source``: describes, for people, the folder, download or recipe that this copy came from.
    """

    name: str
    digest: str
    source: str
    training: Images
    test: Images

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image."""
        return self.training.shape

    @cached_property
    def classes(self) -> int:
        """The number of classes: one more than the largest label."""
        return int(max(images.labels.max() for images in (self.training, self.test))) + 1

    def described(self) -> dict[str, Any]:
        """What people and files are told of it, in plain values."""
        return {
            "name": self.name,
            "digest": self.digest,
            "source": self.source,
            "training_images": len(self.training),
            "test_images": len(self.test),
            "shape": self.shape,
            "classes": self.classes,
        }

    def first(self, count: int | None) -> "Dataset":
        """This data set with only its first ``count`` training images (None: all) and the whole test set."""
        if count is None or count >= len(self.training):
            return self
        training = Images(self.training.pixels[:count], self.training.labels[:count])
        return dataclasses.replace(self, training=training)


def digest(training: Images, test: Images) -> str:
    """Identify a data set by its arrays, whatever the file format.

    Returns ``sha256:`` and the hexadecimal SHA-256 (FIPS 180-4) of the bytes of the training pixels, training labels,
    test pixels and test labels, in this order, each array in C order. Pixels other than 28 x 28 bytes come after a
    line with their types and the shape of an image.
    """
    sha = hashlib.sha256()
    if training.shape != (SIDE, SIDE) or training.pixels.dtype != np.uint8 or training.labels.dtype != np.uint8:
        sha.update(f"{training.pixels.dtype} {training.labels.dtype} {training.shape}\n".encode())
    for images in (training, test):
        sha.update(np.ascontiguousarray(images.pixels).data)
        sha.update(np.ascontiguousarray(images.labels).data)
    return f"sha256:{sha.hexdigest()}"
