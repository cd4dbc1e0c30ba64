"""What a dead process has left in its journal: read file by file, so that a damaged one costs no other."""

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel
from pytest_benchmark.stats import Stats
from pytest_benchmark.utils import safe_dumps

from lab6.measuring.journal import RUN, Finished, Run
from lab6.record import Record

Model = TypeVar("Model", bound=BaseModel)

_NAME = re.compile(r"(\d+)(?:-(\d+))?\.json")
"""A benchmark's file or, with a second number, that of one of its rounds."""


@dataclasses.dataclass(frozen=True)
class Unfinished:
    """What can be kept of an interrupted run, and what cannot."""

    run: Run | None
    benchmarks: Sequence[dict[str, Any]]
    """As pytest-benchmark saves them, those with a finished round."""
    ended_at: datetime | None
    """When the last round was finished."""
    damaged: Mapping[str, str]
    """The files that cannot be used, and why."""

    @property
    def engines(self) -> list[str]:
        """Each that has a finished round, in the order of the run."""
        return list(dict.fromkeys(benchmark["extra_info"]["engine"] for benchmark in self.benchmarks))

    @property
    def rounds(self) -> int:
        """How many can be kept."""
        return sum(benchmark["stats"]["rounds"] for benchmark in self.benchmarks)

    def file(self) -> tuple[bytes, str] | None:
        """The content of the file that the run would have saved, and its name; None where there is nothing to save."""
        if self.run is None or self.ended_at is None:
            return None
        saved = {
            "machine_info": self.run.machine_info,
            "commit_info": self.run.commit_info,
            "benchmarks": self.benchmarks,
            "datetime": self.ended_at.isoformat(),
            "version": self.run.version,
        }
        content: str = safe_dumps(saved, ensure_ascii=True, indent=4)
        return content.encode(), self.run.name or "-".join([self.run.workload, *self.engines])


def read(folder: Path) -> Unfinished:
    """Read a journal. Raises OSError where its folder cannot be listed; what is wrong with a file is in the answer."""
    reader = _Reader(folder)
    numbered: dict[int, dict[int, str]] = {}
    for path in folder.iterdir():
        if name := _NAME.fullmatch(path.name):
            numbered.setdefault(int(name[1]), {})[int(name[2] or 0)] = path.name
    measured = [names for _, names in sorted(numbered.items()) if max(names) > 0]
    run = reader.model(RUN, Run) if measured else None
    benchmarks = [found for names in measured if (found := reader.benchmark(names))]
    return Unfinished(run, benchmarks, max(reader.times, default=None), reader.damaged)


class _Reader:
    """Reads a journal's files, and keeps in mind which cannot be used, and when rounds were finished."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.damaged: dict[str, str] = {}
        self.times: list[datetime] = []

    def model(self, name: str, model: type[Model]) -> Model | None:
        """A file's content; None where it is damaged."""
        try:
            return model.model_validate(self._json(name))
        except (OSError, ValueError, RecursionError) as error:
            self.damaged[name] = _why(error)
            return None

    def benchmark(self, names: dict[int, str]) -> dict[str, Any] | None:
        """A benchmark with its rounds, as pytest-benchmark saves it; None where there is no more than its name."""
        own, *others = (names[number] for number in sorted(names))
        if 0 not in names:
            self.damaged |= dict.fromkeys([own, *others], "the file of its benchmark is missing")
            return None
        finished = [round_ for name in others if (round_ := self.model(name, Finished))]
        if not finished:
            return None
        try:
            benchmark = _with_rounds(self._json(own), finished)
        except (OSError, ValueError, RecursionError, KeyError, TypeError) as error:
            self.damaged[own] = _why(error)
            return None
        self.times += [round_.finished_at for round_ in finished]
        return benchmark

    def _json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_bytes())


def _with_rounds(benchmark: Any, finished: Sequence[Finished]) -> dict[str, Any]:
    """A benchmark without times, joined with its rounds."""
    record = Record.model_validate(benchmark["extra_info"] | {"rounds": [each.round for each in finished]})
    stats = Stats()
    for each in finished:
        stats.update(each.seconds)
    numbers = stats.as_dict() | {"data": stats.data, "iterations": 1}
    return {**benchmark, "extra_info": record.saved(), "stats": numbers}


def _why(error: Exception) -> str:
    """What is wrong with a file, in a few words."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return (
        "not complete JSON" if isinstance(error, json.JSONDecodeError | UnicodeDecodeError) else "not what was written"
    )
