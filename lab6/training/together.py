"""Several workers that train together: how one of them joins the others, and what passes between them.

Each framework brings what it takes: processes find each other at the address of the first, and exchange texts through
a store of keys and values there. Commands go from the first worker to the others that way, and answers back.
"""

import dataclasses
import datetime
import importlib
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

from lab6.errors import OptionError, first_line
from lab6.training.backends import BACKENDS, xla

WAIT_MILLISECONDS = 10_000
"""How long JAX waits for a key at a time; it is asked again."""

LATE = "lab6: no answer in time from rank"
"""What the last line of the errors of a process says that ends because another one is lost."""


@dataclasses.dataclass(frozen=True)
class Seat:
    """A worker's place among others.

    ``rank``: from 0. ``workers``: how many there are. ``address``: of the first one, HOST:PORT. All three are None if
    the environment says them (Slurm, Open MPI, Kubernetes, torchrun). ``patience``: seconds after which a worker that
    is not heard of counts as lost. ``number``: which of the run's processes it belongs to, counted from 1.
    """

    patience: float
    rank: int | None = None
    workers: int | None = None
    address: str | None = None
    number: int = 1


def apart(seat: Seat, error: Exception) -> OptionError:
    """The error for workers that do not find each other."""
    advice = (
        "give them the same address" if seat.address else "let a scheduler start them, or give RANK/WORKERS@HOST:PORT"
    )
    return OptionError(f"the workers do not find each other ({first_line(error).rstrip('.')}): {advice}.")


class Store(Protocol):
    """Keys and values that all workers see."""

    rank: int
    workers: int

    def put(self, key: str, value: str) -> None:
        """Set a key once."""

    def get(self, key: str, late: int | None = None) -> str:
        """The value of a key; waits until it is there. ``late``: the rank of the worker that is lost if the value is
        not there in time; the process ends then."""


class Crew:
    """The workers, seen from one of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._commands = 0
        self._answers = 0
        self._questions = 0
        self.rank, self.workers = store.rank, store.workers

    def pass_on(self, command: str) -> None:
        """Give a command to the others; only the first worker does."""
        self._store.put(f"command/{self._commands}", command)
        self._commands += 1

    def next_command(self) -> str:
        """The next command of the first worker; waits for it."""
        command = self._store.get(f"command/{self._commands}")
        self._commands += 1
        return command

    def gather(self, answer: str) -> list[str]:
        """The answers of all workers to the same command, by rank; for others than the first, nothing."""
        number, self._answers = self._answers, self._answers + 1
        if self.rank:
            self._store.put(f"answer/{number}/{self.rank}", answer)
            return []
        return [answer, *(self._store.get(f"answer/{number}/{rank}", rank) for rank in range(1, self.workers))]

    def slowest(self, seconds: float) -> float:
        """The largest of the ``seconds`` that all workers say here, for what all have to decide alike."""
        number, self._questions = self._questions, self._questions + 1
        self._store.put(f"seconds/{number}/{self.rank}", repr(seconds))
        return max(float(self._store.get(f"seconds/{number}/{rank}", rank)) for rank in range(self.workers))


def join(backend: str, seat: Seat) -> Crew:
    """Join the other workers, before the framework is used. Raises OptionError if the backend cannot."""
    if backend not in STORES:
        raise OptionError(f"{BACKENDS[backend]} cannot train with several workers: set KERAS_BACKEND to jax.")
    return Crew(STORES[backend](seat))


def lose(rank: int) -> NoReturn:
    """End this process, because the worker of that rank is lost."""
    print(f"{LATE} {rank}", file=sys.stderr, flush=True)
    os._exit(1)


class _OfJax:
    """The store of JAX's coordination service, which the first worker runs."""

    def __init__(self, seat: Seat) -> None:
        xla.set_flags()
        jax = importlib.import_module("jax")
        try:
            jax.distributed.initialize(
                seat.address,
                seat.workers,
                seat.rank,
                initialization_timeout=int(seat.patience),
                heartbeat_timeout_seconds=int(seat.patience),
            )
        except (RuntimeError, ValueError) as error:
            raise apart(seat, error) from error
        state = importlib.import_module("jax._src.distributed").global_state  # it has no public name
        self._client: Any = state.client
        self.rank, self.workers = state.process_id, state.num_processes

    def put(self, key: str, value: str) -> None:
        """See :class:`Store`."""
        self._client.key_value_set(f"lab6/{key}", value)

    def get(self, key: str, late: int | None = None) -> str:
        """See :class:`Store`; JAX itself ends the process if a worker is lost."""
        while True:
            try:
                return str(self._client.blocking_key_value_get(f"lab6/{key}", WAIT_MILLISECONDS))
            except RuntimeError as error:
                if "DEADLINE_EXCEEDED" not in str(error):
                    raise


class _OfTorch:
    """PyTorch's store, which the first worker or torchrun runs; PyTorch's workers form a process group too.

    A step waits for a third of the patience, then the first worker half of it for an answer, so that it knows which
    worker is lost before its own parent loses patience.
    """

    def __init__(self, seat: Seat) -> None:
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # or each long wait for a command would be a warning
        distributed = importlib.import_module("torch.distributed")
        self._patience = patience = datetime.timedelta(seconds=seat.patience)
        self._timed_out = distributed.DistStoreError
        url = f"tcp://{seat.address}" if seat.address else "env://"
        rank, workers = (-1 if known is None else known for known in (seat.rank, seat.workers))
        try:
            store, self.rank, self.workers = next(distributed.rendezvous(url, rank, workers, timeout=patience))
            self._store = distributed.PrefixStore(f"lab6/{seat.number}", store)  # torchrun's outlives this process
            distributed.init_process_group(
                "gloo", store=self._store, rank=self.rank, world_size=self.workers, timeout=patience / 3
            )
        except (RuntimeError, ValueError) as error:
            raise apart(seat, error) from error

    def put(self, key: str, value: str) -> None:
        """See :class:`Store`."""
        self._store.set(key, value)

    def get(self, key: str, late: int | None = None) -> str:
        """See :class:`Store`."""
        while True:
            silent = threading.Timer(self._patience.total_seconds(), lose, [0])  # the store, with the first worker
            silent.daemon = True
            silent.start()
            try:
                self._store.wait([key], self._patience / 2)
                return str(self._store.get(key).decode())
            except self._timed_out as error:
                if "timeout" not in str(error):
                    raise
                if late is not None:
                    lose(late)
            finally:
                silent.cancel()


STORES: dict[str, Callable[[Seat], Store]] = {"jax": _OfJax, "torch": _OfTorch}
"""By the names of backends."""
