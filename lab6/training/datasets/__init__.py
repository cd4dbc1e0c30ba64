"""The data sets: 60,000 training and 10,000 test images of handwritten digits, 28 x 28 pixels each.

``mnist`` is the real thing; ``digits`` is made on the spot from images that scikit-learn carries, for machines that
cannot get MNIST; ``auto`` takes MNIST where it can be had and otherwise ``digits``.
"""

from lab6.training.datasets.choose import CHOICES, load
from lab6.training.datasets.dataset import Dataset, Images

__all__ = ["CHOICES", "Dataset", "Images", "load"]
