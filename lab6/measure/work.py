"""What is trained on what: the network, the optimizer and the data, as far as they are known without a framework."""

import dataclasses
from pathlib import Path
from typing import Any

from lab6.measure.options import HIDDEN, OPTIMIZERS, Options
from lab6.measure.process import Process
from lab6.place import Place
from lab6.training import datasets


@dataclasses.dataclass(frozen=True)
class Data:
    """The data set that is trained on, without its arrays, which only workers hold.

    ``choice``: what a worker loads it by, with ``folder``. ``is_part``: whether only its first images are trained on.
    """

    name: str
    digest: str
    source: str
    training_images: int
    test_images: int
    choice: str | Place
    folder: Path | None = None
    shape: tuple[int, ...] = (28, 28)
    classes: int = 10
    is_part: bool = False

    @classmethod
    def find(cls, options: Options) -> "Data | None":
        """Load the data set once, to make sure that it is there; None if only a worker can. Raises DataError."""
        if datasets.needs_framework(options.dataset):
            return None
        return cls._of(options, datasets.load(options.dataset, options.data_dir).first(options.images).described())

    @classmethod
    def told(cls, options: Options, process: Process) -> "Data":
        """Let a worker load the data set, and describe it. Raises WorkerError."""
        return cls._of(options, process.ask("load", **_loading(options.dataset, options.data_dir, options.images)))

    @classmethod
    def _of(cls, options: Options, described: dict[str, Any]) -> "Data":
        """``described``: see :meth:`lab6.training.datasets.Dataset.described`."""
        return cls(
            **(described | {"shape": tuple(described["shape"])}),
            choice=described["name"] if options.dataset == "auto" else options.dataset,
            folder=options.data_dir,
            is_part=options.images is not None,
        )

    def loading(self) -> dict[str, Any]:
        """The arguments of the worker's command ``load``."""
        return _loading(self.choice, self.folder, self.training_images, self.digest)


@dataclasses.dataclass(frozen=True)
class Work:
    """The network and the optimizer.

    ``hidden``: widths of the hidden layers of lab6's own network. ``model``: the place of one's own instead.
    ``optimizer``: Keras's name of it, or a place. ``learning_rate``: None for the optimizer's own. ``described``: what
    a worker said of one's own (:meth:`lab6.measure.commands.Worker.describe`), as pairs.
    """

    hidden: tuple[int, ...] = HIDDEN
    model: Place | None = None
    optimizer: str | Place = "adam"
    learning_rate: float | None = OPTIMIZERS["adam"]
    described: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, options: Options) -> "Work":
        """The work that the options ask for."""
        return cls(options.hidden, options.model, options.optimizer, options.learning_rate)

    @classmethod
    def told(cls, options: Options, data: Data, process: Process) -> "Work":
        """The same, described by a worker if it is one's own. Raises WorkerError."""
        work = cls.of(options)
        if not work.is_own:
            return work
        process.ask("load", **data.loading())
        answer = process.ask("describe", **{"network": None} | work.arguments())
        return dataclasses.replace(work, described=tuple(answer.items()))

    @property
    def is_own(self) -> bool:
        """Whether only a worker can tell what it is."""
        return self.model is not None or self.learning_rate is None

    def arguments(self) -> dict[str, Any]:
        """The arguments of the worker's command ``prepare`` on it; the lab's own network is left out."""
        network: Any = self.model.saved() if self.model else self.hidden
        optimizer = self.optimizer.saved() if isinstance(self.optimizer, Place) else self.optimizer
        found = {"optimizer": optimizer, "learning_rate": self.learning_rate}
        return found if network == HIDDEN else found | {"network": network}

    def names(self, with_rate: bool = True) -> list[str]:
        """What it is called as part of a benchmark's name; nothing for the lab's own.

        ``with_rate``: whether the learning rate belongs to the work.
        """
        described = dict(self.described)
        rate = self.learning_rate or described.get("learning_rate")
        parts = []
        if self.model:
            parts.append(_identified(self.model, described.get("model_digest")))
        elif self.hidden != HIDDEN:
            parts.append("-".join(map(str, self.hidden)))
        if isinstance(self.optimizer, Place):
            parts.append(_identified(self.optimizer, described.get("optimizer_digest")))
        elif self.optimizer != "adam" or (with_rate and rate != OPTIMIZERS["adam"]):
            parts.append(f"{self.optimizer}{'' if rate is None or not with_rate else f'{rate:g}'}")
        return parts


def _loading(choice: str | Place, folder: Path | None, images: int | None, digest: str = "") -> dict[str, Any]:
    """The arguments of the worker's command ``load``; see :class:`Data`."""
    return {
        "dataset": choice.saved() if isinstance(choice, Place) else choice,
        "digest": digest,
        "data_dir": str(folder.absolute()) if folder else None,
        "images": images,
    }


def _identified(place: Place, digest: str | None) -> str:
    """The function's name, and the beginning of the digest of what it makes."""
    return f"{place.name}.{digest.removeprefix('sha256:')[:6]}" if digest else place.name
