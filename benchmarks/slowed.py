"""A pytest plugin (``pytest benchmarks -p benchmarks.slowed``) that makes each epoch slower on purpose, to test the
gate.

It sleeps inside the engine after each epoch, for a share of what that took.
"""

import time

import pytest

SHARE = 0.15


@pytest.fixture(autouse=True)
def slowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the sleep into every engine."""
    from lab6.training.engines.engine import Engine
    from lab6.training.learned import Learned

    quick = Engine.train_epoch

    def train_epoch(engine: Engine) -> Learned:
        start = time.perf_counter()
        learned = quick(engine)
        time.sleep(SHARE * (time.perf_counter() - start))
        return learned

    monkeypatch.setattr(Engine, "train_epoch", train_epoch)
