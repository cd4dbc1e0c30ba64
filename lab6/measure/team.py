"""Workers that train together, seen from the process that gives them commands: as if they were one.

Commands go to the first worker, which passes them on (:mod:`lab6.training.together`). In a cluster each machine starts
its own worker, and only that of the first machine is given commands.
"""

import contextlib
import queue
import re
import socket
import subprocess
import threading
import time
from typing import Any

import psutil

from lab6.measure.process import Process
from lab6.measure.spawned import GRACE_SECONDS, Spawned, WorkerError
from lab6.measure.way import Team, Way
from lab6.training.together import LATE

LOOK_SECONDS = 0.2
"""How often the other workers are looked at while the first one's answer is waited for."""

SLOWER = 3
"""How many times as long as expected a round may take before it counts as late."""


NOT_FOUND = "DEADLINE_EXCEEDED"
"""What a worker's errors have in them if JAX ends it at the start, because others did not come."""

LEFT_ALONE = "JAX distributed service detected fatal errors"
"""Among the last words of a worker of JAX that can go on no longer without another one."""


class Lost(WorkerError):
    """One of several workers that train together died, or was not heard of for too long; the others cannot go on."""


def start(way: Way, number: int = 1) -> Process:
    """The worker of a way, or its workers. Raises Unavailable."""
    return Workers(way, number) if way.team and not way.team.in_one_process else Process(way, number)


class Workers(Process):
    """Workers that train together."""

    _spawned: Spawned
    _others: list[Spawned]

    def _spawn(self) -> Spawned:
        team = self.way.team
        assert team
        self._expected = 0.0
        self._others = []
        every = [self._spawn_one(team, rank, seat) for rank, seat in enumerate(_seats(team, self.number))]
        self._others = every[1:]
        self._lines = _listen(every[0])
        return every[0]

    def _spawn_one(self, team: Team, rank: int, seat: dict[str, Any]) -> Spawned:
        cores, environment = self.way.cores, self.way.environment
        place: dict[str, Any] = {"cores": None if cores is None else list(cores), "seat": seat}
        if self.way.device != "cpu" and not team.in_cluster:
            environment |= {"CUDA_VISIBLE_DEVICES": self.way.gpu_of(rank)}
            place["device"] = "gpu:0"  # the only one that it sees
        return Spawned(self.way, environment, **place)

    def answer(self) -> dict[str, Any]:
        """See :meth:`Process.answer`. Raises Lost too."""
        answer = super().answer()
        self._expected = float(answer.get("expected_seconds", self._expected))
        return answer

    def _line(self) -> str:
        """See :meth:`Process._line`; looks at the other workers meanwhile. Raises Lost."""
        assert self.way.team
        patience = self.way.team.patience + SLOWER * self._expected
        if not self.facts:
            patience *= 2  # the workers find each other, then start
        deadline = time.monotonic() + patience
        while not self._ended() and time.monotonic() < deadline:
            with contextlib.suppress(queue.Empty):
                return self._lines.get(timeout=LOOK_SECONDS)
        raise self._lost(patience)

    @property
    def _all(self) -> list[Spawned]:
        return [self._spawned, *self._others]

    def _ended(self) -> list[int]:
        """The ranks of the workers here that have ended."""
        return [rank for rank, own in enumerate(self._all) if own.process.poll() is not None]

    def _lost(self, patience: float) -> Lost:
        """Which worker the others lost, and how."""
        assert self.way.team
        self.alive = False
        silent = f"have not answered for {patience:.0f} s"
        if not self.facts:
            silent = f"have not found each other within {self.way.team.patience:.0f} s"
        rank, how = self._missing() or (None, f"{silent} (--patience)")
        workers = self.facts.get("workers") or self.way.team.workers or len(self._all)
        who = f"the {workers} workers" if rank is None else f"worker {rank + 1} of {workers}"
        return Lost(f"{who} in process {self.number} of {self.way.title} {how}; the run ends.")

    def _missing(self) -> tuple[int, str] | None:
        """The rank of the worker that is missing, and how that is known."""
        ended = self._ended()
        if not self.facts and any(NOT_FOUND in line for rank in ended for line in self._all[rank].errors()):
            return None
        blamed = [found for rank in ended for found in _blamed(self._all[rank].errors())]
        for rank in [*blamed, *ended]:
            if rank >= len(self._all):
                return rank, "is not heard of any more"
            if _is_stopped(self._all[rank].process):
                return rank, "is stopped"
            if rank in ended and not _blamed(self._all[rank].errors()):
                return rank, self._all[rank].obituary()
        if blamed:
            return blamed[0], "is not heard of any more"
        stopped = [rank for rank, own in enumerate(self._all) if _is_stopped(own.process)]
        return (stopped[0], "is stopped") if stopped else None

    def wait(self) -> str:
        """See :meth:`Process.wait`; a worker that has been stopped for longer than ``--patience`` is lost too."""
        assert self.way.team
        running = time.monotonic()
        while self._spawned.process.poll() is None:
            time.sleep(LOOK_SECONDS)
            if not _is_stopped(self._spawned.process):
                running = time.monotonic()
            elif time.monotonic() - running > self.way.team.patience:
                self.alive = False
                return "is stopped"
        how = super().wait()
        return "lost the first worker" if how and any(LEFT_ALONE in line for line in self._spawned.errors()) else how

    def end(self) -> None:
        """End all workers; in a cluster those of the other machines too."""
        if self.alive and self.way.team and self.way.team.in_cluster:
            self.tell("leave")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._spawned.process.wait(GRACE_SECONDS)
        for own in self._others:
            own.end()
        super().end()


def _seats(team: Team, number: int) -> list[dict[str, Any]]:
    """The arguments of each worker's :class:`lab6.training.together.Seat`, of those on this machine."""
    known = {"patience": team.patience, "workers": team.workers, "number": number}
    if team.in_cluster:
        return [known | {"rank": team.rank, "address": team.address}]
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    return [known | {"rank": rank, "address": address} for rank in range(team.workers or 1)]


def _listen(own: Spawned) -> "queue.SimpleQueue[str]":
    """The lines of a worker's answers, as a thread reads them."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        with contextlib.suppress(OSError, ValueError):  # closed by end()
            while line := own.line():
                lines.put(line)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _blamed(errors: list[str]) -> list[int]:
    """The ranks that a dying worker's errors name as the reason."""
    found = re.search(
        rf"unhealthy \(stopped sending heartbeats\):\s+([\d\s,]+)|Task (\d+) heartbeat timeout|{LATE} (\d+)",
        "\n".join(errors),
    )
    return [int(rank) for rank in re.findall(r"\d+", found[1] or found[2] or found[3])] if found else []


def _is_stopped(process: "subprocess.Popen[str]") -> bool:
    """Whether a process was stopped by a signal or a debugger."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(process.pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
    return False
