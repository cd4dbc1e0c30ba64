"""The data sets: by default 60,000 training and 10,000 test images of handwritten digits, 28 x 28 pixels each.

``mnist`` is the original; ``digits`` is made from images that scikit-learn carries, for machines without MNIST;
``auto`` takes MNIST if it is available and otherwise ``digits``. One's own are read from an archive or IDX files,
loaded by Keras, or returned by a function.
"""

from lab6.training.datasets.choose import CHOICES, load, needs_framework, parse
from lab6.training.datasets.dataset import Dataset, Images

__all__ = ["CHOICES", "Dataset", "Images", "load", "needs_framework", "parse"]
