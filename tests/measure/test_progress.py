import contextlib
import io
import time

import pytest
from rich.console import Console

from lab6.measure.options import Repeats
from lab6.measure.plan import Measured
from lab6.measure.process import Process
from lab6.measure.progress import Progress, duration
from lab6.measure.turns import Turns
from tests.measure.conftest import case, plan


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


def test_a_log_has_only_the_lines_that_stay():
    progress = Progress(console(terminal=False), total=2)
    with progress.live():
        progress.benchmark("fit on cpu, minibatch size 1")
        progress.say("compiling", 60.0)
        progress.print("a result")
    assert written(progress) == "  a result\n"


def test_a_terminal_has_a_live_line_with_the_place_and_the_time_left():
    progress = Progress(console(terminal=True), total=2)
    with progress.live():
        progress.say("starting")
        progress.benchmark("fit on cpu, minibatch size 1")
        progress.say("compiling")
        progress.say("process 1 of 3", 6.2)
        progress.benchmark("fit on cpu, minibatch size 10")
        progress.say("process 2 of 3", 0.4)
    text = written(progress)
    assert "  starting" in text
    assert "  [1/2] fit on cpu, minibatch size 1: compiling" in text
    assert "  [1/2] fit on cpu, minibatch size 1: process 1 of 3, about 6 s left" in text
    assert "  [2/2] fit on cpu, minibatch size 10: process 2 of 3" in text
    assert "0 s left" not in text


def test_the_live_line_leaves_no_trace_and_other_lines_are_taken_as_they_are():
    progress = Progress(console(terminal=True), total=None)
    text = "[bold]" + "x" * 200
    with progress.live():
        progress.benchmark("compiled on cpu, pair 1")
        progress.say("starting both sides")
        progress.print(text)
    assert "  compiled on cpu, pair 1: starting both sides" in written(progress)
    assert f"  {text}" in written(progress)
    assert written(progress).endswith("\x1b[2K")  # erases the line
    before = written(progress)
    progress.say("nothing")
    assert written(progress) == before


def test_after_an_error_the_next_line_begins_anew():
    progress = Progress(console(terminal=True), total=2)
    with contextlib.suppress(ValueError), progress.live():
        progress.benchmark("fit on cpu, minibatch size 1")
        raise ValueError
    before = len(written(progress))
    with progress.live():
        progress.say("starting")
        progress.benchmark("fit on cpu, minibatch size 10")
        progress.say("compiling")
    text = written(progress)[before:]
    assert "  starting" in text
    assert "minibatch size 1: starting" not in text
    assert "  [1/2] fit on cpu, minibatch size 10: compiling" in text


def test_nothing_is_written_while_an_epoch_is_timed(fake):
    progress, seen = Progress(console(terminal=True), total=1), []

    class Watched(Process):
        def ask(self, do, **arguments):
            before = written(progress)
            time.sleep(0.05)
            answer = super().ask(do, **arguments)
            seen.append((do, written(progress) == before))
            return answer

    with progress.live():
        Turns(plan(), progress, lambda own: None, Watched).run([Measured(case(fake.way(), 10))], Repeats(2, 2, 0))
    assert seen == [("ceilings", True)] + [("round", True)] * 4
    assert "process 2 of 2, round 2 of 2" in written(progress)
