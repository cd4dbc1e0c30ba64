"""What the reports of these tests are made of: findings from small saved runs, in memory, and pictures of them."""

import dataclasses
import functools
import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from rich.console import Console

from lab6.compare import command as compare_command
from lab6.compare import comparison
from lab6.render import svg
from lab6.render.picture import Picture
from lab6.render.style import NARROW, WIDE, style
from lab6.report import page, terminal
from lab6.report.findings import Findings
from lab6.start.answer import Question, answer
from lab6.store.selection import Selection, select
from lab6.target.answer import judge
from lab6.trials import Table
from tests import saved
from tests.small import answered
from tests.target import tried

RUNS = Path(__file__).parent.parent / "results" / "intel-xeon-2-cores"

ODD = "<script>alert(1)</script> & $x^2$ _a"
LONG = "x" * 200

CPUS = (("Raspberry Pi 5", 4), ("NVIDIA A100-SXM4-80GB", 32), ("AMD EPYC 7763", 64), ("Apple M2", 8), ("機械", 16))

FIFTY = [f"{name} {cores} cores (room {room})" for room in range(10) for name, cores in CPUS]

ENGINES = {"compiled": 1, "fit": 12, "tape": 100}
"""How many times as long an update takes with each."""

ACCURACIES = {1: 0.958, 10: 0.964, 100: 0.946, 1_000: 0.906, 60_000: 0.214}
"""Test accuracy of an epoch with each minibatch size."""


def found(*runs: Mapping[str, Any], left_out: Sequence[str] = (), **judged: Any) -> Findings:
    """What ``lab6 report`` finds in files of this content; ``judged``: see :func:`answered`."""
    return Findings(answered(*runs, **judged), tuple(left_out))


def selected(*places: str) -> Findings:
    """What ``lab6 report`` finds in places."""
    own = select(places)
    return Findings(answer(own.rounds, Question()), own.left_out)


def to_target(findings: Findings, table: Table | None = None, **more: Any) -> Findings:
    """The same with the fastest way to an accuracy, by a table of trials; ``more``: see :func:`tried.judged`."""
    found = judge(table or tried.table(), findings.answer.summary, setup=findings.answer.headline.setup, **more)
    return dataclasses.replace(findings, target=found)


