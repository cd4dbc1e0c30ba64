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
