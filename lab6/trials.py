"""What a table of trials says: how many steps training took to each of several accuracies, a line a trial.

The file has lines of JSON. The first is a :class:`Tried`, which says what was trained; each of the others is a
:class:`Trial`. What is not known, or was not reached, is left out. Steps belong to what is trained and not to a
machine, so a table holds on every machine.
"""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, ValidationError

from lab6.errors import ResultsError
from lab6.fields import LARGEST, Count, Fraction, Rate, Saved, Shape, Text

if TYPE_CHECKING:
    import pandas as pd

TABLE_VERSION = 1
"""The version of :class:`Tried` and :class:`Trial`; 1 since lab6 0.1.0."""

ENDING = ".jsonl"

FOLDER = Path("results") / "steps"
"""Where ``lab6 steps`` keeps tables, and ``lab6 report`` looks for them, in the current folder."""

TARGET = 0.97
"""The test accuracy that is asked for if none is named."""

KERAS_SIZE = 32
"""The minibatch size of Keras's ``fit`` if none is given."""

LEAST_STEPS = 60
"""Steps that a trial at a constant learning rate may take, however many epochs these are."""

WORK = (
    "dataset_digest",
    "training_images",
    "image_shape",
    "network",
    "model_digest",
    "optimizer",
    "optimizer_digest",
)
"""Fields in which a table and a measured benchmark must agree, so that steps of one fit seconds of the other."""


class Tried(Saved):
    """What the trials of a table trained; its fields are those of :class:`lab6.record.Record`, except the last two."""

    table_version: Count = TABLE_VERSION
    """See :data:`TABLE_VERSION`."""

    lab6_version: Text
    """The version of lab6 that began the table."""

    dataset: Text
    dataset_digest: Text
    training_images: Count
    test_images: Count
    image_shape: Shape | None = None
    network: Annotated[tuple[Count, ...], Field(min_length=2, strict=False)] | None = None
    model: Text | None = None
    model_digest: Text | None = None
    optimizer: Text
    optimizer_digest: Text | None = None
    parameter_count: Count

    targets: Annotated[tuple[Fraction, ...], Field(min_length=1, strict=False)]
    """The test accuracies that trials try to reach, from the lowest to the highest; 0 to 1."""

    max_epochs: Count
    """A trial with a constant learning rate ends after so many epochs, or LEAST_STEPS steps if these are more, unless
    it reaches the last target before."""

    def max_steps(self, batch_size: int) -> int:
        """The most steps of a trial with a constant learning rate."""
        return max(self.max_epochs * self.training_images // batch_size, LEAST_STEPS)


class Trial(Saved):
    """Training with one setting from one seed, until the last target was reached or the steps were over.

    Minibatches are cut from one shuffled epoch after another, so that all have the same size.
    """

    batch_size: Count
    """Images in a minibatch."""

    learning_rate: Rate
    """The optimizer's step size at the start."""

    decay_steps: Count | None = None
    """The step at which the learning rate, falling in a straight line, is zero. Missing if the rate is constant."""

    seed: Annotated[int, Field(ge=0, le=LARGEST)]
    """Of the initial parameters and of the order of images."""

    evaluated_every: Count
    """Steps from one evaluation on all test images to the next."""

    steps: Count
    """Optimizer updates that were trained."""

    reached: dict[Text, Count]
    """For each target that was reached, such as ``0.97``: the steps at the first evaluation with at least that test
    accuracy."""

    best_accuracy: Fraction
    """The highest test accuracy of all evaluations; 0 to 1."""

    diverged: bool | None = None
    """True if the loss became infinite or NaN. Missing otherwise."""

    def steps_to(self, target: float) -> int | None:
        """The steps to ``target``, one of the table's; None if it was not reached."""
        return self.reached.get(key(target))


@dataclasses.dataclass(frozen=True)
class Table:
    """A table that was read from the file ``source``."""

    tried: Tried
    trials: tuple[Trial, ...]
    source: Path

    def frame(self) -> "pd.DataFrame":
        """A row a trial: the fields of :class:`Trial`, and instead of ``reached`` a column ``steps_to_0.97`` for each
        target, NaN if it was not reached. ``decay_steps`` is NaN for a constant learning rate."""
        import pandas as pd  # the command line, which imports this module, does without it

        rows = [
            each.model_dump(exclude={"reached"})
            | {f"steps_to_{key(target)}": each.steps_to(target) for target in self.tried.targets}
            for each in self.trials
        ]
        frame = pd.DataFrame(rows)
        measured = ["decay_steps", *(f"steps_to_{key(target)}" for target in self.tried.targets)]
        return frame.assign(**{name: frame[name].astype("float64") for name in measured}) if rows else frame


def key(target: float) -> str:
    """How a target is written, such as ``0.97``."""
    return f"{target:g}"


def read(path: Path) -> Table:
    """Read a table. A last line that was cut off, when the process that wrote it was killed, is left out.

    Raises ResultsError, which names the file and the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise ResultsError(f"{path} cannot be read ({why}): name another table of lab6 steps.") from error
    *whole, _ = lines  # after the last end of a line there is nothing, or what was cut off
    trials: list[Trial] = []
    place = 1
    try:
        tried = Tried.model_validate_json(whole[0] if whole else "")
        for place in range(2, len(whole) + 1):
            trials.append(Trial.model_validate_json(whole[place - 1]))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ResultsError(
            f"{path} is not a table of lab6 steps of this version: line {place}{f', {where}' if where else ''}: "
            f"{first['msg']}; name another, or make one with lab6 steps."
        ) from error
    return Table(tried, tuple(trials), path)


def write(path: Path, tried: Tried, trials: Iterable[Trial]) -> None:
    """Replace the file ``path`` at once by a table of these trials, in the order of their settings. Raises OSError."""
    ordered = sorted(trials, key=lambda each: (each.batch_size, each.decay_steps or 0, each.learning_rate, each.seed))
    lines = [line(tried), *map(line, ordered)]
    partly = path.with_name(f"{path.name}.part")
    partly.write_text("\n".join([*lines, ""]), encoding="utf-8")
    partly.replace(path)


def line(part: Tried | Trial) -> str:
    """A line of the file, without its end."""
    return part.model_dump_json(exclude_none=True)
