"""What keeps each finished round of a run until the run is saved: a folder of small files that are never rewritten.

``results/<machine>/.unfinished/<time>-<digits>/`` holds

======================  =============================================================================================
``run.json``            a :class:`Run`: what the whole run has in common
``0001.json``           a benchmark that has a finished round: what pytest-benchmark saves of it, but for its times
``0001-00001.json``     a :class:`Finished`: its first round
``result.json``         the file that is to be saved, from just before it has its number
``lock``                held while the process lives; the operating system lets go of it however that ends
======================  =============================================================================================

Each is on disk, whole, before the next round begins. :mod:`lab6.measuring.recovery` makes a saved run of what a dead
process has left. Neither imports TensorFlow.
"""

import contextlib
import errno
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import filelock
from pydantic import BaseModel, ConfigDict
from pytest_benchmark.utils import safe_dumps

from lab6.measuring import publishing
from lab6.record import Round, Seconds

UNFINISHED = ".unfinished"
"""The folder of journals, in a machine's folder of results."""

RUN, RESULT, LOCK = "run.json", "result.json", "lock"

PATIENCE = 1.0
"""Seconds to wait for the lock of a dead run, which another process may be looking at."""


class Run(BaseModel):
    """What a run's benchmarks have in common: pytest-benchmark's JSON, but for the benchmarks, and its name."""

    model_config = ConfigDict(frozen=True)

    machine_info: dict[str, Any]
    commit_info: dict[str, Any]
    version: str
    """pytest-benchmark's."""
    began_at: datetime
    workload: str
    """What is trained."""
    name: str | None = None
    """To save under; without one, the run is named after its workload and engines."""


def describe_run(session: Any, name: str | None, workload: str) -> Run:
    """What pytest-benchmark's ``session`` would save beside its benchmarks."""
    hook = session.config.hook
    commit_info = hook.pytest_benchmark_generate_commit_info(config=session.config)
    hook.pytest_benchmark_update_commit_info(config=session.config, commit_info=commit_info)
    return Run(
        machine_info=session.get_machine_info(),
        commit_info=commit_info,
        version=version("pytest-benchmark"),
        began_at=datetime.now(UTC),
        name=name,
        workload=workload,
    )


class Finished(BaseModel):
    """One finished round of a benchmark."""

    model_config = ConfigDict(frozen=True)

    seconds: Seconds
    """What pytest-benchmark timed."""
    finished_at: datetime
    round: Round


class Journal:
    """Writes one run's journal. Nothing is on disk before :meth:`add` is first called."""

    def __init__(self, machine_folder: Path, run: Run, say: Callable[[str], None]) -> None:
        """``say`` shows a sentence to the user."""
        name = f"{run.began_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        self.folder = machine_folder / UNFINISHED / name
        self._say = say
        self._said = False
        self._waiting = {RUN: _json(run)}
        self._lock: filelock.BaseFileLock | None = None
        self._rounds: list[int] = []
        """How many rounds each benchmark has, in the order in which they began."""

    @property
    def begun(self) -> bool:
        """Whether its folder is there, and this process's."""
        return self._lock is not None

    @property
    def whole(self) -> bool:
        """Whether every finished round is on disk."""
        return self.begun and not self._waiting

    def begin(self, benchmark: Mapping[str, Any]) -> int:
        """The next rounds are of ``benchmark``: what pytest-benchmark saves of it, its record without rounds.

        Returns its number, for rounds that come after other benchmarks have begun.
        """
        self._rounds.append(0)
        self._waiting[f"{len(self._rounds):04}.json"] = safe_dumps(benchmark).encode()
        return len(self._rounds)

    def add(self, round_: Round, seconds: float, benchmark: int | None = None) -> None:
        """Put a finished round of the benchmark of that number, or of the last that began, on disk.

        Where that fails, say so once, and try again with the next.
        """
        number = benchmark or len(self._rounds)
        self._rounds[number - 1] += 1
        finished = Finished(seconds=seconds, finished_at=datetime.now(UTC), round=round_)
        self._waiting[f"{number:04}-{self._rounds[number - 1]:05}.json"] = _json(finished)
        try:
            self._write()
        except OSError as error:
            if not self._said:
                self._said = True
                self._say(
                    f"Rounds cannot be kept as they finish: {self.folder.parent} cannot be written "
                    f"({error.strerror or error}). The run goes on; it is saved at its end, "
                    "but what it has measured by then would not survive a crash."
                )

    def _write(self) -> None:
        if self._lock is None:
            self._begin()
        for name in list(self._waiting):
            publishing.write(self.folder / name, self._waiting[name])
            del self._waiting[name]

    def _begin(self) -> None:
        """Make the folder, take its lock, and see to it that the disk has the folder's name."""
        with contextlib.suppress(FileNotFoundError, FileExistsError):  # another run removes an empty .unfinished
            self.folder.mkdir(parents=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = lock_of(self.folder)
        _acquire(lock, PATIENCE)
        for place in self.folder.parents[:4]:  # up to the folder that results/ is in
            publishing.sync(place)
        self._lock = lock

    def publish(self, content: bytes, name: str) -> Path:
        """Save the run's file with the next free number, then remove the journal. Raises OSError."""
        saved = publish(self.folder, content, name)
        remove(self.folder)
        self.release()
        return saved

    def release(self) -> None:
        """Let go of the lock; a journal that is still there is then one of an interrupted run."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def _json(model: BaseModel) -> bytes:
    """A model as JSON that Python reads back the same, infinities and digits of a float included."""
    content: str = safe_dumps(model.model_dump(mode="json", exclude_none=True))
    return content.encode()


def _acquire(lock: filelock.BaseFileLock, patience: float) -> None:
    """Take a lock. Raises OSError, also on a file system without locks."""
    try:
        lock.acquire(timeout=patience)
    except NotImplementedError as error:
        raise OSError(errno.ENOLCK, "it has no locks") from error


def lock_of(folder: Path) -> filelock.BaseFileLock:
    """The lock of a journal; ``filelock.Timeout``, an OSError, is raised where a live process has it."""
    return filelock.FileLock(folder / LOCK, thread_local=False)


@contextlib.contextmanager
def held(folder: Path, patience: float = PATIENCE) -> Iterator[bool]:
    """Hold a journal's lock for a while: true where no other process has it for ``patience`` s. Raises OSError."""
    lock = lock_of(folder)
    try:
        _acquire(lock, patience)
    except filelock.Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def publish(folder: Path, content: bytes, name: str) -> Path:
    """Save what is in the journal in ``folder`` as a numbered file of the machine's. Raises OSError."""
    result = folder / RESULT
    publishing.write(result, content)
    return publishing.publish(result, folder.parent.parent, name)


def remove(folder: Path) -> None:
    """Remove a journal that was saved. What cannot be removed stays.

    Rounds go before their benchmark, and the file that says that they were saved goes last: whatever a process leaves
    that is killed meanwhile, is what a saved run can have left.
    """
    with contextlib.suppress(OSError):
        for path in sorted(folder.iterdir(), key=lambda path: (path.name == LOCK, path.name == RESULT, path.name)):
            path.unlink()
        folder.rmdir()
        folder.parent.rmdir()  # unless another run has its journal there
