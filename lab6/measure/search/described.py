"""What a table says of the work that its trials train, and what its file is called."""

from collections.abc import Mapping, Sequence
from typing import Any

from lab6.measure.plan import OWN, USUAL_SHAPE, Plan
from lab6.measure.work import Data, Work
from lab6.place import Place
from lab6.trials import ENDING, Tried, key


def header(plan: Plan, built: Mapping[str, Any], targets: Sequence[float], max_epochs: int) -> Tried:
    """The first line of a table. ``built``: a worker's answer to ``build``."""
    data = plan.data
    assert data, "known before"
    own = {field: built[field] for field in OWN if field in built}
    return Tried(
        lab6_version=plan.lab6_version,
        dataset=data.name,
        dataset_digest=data.digest,
        training_images=data.training_images,
        test_images=data.test_images,
        image_shape=None if data.shape == USUAL_SHAPE else data.shape,
        network=built["network"],
        **{"optimizer": plan.work.optimizer} | own,
        parameter_count=built["parameter_count"],
        targets=tuple(targets),
        max_epochs=max_epochs,
    )


def file_name(data: Data, work: Work, header: Tried, usual: bool) -> str:
    """The name of a table's file, such as ``mnist-784-128-10-adam.jsonl``; targets that are not ``usual`` are in it."""
    network = work.model.name if work.model else "-".join(map(str, header.network or ()))
    optimizer = work.optimizer.name if isinstance(work.optimizer, Place) else work.optimizer
    images = [f"{data.training_images}images"] if data.is_part else []
    targets = [] if usual else map(key, header.targets)
    return "-".join([data.name, *images, network, optimizer, *targets]) + ENDING
