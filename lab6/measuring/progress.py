"""What a person sees while it measures: one live line on a terminal, plain lines in a log."""

import contextlib
import threading
import time
from collections.abc import Iterator

from rich.console import Console
from rich.live import Live
from rich.text import Text

TICK_SECONDS = 1.0
"""The live line changes this often while the clock runs; a round that is shorter sees no change."""

LONG_SECONDS = 10.0
"""In a log, a round that takes longer than this has a line of its own."""


class Progress:
    """Shows where one benchmark after the other has got to."""

    def __init__(self, console: Console, total: int) -> None:
        """``total``: how many benchmarks there will be."""
        self.console = console
        self.total = total
        self.count = 0
        self._line: _LiveLine | None = None
        self._name = ""
        self._round, self._rounds = 0, 0
        self._expected = 0.0

    @contextlib.contextmanager
    def benchmark(self, name: str) -> Iterator[None]:
        """While one benchmark runs; ``name`` is how a person would call it."""
        self.count += 1
        self._name, self._expected = name, 0.0
        if not self.console.is_terminal:
            yield
            return
        with _LiveLine(self.console) as self._line:
            yield
        self._line = None

    def say(self, what: str) -> None:
        """Say what is done outside of the rounds, such as ``compiling``."""
        if self._line:
            self._line.show(self._place(what))

    def expect(self, seconds: float) -> None:
        """Expect the next round to take this long; the last round's duration takes its place."""
        self._expected = seconds

    def round_begins(self, number: int, of: int) -> None:
        """Say that a round begins, and tick while it runs; from here to the clock's start nothing is written."""
        self._round, self._rounds = number, of
        if self._line:
            self._line.count_down(self._place(f"round {number} of {of}"), self._expected * (of - number + 1))

    def round_ends(self, seconds: float) -> None:
        """Take note of how long a round took; stops the ticking."""
        self._expected = seconds
        if self._line:
            self._line.stop_ticking()
        elif seconds > LONG_SECONDS and self._round < self._rounds:
            left = duration(seconds * (self._rounds - self._round))
            self.print(f"{self._name}: round {self._round} of {self._rounds} took {duration(seconds)}, {left} left")

    def print(self, text: str) -> None:
        """A line that stays."""
        self.console.print(Text(f"  {text}"), soft_wrap=True)

    def _place(self, what: str) -> str:
        return f"[{self.count}/{self.total}] {self._name}: {what}"


class _LiveLine:
    """A line at the bottom of a terminal that is written anew, by hand or once a second, and leaves no trace."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._stop = threading.Event()
        self._ticker: threading.Thread | None = None

    def __enter__(self) -> "_LiveLine":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_ticking()
        self._live.stop()

    def show(self, text: str) -> None:
        self._live.update(Text(f"  {text}", no_wrap=True, overflow="ellipsis"), refresh=True)

    def count_down(self, text: str, seconds: float) -> None:
        """Show ``text`` with the time left, starting from ``seconds``; 0 stands for unknown."""
        self._show_left(text, seconds)
        self._stop.clear()
        self._ticker = threading.Thread(target=self._tick, args=(text, time.monotonic(), seconds), daemon=True)
        self._ticker.start()

    def stop_ticking(self) -> None:
        """Write nothing more by itself; returns when the last tick is done."""
        if self._ticker:
            self._stop.set()
            self._ticker.join()
            self._ticker = None

    def _tick(self, text: str, start: float, seconds: float) -> None:
        while not self._stop.wait(TICK_SECONDS):
            self._show_left(text, seconds - (time.monotonic() - start))

    def _show_left(self, text: str, seconds: float) -> None:
        self.show(f"{text}, about {duration(max(1, round(seconds)))} left" if seconds > 0 else text)


def duration(seconds: float) -> str:
    """Seconds for people: ``0.340 s``, ``12.3 s``, ``48 s`` from a whole number, ``4 min 05 s``."""
    if seconds < 100:
        return f"{seconds} s" if isinstance(seconds, int) else f"{seconds:.{3 if seconds < 10 else 1}f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"
