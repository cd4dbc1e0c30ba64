"""Several workers that train together: how one of them joins the others, and what passes between them.

Each framework brings what it takes: processes find each other at the address of the first, and exchange texts through
a store of keys and values there. Commands go from the first worker to the others that way, and answers back.
"""

import dataclasses
import importlib
from collections.abc import Callable
from typing import Any, Protocol

from lab6.errors import OptionError
from lab6.training.backends import BACKENDS, xla

WAIT_MILLISECONDS = 10_000
"""How long JAX waits for a key at a time; it is asked again."""


@dataclasses.dataclass(frozen=True)
class Seat:
    """A worker's place among others.

    ``rank``: from 0. ``workers``: how many there are. ``address``: of the first one, HOST:PORT. All three are None if
    the environment says them (Slurm, Open MPI, Kubernetes). ``patience``: seconds after which a worker that is not
    heard of counts as lost.
    """

    patience: float
    rank: int | None = None
    workers: int | None = None
    address: str | None = None


class Store(Protocol):
    """Keys and values that all workers see."""

    rank: int
    workers: int

    def put(self, key: str, value: str) -> None:
        """Set a key once."""

    def get(self, key: str) -> str:
        """The value of a key; waits until it is there."""


class Crew:
    """The workers, seen from one of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._commands = 0
        self._answers = 0
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
        return [answer, *(self._store.get(f"answer/{number}/{rank}") for rank in range(1, self.workers))]


def join(backend: str, seat: Seat) -> Crew:
    """Join the other workers, before the framework is used. Raises OptionError if the backend cannot."""
    if backend not in STORES:
        raise OptionError(f"{BACKENDS[backend]} cannot train with several workers: set KERAS_BACKEND to jax.")
    return Crew(STORES[backend](seat))


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
            raise OptionError(f"the workers do not find each other ({error}): give them the same address.") from error
        state = importlib.import_module("jax._src.distributed").global_state  # it has no public name
        self._client: Any = state.client
        self.rank, self.workers = state.process_id, state.num_processes

    def put(self, key: str, value: str) -> None:
        """See :class:`Store`."""
        self._client.key_value_set(f"lab6/{key}", value)

    def get(self, key: str) -> str:
        """See :class:`Store`."""
        while True:
            try:
                return str(self._client.blocking_key_value_get(f"lab6/{key}", WAIT_MILLISECONDS))
            except RuntimeError as error:
                if "DEADLINE_EXCEEDED" not in str(error):
                    raise


STORES: dict[str, Callable[[Seat], Store]] = {"jax": _OfJax}
"""By the names of backends."""
