import numpy as np
from sklearn.datasets import load_digits

from lab6.training.datasets import digits as recipe
from lab6.training.datasets.dataset import Images, digest


def test_every_machine_makes_the_same_bytes(private_cache):
    training, test = recipe.make()
    assert digest(training, test) == recipe.DIGEST
    assert training.pixels.shape == (60_000, 28, 28)
    assert test.pixels.shape == (10_000, 28, 28)
    assert training.pixels.dtype == test.labels.dtype == np.uint8


def test_no_original_is_on_both_sides(monkeypatch):
    sides: list[set[bytes]] = []

    def note(random, fine, labels, count):
        sides.append({original.tobytes() for original in fine})
        return Images(np.zeros((count, 28, 28), np.uint8), np.resize(labels, count))

    monkeypatch.setattr(recipe, "_variants", note)
    recipe.make()
    training, test = sides
    assert len(training) == 1_540
    assert len(test) == 257
    assert not training & test


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
