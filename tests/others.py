"""Projects of other people, which measure their own networks with lab6's pytest plugin."""

import shutil
from pathlib import Path

from tests.measure.conftest import git
from tests.projects import ROOT

EXAMPLE = ROOT / "examples" / "convnet"

CONFIGURATION = """
[tool.pytest.ini_options]
addopts = "-p lab6.plugin"
pythonpath = ["src"]
"""

MODELS = """
def small():
    import keras
    from theirs.layers import WIDTH

    return keras.Sequential([keras.Input((784,)), keras.layers.Dense(WIDTH), keras.layers.Dense(10)])


def own_step():
    import keras

    class Own(keras.Sequential):
        def train_step(self, data):
            return {}

    return Own([keras.Input((784,)), keras.layers.Dense(10)])


def broken():
    raise RuntimeError("no weights today")
"""

BENCHMARKS = """
from theirs.models import small


def test_epoch(epoch_benchmark):
    result = epoch_benchmark(model=small, batch_size=100)
    assert result.test_accuracies
"""

TWO = """
from theirs.models import small


def test_small(epoch_benchmark):
    epoch_benchmark(model=small, batch_size=100)


def test_wide(epoch_benchmark):
    epoch_benchmark(model=[256, 64], batch_size=100)
"""

PLAIN = """
def test_sum(benchmark):
    assert benchmark(sum, [1, 2]) == 3
"""


REFUSED = """
import functools
import pytest
from theirs.models import small


def lazily():
    def inner():
        return None
    return inner


CASES = {
    "lambda": dict(model=lambda: None),
    "inner": dict(model=lazily()),
    "partial": dict(model=functools.partial(small)),
    "number": dict(model=5),
    "words": dict(model="nonsense"),
    "widths": dict(model=[0]),
    "data": dict(data=([1], [2])),
    "nowhere": dict(data="nowhere"),
    "size": dict(batch_size=601),
    "float": dict(batch_size=10.0),
    "engine": dict(engine="warp"),
    "device": dict(device="gpu:7"),
    "optimizer": dict(optimizer="not/known"),
}


@pytest.mark.parametrize("case", CASES)
def test_refused(epoch_benchmark, case):
    epoch_benchmark(**({"model": small} | CASES[case]))


def test_twice(epoch_benchmark):
    epoch_benchmark(small, batch_size=50)
    epoch_benchmark(small, batch_size=60)


def test_again(epoch_benchmark):
    epoch_benchmark(small, batch_size=50)
"""

SENTENCES = {
    "lambda": "<lambda> cannot be imported by another process, which has to train with it: give a function that is",
    "inner": "lazily.<locals>.inner cannot be imported by another process",
    "partial": "functools.partial(",
    "number": "model: 5 is not allowed; give a function that returns a Keras model, its place as text, or a list",
    "words": "model: 'nonsense' names no function; give package.module:function or path/to/file.py:function.",
    "widths": "model: '0' is not allowed; give whole numbers from 1 to 4,096.",
    "data": "data: ([1], [2]) is not allowed; give a function, or what --dataset takes, as text.",
    "nowhere": "data: 'nowhere' is no data set; give auto, mnist, digits, keras:NAME, an .npz file",
    "size": "batch_size: '601' is not allowed; give whole numbers from 1 to 600.",
    "float": "batch_size: '10.0' is not allowed; give a whole number.",
    "engine": "engine: 'warp' is not known; give one of",
    "device": "device: 'gpu:7' is not known; give one of cpu.",
    "optimizer": "optimizer: 'not/known' is not allowed; give a name of Keras",
}


def example(folder: Path) -> Path:
    """A copy of examples/convnet."""
    return Path(shutil.copytree(EXAMPLE, folder / "convnet", ignore=shutil.ignore_patterns("__pycache__")))


def theirs(folder: Path, benchmarks: str = BENCHMARKS, configuration: str = CONFIGURATION) -> Path:
    """A project with the package ``theirs`` in ``src``, and these benchmarks."""
    files = {
        "pyproject.toml": configuration,
        "src/theirs/__init__.py": "",
        "src/theirs/layers.py": "WIDTH = 8\n",
        "src/theirs/models.py": MODELS,
        "benchmarks/test_training.py": benchmarks,
        ".gitignore": "__pycache__\nresults\n",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def committed(top: Path) -> None:
    """Make a repository of ``top``, with one commit."""
    git(top, "init", "--quiet")
    git(top, "add", ".")
    git(top, "commit", "--quiet", "--message=first")
