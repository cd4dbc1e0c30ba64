"""A table of trials on the first 200 images of digits, made up."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from lab6 import trials
from lab6.trials import Trial, key
from tests.target.tried import header

STEPS = {4: 400, 8: 100, 16: 20, 32: 30, 64: 40}
"""Of each minibatch size to every target but the last. If all epochs take the same time, 16 is the fastest."""


def table(
    folder: Path,
    digest: str,
    steps: Mapping[int, int] = STEPS,
    targets: Sequence[float] = (0.65, 0.7045, 0.9),
) -> Path:
    """Write a table, on which three seeds of each size agree, to where ``lab6 steps`` saves one in ``folder``."""
    tried = header(dataset="digits", dataset_digest=digest, training_images=200, targets=tuple(targets), max_epochs=5)
    found = [_trial(size, count, seed, targets) for size, count in steps.items() for seed in range(3)]
    path = folder / "results" / "steps" / "digits.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    trials.write(path, tried, found)
    return path


def _trial(size: int, steps: int, seed: int, targets: Sequence[float]) -> Trial:
    return Trial(
        batch_size=size,
        learning_rate=0.004,
        decay_steps=2 * steps,
        seed=seed,
        evaluated_every=2,
        steps=2 * steps,
        reached={key(target): steps for target in targets[:-1]},
        best_accuracy=targets[-2],
    )
