from pathlib import Path

import pytest

from lab6 import trials
from lab6.noise.fitted import fitted
from lab6.noise.scale import Fitted
from lab6.target import choose
from lab6.trials import Trial
from tests.target.tried import header

TRIED = header(targets=(0.8, 0.9))


def trial(batch_size, seed) -> Trial:
    """100 steps at least, and a critical size of 32 for 0.9: 100 x (1 + 32 / size)."""
    steps = round(100 * (1 + 32 / batch_size))
    setting = {"batch_size": batch_size, "learning_rate": 0.01, "seed": seed, "evaluated_every": 1, "steps": steps}
    return Trial(**setting, reached={"0.8": steps // 2, "0.9": steps}, best_accuracy=0.91)


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = Path("results") / "steps"
    folder.mkdir(parents=True)
    trials.write(folder / "mine.jsonl", TRIED, [trial(size, seed) for size in (4, 16, 64, 256) for seed in range(3)])


@pytest.mark.usefixtures("table")
def test_the_critical_size_comes_from_a_table_of_the_same_work():
    found = fitted(choose.described(TRIED))
    assert isinstance(found, Fitted)
    assert found.target == 0.9
    assert found.critical == pytest.approx(32, rel=0.02)


@pytest.mark.usefixtures("table")
def test_without_a_table_of_this_work_there_is_none():
    assert fitted(choose.described(TRIED) | {"optimizer": "sgd"}) is None