def measured(
    label: str,
    engine: str = "compiled",
    slower: float = 1.0,
    rounds: int = 3,
    batch_sizes: Sequence[int] = tuple(ACCURACIES),
    processes: int | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """A run like a real one; ``slower``: how many times as long its epochs take; ``processes``: by default one a round;
    ``fields``: see :func:`saved.run`."""
    noise = np.random.default_rng([rounds, len(label), len(engine)])
    sizes = {}
    for size in batch_sizes:
        accuracy, middle = ACCURACIES[size], slower * (0.1 + 2.0 * ENGINES[engine] / size)
        seconds = (middle * noise.lognormal(0, 0.05, rounds)).tolist()
        sizes[size] = seconds, (accuracy + noise.normal(0, 0.004, rounds)).tolist()
    return saved.run(sizes, {"label": label}, engine=engine, processes=processes or rounds, **fields)


WAYS = [("tensorflow", engine) for engine in ("compiled", "fit", "tape")]
WAYS += [("jax", engine) for engine in ("compiled", "fit", "jax-scan")]
WAYS += [("torch", engine) for engine in ("fit", "torch-eager", "torch-compile")]
"""Backends and engines that one machine can be measured with."""


def ways(**fields: Any) -> list[dict[str, Any]]:
    """A run of each of nine ways to train on one machine, each slower than the one before."""
    sizes = {size: ([0.1 + 2 / size] * 3, [accuracy] * 3) for size, accuracy in ACCURACIES.items()}
    return [
        saved.run(
            {size: ([place * time for time in seconds], tests) for size, (seconds, tests) in sizes.items()},
            engine=engine,
            backend=backend,
            **fields,
        )
        for place, (backend, engine) in enumerate(WAYS, 1)
    ]


def numbered(
    count: int, engines: Sequence[str] = ("compiled",), batch_sizes: Sequence[int] = tuple(ACCURACIES), **asked: Any
) -> Findings:
    """What is found of :func:`machines` called machine 0, machine 1 and so on; ``asked``: see :func:`found`."""
    labels = [f"machine {number}" for number in range(count)]
    return found(*machines(labels, engines, batch_sizes=batch_sizes), **asked)


def machines(labels: Sequence[str], engines: Sequence[str] = tuple(ENGINES), **fields: Any) -> list[dict[str, Any]]:
    """Runs of each engine on each machine; every machine is slower than the one before, and the last is the newest."""
    return [
        measured(
            label,
            engine,
            1 + place / 3,
            datetime=f"2026-{place // 28 + 1:02}-{place % 28 + 1:02}T00:00:00+00:00",
            **fields,
        )
        for place, label in enumerate(labels)
        for engine in engines
    ]


SAMPLES: dict[str, Callable[[], Findings]] = {
    "one machine": lambda: selected(str(RUNS)),  # the repository's own
    "several machines": lambda: found(*machines(["here", "there", "elsewhere"], ["compiled", "fit"])),
    "crowded": lambda: numbered(10, tuple(ENGINES), batch_sizes=[10, 100, 60_000]),
    "fifty machines": lambda: found(*machines(FIFTY, ["compiled"], batch_sizes=[10, 100, 60_000])),
    "lab report": lambda: found(reported=True),
    "beside the lab report": lambda: found(*machines(["here", "there"], ["compiled"]), reported=True),
    "one size": lambda: found(saved.run({100: ([0.6, 0.6, 0.7], [0.90, 0.91, 0.91])})),
    "single round": lambda: found(*machines(["here", "there"], ["compiled"], rounds=1)),
    "accuracy of one": lambda: found(saved.run({10: ([4.0, 4.1], [1.0, 1.0]), 100: ([1.0, 1.1], [0.9999, 1.0])})),
    "odd labels": lambda: found(*machines([ODD, "$", "機械 テスト", LONG], ["compiled"])),
}

PICTURES = ("throughput-accuracy", "time-accuracy", "rounds", "budget")
DRAWN = (*PICTURES, "speed-up")
"""The names of all pictures of the answer; of one machine, all but the last."""

TO_TARGET = ("time-to-target", "steps-to-target", "steps-images")
"""The names of the pictures of the fastest way to an accuracy."""

OVER_TIME = ("history",)
"""The name of the picture of a machine over time."""

ALONE = ("one machine", "lab report", "one size", "accuracy of one")

DRAWINGS = [
    (name, picture, layout)
    for name in SAMPLES
    for picture in (PICTURES if name in ALONE else DRAWN)
    for layout in (("wide",) if name in ("crowded", "beside the lab report") else ("wide", "narrow"))
]
"""Every picture of the samples, in every layout that it has but for one sample: names of the three."""


@functools.cache
def sample(name: str) -> Findings:
    """The findings of a sample."""
    return SAMPLES[name]()


def pictures(findings: Findings) -> dict[str, Picture]:
    """The pictures of findings by their names."""
    every = (picture for part in page.pictures_of(findings).values() for picture in part)
    return {picture.name: picture for picture in every}


@functools.cache
def draw(name: str, picture: str, layout: str) -> Figure:
    """A picture of a sample."""
    own = pictures(sample(name))[picture]
    paper = {"wide": WIDE, "narrow": NARROW}[layout]
    assert paper in own.layouts
    with style():
        return own.draw(paper)


@functools.cache
def document(name: str, picture: str, layout: str) -> str:
    """A picture of a sample as an SVG document."""
    with style():
        return svg.render(draw(name, picture, layout))


def without_pictures(findings: Findings) -> str:
    """The page of findings, of which only the words matter."""
    shown = page.pictures_of(findings)
    blank = {
        own.name: {layout.name: "<svg></svg>" for layout in own.layouts} for part in shown.values() for own in part
    }
    return page.render(findings, shown, blank)


@functools.cache
def plain_page(name: str) -> str:
    """The page of a sample, without its pictures."""
    return without_pictures(sample(name))


def texts(document: str) -> list[str]:
    """What is written in an SVG document, still escaped."""
    return re.findall(r"<text\b[^>]*>([^<]*)</text>", document)


def shown(findings: Findings, width: int = 80) -> str:
    """What ``lab6 report`` shows of findings in a terminal."""
    console = Console(file=io.StringIO(), width=width)
    terminal.show(console, findings)
    return console.file.getvalue()


def comparing(findings: Findings, baseline: str | None = None) -> compare_command.Found:
    """What ``lab6 compare`` finds."""
    summary = findings.answer.summary
    selection = Selection(summary.rounds, findings.left_out)
    return compare_command.Found(selection, summary, comparison.compare(summary, baseline))


def compared(findings: Findings, width: int = 80) -> str:
    """What ``lab6 compare`` shows of findings in a terminal."""
    console = Console(file=io.StringIO(), width=width)
    compare_command.show(console, comparing(findings))
    return console.file.getvalue()
