"""Which settings ``test_target.py`` measures, and what is predicted: from a table of trials and saved epochs."""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
import pytest

from lab6.errors import OptionError, ResultsError
from lab6.measure import book
from lab6.measure.options import OPTIMIZERS
from lab6.measure.plan import USUAL_SHAPE, Case, Plan
from lab6.measure.storage import ResultsStorage
from lab6.measure.target import Goal
from lab6.measure.way import Way
from lab6.measure.work import Data, Work
from lab6.store.load import load
from lab6.target import answer, settings
from lab6.target.choose import choose
from lab6.target.seconds import StepTimes
from lab6.trials import KERAS_SIZE, WORK, Table, key

SMALLEST, LARGEST = 8, 1_024
"""The minibatch sizes that are measured if no epochs say which is the fastest."""

KERAS_ENGINE = "fit"
"""Keras's own training loop."""

NEIGHBOUR = 1.5
"""The ratio of minibatch sizes from which one is a neighbour of the other, and not nearly the same."""

RECOMMENDED, KERAS_DEFAULTS = "recommended", "keras-defaults"
"""The kinds of settings that are measured."""


@dataclasses.dataclass
class Recommended:
    """The settings of a run.

    ``settings``: all of the table (:func:`lab6.target.settings.settings`). ``epochs``: the saved rounds of this
    machine, a tidy frame; None if there are none. ``notes``: what to say of them, in lines.
    """

    plan: Plan
    table: Table
    target: float
    settings: pd.DataFrame
    epochs: pd.DataFrame | None
    notes: list[str] = dataclasses.field(default_factory=list)

    @classmethod
    def of(cls, config: pytest.Config, plan: Plan) -> "Recommended":
        """What the options ask for. Raises Lab6Error."""
        if config.getoption("learning_rate") is not None:
            raise OptionError("--learning-rate: here the table of trials decides it: leave it out.")
        if asked := plan.options.sharing:
            advice = "give one number of them" if asked == "--threads" else "leave it out"
            raise OptionError(f"{asked}: runs to a target train in one process with one number of threads: {advice}.")
        assert plan.data, "known before tests are made"
        work = _fields(plan.work, plan.data)
        table = choose(work)
        if table is None:
            raise ResultsError(
                f"no table of trials of this work ({work['network']} on {plan.data.training_images:,} images of "
                f"{plan.data.name}, {work['optimizer']}): make one with lab6 steps and the same options."
            )
        target = answer.goal(table, plan.options.target)
        found = settings.settings(table, target)
        if settings.best(found).empty:
            raise ResultsError(f"--target: {answer.unreached(table, target)}")
        epochs, notes = _epochs(config, work)
        return cls(plan, table, target, found, epochs, notes)

    def cases(self) -> Iterator[tuple[str, Case]]:
        """Each engine's settings on each device, with the kind of setting, and those of Keras's defaults."""
        usual = [] if self.plan.options.is_duet else list(self._usual())
        for way in self.plan.ways():
            for case in self._of(way):
                yield RECOMMENDED, dataclasses.replace(case, is_keras_default=case in usual)
                usual = [each for each in usual if each != case]
        for case in usual:
            yield KERAS_DEFAULTS, dataclasses.replace(case, is_keras_default=True)

    def _of(self, way: Way) -> Iterator[Case]:
        """The cases of a way, by minibatch size."""
        epochs = None if self.epochs is None else _newest(self.epochs, way, self._threads)
        best = settings.best(self.settings)
        step = math.nan if epochs is None else StepTimes.of(epochs).at(best["batch_size"].to_numpy())
        found = best.assign(seconds=best["steps"] * step)
        for size in self._sizes(way, found):
            row = found.loc[size]
            decay = None if pd.isna(row["decay_steps"]) else int(row["decay_steps"])
            seconds = None if pd.isna(row["seconds"]) or self.plan.options.is_duet else float(row["seconds"])
            every, rate = int(row["evaluated_every"]), float(row["learning_rate"])
            goal = Goal((self.target,), rate, decay, every, decay or self.table.tried.max_steps(size))
            yield self._case(way, size, goal, float(row["steps"]), seconds)

    def _case(self, way: Way, size: int, goal: Goal, steps: float, seconds: float | None = None) -> Case:
        return dataclasses.replace(self.plan.case(way, size), goal=goal, steps=steps, predicted=seconds)

    def _sizes(self, way: Way, found: pd.DataFrame) -> list[int]:
        """The sizes that the options name; else the one that should be the fastest and its neighbours; else all from
        SMALLEST to LARGEST. ``found``: the best setting of each size, indexed by it. Raises OptionError."""
        known, asked = sorted(map(int, found.index)), self.plan.options.batch_sizes
        if asked is not None:
            return list(self._asked(asked, known))
        if found["seconds"].notna().any():
            return _with_neighbours(int(found["seconds"].idxmin()), known)
        self.notes.append(
            f"No saved epochs of {way.engine} on {way.device} say which minibatch size is the fastest: measures all "
            f"from {SMALLEST} to {LARGEST:,}; pytest benchmarks --engines {way.engine} --benchmark-save saves some."
        )
        return [size for size in known if SMALLEST <= size <= LARGEST] or known

    def _asked(self, asked: Sequence[int], known: Sequence[int]) -> Iterator[int]:
        for size in asked:
            if size not in known:
                raise OptionError(
                    f"--batch-sizes: no setting of {self.table.source.name} with minibatch size {size:,} reaches "
                    f"{key(self.target)}; give any of {', '.join(map(str, known))}."
                )
            yield size

    def _usual(self) -> Iterator[Case]:
        """Keras's ``fit`` at its defaults on each device; none if the optimizer's own learning rate is unknown."""
        plan = self.plan
        assert plan.data, "known before"
        rate = OPTIMIZERS.get(str(plan.work.optimizer)) or dict(plan.work.described).get("learning_rate")
        if rate is None:
            return
        size = min(KERAS_SIZE, plan.data.training_images)
        found = settings.tested(self.settings)
        away = (found["batch_size"] - size).abs()
        near = found[away == away.min()]
        same = near[(near["learning_rate"] == rate) & near["decay_steps"].isna()]
        steps = float((same if len(same) else near)["steps"].max())  # as slow as any setting of that size
        goal = Goal((self.target,), rate, None, int(near["evaluated_every"].iloc[0]), self.table.tried.max_steps(size))
        for device in plan.devices:
            yield self._case(plan.way(KERAS_ENGINE, device), size, goal, steps)

    @property
    def _threads(self) -> int:
        given = self.plan.options.one_threads
        return given if isinstance(given, int) else self.plan.machine.intra_op_threads


