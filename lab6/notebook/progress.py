"""What is shown while :func:`lab6.notebook.measure` measures, in a terminal or in a notebook's cell."""

import contextlib
from collections.abc import Iterator
from typing import Any

from rich.console import Console

from lab6.measure.progress import Progress
from lab6.notebook.arguments import spoken


class SpokenProgress(Progress):
    """Names arguments where ``pytest benchmarks`` names options."""

    def print(self, text: str) -> None:
        """Print a line that stays."""
        super().print(spoken(text))


class CellProgress(Progress):
    """The same as one output of a notebook's cell; rich would need ipywidgets for a line that changes."""

    def __init__(self, console: Console, total: int | None) -> None:
        super().__init__(console, total)
        self._lines: list[str] = []
        self._output: Any = None

    @contextlib.contextmanager
    def live(self) -> Iterator[None]:
        """A context in which the output has a last line that changes, and is erased at the end."""
        self.count, self._name = 0, ""
        try:
            yield
        finally:
            self._show(*self._lines)

    def say(self, what: str, left: float = 0.0) -> None:
        """Show what is done next; see :meth:`Progress.say`."""
        self._show(*self._lines, self.line(what, left))

    def print(self, text: str) -> None:
        """Print a line that stays."""
        self._lines.append(spoken(text))
        self._show(*self._lines)

    def _show(self, *lines: str) -> None:
        from IPython.display import display

        shown = {"text/plain": "\n".join(lines)}
        if self._output is None:
            self._output = display(shown, raw=True, display_id=True)
        else:
            self._output.update(shown, raw=True)
