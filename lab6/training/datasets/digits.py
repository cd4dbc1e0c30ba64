"""``digits``: a stand-in for MNIST that needs no network, made from images that scikit-learn carries.

scikit-learn's copy of the UCI optical digits (E. Alpaydin and C. Kaynak, 1998, CC BY 4.0) holds 1,797 pen-written
digits of 8 x 8 pixels, ordered by writer. Each is enlarged and then varied: rotated, slanted, stretched and shifted a
little, at 28 x 28 pixels, until there are as many images as in MNIST. The first 1,540 originals become training images
and the others test images, so no original is in both sets.

All arithmetic is on integers from a frozen random stream, so every machine makes the same bytes.
"""

import numpy as np
from numpy.typing import NDArray

from lab6.training.datasets.dataset import SIDE, TEST_IMAGES, TRAINING_IMAGES, Images

SEED = 6
TRAINING_ORIGINALS = 1_540

DIGEST = "sha256:eee496b48b7a5d71b9e998a1cc8289a2f383d8fc08b79af9e2a21f9e6630c20b"
"""The digest of the arrays made here; see :func:`lab6.training.datasets.dataset.digest`."""

_ONE = 1 << 8
"""One pixel, in the fixed-point coordinates below."""

_FINE = 32
"""Pixels along each side of an enlarged original."""

_CHUNK = 2_000


def make() -> tuple[Images, Images]:
    """The training and test images, the same on every machine. Takes about 4 s on one core."""
    from sklearn.datasets import load_digits  # takes a second to import, and only this function needs it

    originals, labels = load_digits(return_X_y=True)
    fine = _enlarge(originals.reshape(-1, 8, 8).astype(np.int64))
    labels = labels.astype(np.uint8)
    random = np.random.RandomState(SEED)  # frozen by NumPy's policy, unlike Generator's streams
    split = TRAINING_ORIGINALS
    training = _variants(random, fine[:split], labels[:split], TRAINING_IMAGES)
    test = _variants(random, fine[split:], labels[split:], TEST_IMAGES)
    return training, test


def _enlarge(originals: NDArray[np.int64]) -> NDArray[np.int64]:
    """Enlarge (n, 8, 8) images of 0 to 16 smoothly to (n, 32, 32) images of 0 to 255, with sharpened edges."""
    # 128 times the quadratic B-spline (3 pixels wide) at 1/8, 3/8, ... 11/8 pixels on both sides of its centre.
    kernel = np.array([1, 9, 25, 49, 78, 94, 94, 78, 49, 25, 9, 1])
    spread = np.array([np.pad(kernel, (4 * pixel, 28 - 4 * pixel))[4:-4] for pixel in range(8)], np.int64)
    smooth: NDArray[np.int64] = np.einsum("nij,ia,jb->nab", originals, spread, spread)
    full = 16 * int(spread.sum(axis=0).max()) ** 2
    low, high = full * 30 // 100, full * 70 // 100
    sharpened: NDArray[np.int64] = np.clip((smooth - low) * 255 // (high - low), 0, 255)
    return sharpened


def _variants(random: np.random.RandomState, fine: NDArray[np.int64], labels: NDArray[np.uint8], count: int) -> Images:
    """``count`` images from the (n, 32, 32) originals, each used equally often, in random order."""
    which = random.permutation(np.resize(np.arange(len(fine)), count))
    chunks = [_redrawn(random, fine, which[start : start + _CHUNK]) for start in range(0, count, _CHUNK)]
    return Images(np.concatenate(chunks), labels[which])


def _redrawn(random: np.random.RandomState, fine: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Each chosen original under its own random affine map, sampled bilinearly; uint8, (n, 28, 28)."""

    def draw(reach: int) -> NDArray[np.int64]:
        return random.randint(-reach, reach + 1, size=(len(chosen), 1, 1)).astype(np.int64)

    # An original of 32 pixels becomes 20 pixels high, as in MNIST: 1.6 fine pixels a pixel, within 12 percent.
    across, down = 410 + draw(48), 410 + draw(48)
    turn, slant = draw(90), draw(70)
    row = (2 * np.arange(SIDE) - (SIDE - 1)).reshape(1, SIDE, 1)
    column = row.reshape(1, 1, SIDE)
    middle = (_FINE - 1) * _ONE // 2
    y = middle + draw(2 * _ONE) + (down * row + turn * column) // 2
    x = middle + draw(2 * _ONE) + (across * column + (slant - turn) * row) // 2
    return _sample(fine, chosen.reshape(-1, 1, 1), y, x)


def _sample(
    fine: NDArray[np.int64], image: NDArray[np.int64], y: NDArray[np.int64], x: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """The originals at fixed-point coordinates, interpolated bilinearly, and 0 outside the image."""
    padded = np.pad(fine, ((0, 0), (1, 2), (1, 2)))
    top, left = np.clip(y // _ONE, -1, _FINE), np.clip(x // _ONE, -1, _FINE)
    v, h = np.where(y // _ONE == top, y % _ONE, 0), np.where(x // _ONE == left, x % _ONE, 0)
    flat = padded.ravel()
    width = _FINE + 3
    corner = (image * width + top + 1) * width + left + 1
    upper = flat[corner] * (_ONE - h) + flat[corner + 1] * h
    lower = flat[corner + width] * (_ONE - h) + flat[corner + width + 1] * h
    value: NDArray[np.int64] = (upper * (_ONE - v) + lower * v) >> 16
    return value.astype(np.uint8)
