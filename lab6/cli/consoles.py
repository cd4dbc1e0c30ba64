"""Where commands print."""

from rich.console import Console


def consoles() -> tuple[Console, Console]:
    """Standard output for answers, standard error for progress."""
    return Console(highlight=False), Console(stderr=True, highlight=False)
