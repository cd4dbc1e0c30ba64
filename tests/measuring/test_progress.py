import io
import time

import pytest
from rich.console import Console

from lab6.measuring import progress as module
from lab6.measuring.progress import Progress, duration


def console(terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=80, color_system=None)


def written(progress: Progress) -> str:
    return progress.console.file.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0042, "0.004 s"),
        (2.13, "2.130 s"),
        (48.26, "48.3 s"),
        (7, "7 s"),
        (245.2, "4 min 05 s"),
        (3600.0, "60 min 00 s"),
    ],
)
def test_durations_read_well(seconds, text):
    assert duration(seconds) == text


def test_a_log_has_plain_lines_for_long_rounds_only():
    progress = Progress(console(terminal=False), total=2)
    with progress.benchmark("fit on cpu, minibatch size 1"):
        progress.say("compiling")
        progress.round_begins(1, 3)
        progress.round_ends(60.0)
        progress.round_begins(2, 3)
        progress.round_ends(0.5)
        progress.round_begins(3, 3)
        progress.round_ends(60.0)
    assert written(progress) == "  fit on cpu, minibatch size 1: round 1 of 3 took 60.0 s, 2 min 00 s left\n"


def test_a_terminal_has_a_live_line_that_counts_down(monkeypatch):
    monkeypatch.setattr(module, "TICK_SECONDS", 0.02)
    progress = Progress(console(terminal=True), total=2)
    with progress.benchmark("fit on cpu, minibatch size 1"):
        progress.say("compiling")
        progress.expect(2.0)
        progress.round_begins(1, 3)
        deadline = time.monotonic() + 10
        while "about 5 s left" not in written(progress) and time.monotonic() < deadline:
            time.sleep(0.01)
        progress.round_ends(1.0)
    text = written(progress)
    assert "[1/2] fit on cpu, minibatch size 1: compiling" in text
    assert "round 1 of 3, about 6 s left" in text
    assert "about 5 s left" in text


def test_nothing_is_written_once_a_round_has_ended(monkeypatch):
    monkeypatch.setattr(module, "TICK_SECONDS", 0.01)
    progress = Progress(console(terminal=True), total=1)
    with progress.benchmark("tape on cpu, minibatch size 10"):
        progress.expect(100.0)
        progress.round_begins(1, 2)
        time.sleep(0.1)
        progress.round_ends(1.0)
        before = written(progress)
        time.sleep(0.1)
        assert written(progress) == before


def test_a_short_round_sees_no_tick():
    progress = Progress(console(terminal=True), total=1)
    with progress.benchmark("compiled on cpu, minibatch size 100"):
        progress.round_begins(1, 2)
        before = written(progress)
        time.sleep(0.05)
        assert written(progress) == before
        progress.round_ends(0.05)