def _fields(work: Work, data: Data) -> dict[str, object]:
    """The fields WORK, as the tidy frame writes them."""
    described = dict(work.described)
    own = {
        "dataset_digest": data.digest,
        "training_images": data.training_images,
        "image_shape": None if data.shape == USUAL_SHAPE else " x ".join(map(str, data.shape)),
        "network": "-".join(map(str, (math.prod(data.shape), *work.hidden, data.classes))),
        "optimizer": work.optimizer,
    }
    named = {"network": described["model"]} if "model" in described else {}
    return dict.fromkeys(WORK) | own | {field: described[field] for field in WORK if field in described} | named


def _with_neighbours(fastest: int, known: Sequence[int]) -> list[int]:
    """``fastest`` between the nearest ``known`` sizes that are at least NEIGHBOUR times smaller and larger."""
    smaller = [size for size in known if size * NEIGHBOUR <= fastest]
    larger = [size for size in known if size >= fastest * NEIGHBOUR]
    return [*smaller[-1:], fastest, *larger[:1]]


def _epochs(config: pytest.Config, work: Mapping[str, object]) -> tuple[pd.DataFrame | None, list[str]]:
    """The saved epochs of one worker, of this machine and ``work``, None if there are none; and files that cannot be
    read."""
    storage = book.session(config).storage
    if not isinstance(storage, ResultsStorage) or not list(storage.folder.glob("*.json")):
        return None, []
    bad: list[ResultsError] = []
    rounds = load(str(storage.folder), on_bad=bad.append)
    same = rounds["target"].isna() & rounds["duet"].isna() & rounds["workers"].isna()
    for field, value in work.items():
        same &= rounds[field].isna() if value is None else (rounds[field] == value).fillna(False)
    return rounds[same], [f"Left out: {error}" for error in bad]


def _newest(epochs: pd.DataFrame, way: Way, threads: int) -> pd.DataFrame | None:
    """Those of the last run that trained in this way; None if none has."""
    fields = {"engine": way.engine, "backend": way.backend, "device": way.device, "threads": threads}
    own = epochs[(epochs[list(fields)] == pd.Series(fields)).all(axis=1).fillna(False).astype(bool)]
    return own[own["run"] == own.loc[own["measured_at"].idxmax(), "run"]] if len(own) else None
