import numpy as np
from sklearn.datasets import load_digits

from lab6.training.datasets import digits as recipe
from lab6.training.datasets.dataset import Images, digest


def test_every_machine_makes_the_same_bytes(digits):
    """They were made by these tests, since the cache was empty."""
    assert digest(digits.training, digits.test) == recipe.DIGEST
    assert digits.training.pixels.shape == (60_000, 28, 28)
    assert digits.test.pixels.shape == (10_000, 28, 28)
    assert digits.training.pixels.dtype == digits.test.labels.dtype == np.uint8


def test_no_original_is_in_both_sets(monkeypatch):
    sides: list[set[bytes]] = []

    def note(random, fine, labels, count):
        sides.append({original.tobytes() for original in fine})
        return Images(np.zeros((count, 28, 28), np.uint8), np.resize(labels, count))

    monkeypatch.setattr(recipe, "_variants", note)
    recipe.make()
    assert list(map(len, sides)) == [1_540, 257]
    assert sides[0].isdisjoint(sides[1])


def test_every_original_is_drawn_about_equally_often(digits):
    labels = load_digits().target
    counts = np.bincount(digits.training.labels) / np.bincount(labels[: recipe.TRAINING_ORIGINALS])
    np.testing.assert_allclose(counts, 60_000 / 1_540, rtol=0.02)


def test_the_images_look_like_mnists(digits):
    """MNIST's training pixels have the mean 0.131 and the standard deviation 0.308."""
    pixels = digits.training.pixels / np.float32(255)
    assert 0.11 < pixels.mean() < 0.16
    assert 0.28 < pixels.std() < 0.34
    assert digits.training.pixels[:, [0, -1]].mean() < 1
