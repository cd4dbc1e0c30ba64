"""What is shown during a measurement: one live line on a terminal, plain lines in a log.

Nothing is written while an epoch is timed, so a terminal and a log measure the same.
"""

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.live import Live
from rich.text import Text


class Progress:
    """Shows which benchmark is being measured, and how far it is."""

    def __init__(self, console: Console, total: int | None) -> None:
        """``total``: how many benchmarks there will be, None if that is not known."""
        self.console = console
        self.total = total
        self.count = 0
        self._name = ""
        self._live: Live | None = None

    @contextlib.contextmanager
    def live(self) -> Iterator[None]:
        """A context in which a terminal has a line at its bottom that changes, and is erased at the end."""
        self.count, self._name = 0, ""
        if not self.console.is_terminal:
            yield
            return
        try:
            with Live(console=self.console, auto_refresh=False, transient=True) as self._live:
                yield
        finally:
            self._live = None

    def benchmark(self, name: str) -> None:
        """Begin the next benchmark, which people call ``name``."""
        self.count += 1
        self._name = name

    def say(self, what: str, left: float = 0.0) -> None:
        """Show what is done next, such as ``compiling``, and how many seconds are left; 0 if that is not known."""
        if self._live:
            self._live.update(Text(f"  {self.line(what, left)}"), refresh=True)

    def line(self, what: str, left: float) -> str:
        """The line of :meth:`say`."""
        place = "" if self.total is None or not self._name else f"[{self.count}/{self.total}] "
        name = f"{self._name}: " if self._name else ""
        more = f", about {duration(max(1, round(left)))} left" if left >= 1 else ""
        return f"{place}{name}{what}{more}"

    def print(self, text: str) -> None:
        """Print a line that stays."""
        self.console.print(Text(f"  {text}"), soft_wrap=True)


def duration(seconds: float) -> str:
    """Seconds for people: ``0.340 s``, ``12.3 s``, ``48 s`` from a whole number, ``4 min 05 s``."""
    if seconds < 100:
        return f"{seconds} s" if isinstance(seconds, int) else f"{seconds:.{3 if seconds < 10 else 1}f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"
