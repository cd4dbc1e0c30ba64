"""What the reports of these tests are made of: findings from small saved runs, in memory, and pictures of them."""

import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lab6.analysis import columns, lab_report, reading
from lab6.analysis.answer import Question, answer
from lab6.analysis.findings import Findings
from lab6.report import svg
from lab6.report.look import layouts
from lab6.report.pictures import PICTURES, Picture
from lab6.report.style import Layout, style
from tests import saved

ODD = "<script>alert(1)</script> & $x^2$ _a"
LONG = "long " * 40
ENGINES = {"compiled": 1, "fit": 12, "tape": 100}
"""How many times as long an epoch of small minibatches takes with each."""

ACCURACIES = {1: 0.958, 10: 0.964, 100: 0.946, 1_000: 0.906, 60_000: 0.214}


def found(*runs: Mapping[str, Any], reported: bool = False, left_out: Sequence[str] = (), **question: Any) -> Findings:
    """What ``lab6 report`` finds in these files' contents; ``reported``: and in the lab report."""
    rows = [
        row
        for place, content in enumerate(runs)
        for row in reading.rows(f"{place}.json", json.dumps(content).encode())
    ]
    frames = [columns.frame(rows)] if rows else []
    if reported:
        frames.append(lab_report.rounds())
    rounds = pd.concat(frames, ignore_index=True)
    return Findings(answer(rounds, Question(**question)), tuple(left_out))


def measured(label: str, engine: str = "compiled", slower: float = 1.0, rounds: int = 3, **record: Any) -> dict:
    """A run like a real one of 5 minibatch sizes; ``slower``: how many times as long its epochs take."""
    noise = np.random.default_rng([rounds, len(label), len(engine)])
    sizes = {}
    for size, accuracy in ACCURACIES.items():
        middle = slower * (0.1 + 2.0 * ENGINES[engine] / size)
        seconds = (middle * noise.lognormal(0, 0.05, rounds)).tolist()
        sizes[size] = seconds, np.clip(accuracy + noise.normal(0, 0.004, rounds), 0, 1).tolist()
    return saved.run(sizes, {"label": label}, engine=engine, **record)


def machines(labels: Sequence[str], engines: Sequence[str] = tuple(ENGINES), rounds: int = 3) -> Findings:
    """Runs of each engine on each machine, every machine slower than the one before."""
    return found(
        *(
            measured(label, engine, 1 + place / 3, rounds, datetime=f"2026-01-{place + 1:02}T00:00:00")
            for place, label in enumerate(labels)
            for engine in engines
        )
    )


SAMPLES: dict[str, Callable[[], Findings]] = {
    "one machine": lambda: machines(["here"]),
    "several machines": lambda: machines(["here", "there", "elsewhere"], ["compiled", "fit"]),
    "crowded": lambda: machines([f"machine {number}" for number in range(12)]),
    "lab report": lambda: found(reported=True),
    "beside the lab report": lambda: found(measured("here"), reported=True),
    "one size": lambda: found(saved.run({100: ([1.0, 1.1, 1.2], [0.90, 0.91, 0.91])})),
    "single round": lambda: machines(["here", "there"], ["compiled"], rounds=1),
    "accuracy of one": lambda: found(saved.run({10: ([4.0, 4.1], [1.0, 1.0]), 100: ([1.0, 1.1], [0.9999, 1.0])})),
    "odd labels": lambda: machines([ODD, "$", "機械 テスト", LONG], ["compiled", "fit"]),
    "committed": lambda: _committed(),
}


def _committed() -> Findings:
    """The run that the repository holds."""
    from lab6.analysis import findings
    from tests.test_readme import RUN

    return findings.find([str(RUN)])


@functools.cache
def sample(name: str) -> Findings:
    return SAMPLES[name]()


@functools.cache
def draw(name: str, picture: str, layout: str) -> tuple[Figure, str]:
    """A picture of a sample, and its SVG document."""
    found = sample(name)
    drawn = next(own for own in PICTURES if own.name == picture)
    paper = next(own for own in layouts(found.answer) if own.name == layout)
    return _draw(found, drawn, paper)


def _draw(found: Findings, picture: Picture, layout: Layout) -> tuple[Figure, str]:
    with style():
        figure = picture.draw(found.answer, layout)
        return figure, svg.render(figure)


def drawings() -> list[tuple[str, str, str]]:
    """Every picture of every sample in every layout: sample, picture, layout."""
    papers = {name: ("wide",) if name == "crowded" else ("wide", "narrow") for name in SAMPLES}
    return [(name, picture.name, layout) for name in SAMPLES for picture in PICTURES for layout in papers[name]]


def texts(document: str) -> list[str]:
    """What is written in an SVG document, still escaped."""
    return re.findall(r"<text\b[^>]*>([^<]*)</text>", document)
