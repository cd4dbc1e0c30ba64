"""Thousands of files that are not as they should be: a correct frame, or one sentence that names the file."""

import io
import json
import random

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from lab6.compare import command, figure
from lab6.errors import ResultsError
from lab6.render import style
from lab6.report import formats, page, terminal
from lab6.report.findings import Findings
from lab6.start.answer import Question, answer
from lab6.store import archive, cards
from lab6.store import run as runs
from lab6.store.series import SERIES
from tests import saved
from tests.samples import comparing
from tests.small import rounds
from tests.store import hostile

NAME = "a file.json"
COMPARED = ("engine", "dataset", "batch_size", "training_images", "optimizer")
OF_A_ROUND = ("training_accuracy", "training_loss", "test_accuracy")


def read(content: bytes, name: str = NAME) -> runs.Run | None:
    """What a file says, or None if it is refused as it should be."""
    try:
        return runs.read(name, content)
    except ResultsError as error:
        text = str(error)
        assert name in text
        assert "\n" not in text
        assert len(text) < 500
        return None


def plainly(content: bytes) -> list[tuple[object, ...]]:
    """What the file says, read in the plainest way; without any check."""
    saved = json.loads(content)
    label = saved["machine_info"]["lab6"]["label"]
    found = []
    for own in saved["benchmarks"]:
        record = own["extra_info"]
        for place, (seconds, learned) in enumerate(zip(own["stats"]["data"], record["rounds"], strict=True)):
            work = [record[field] for field in COMPARED]
            numbers = [float(learned[field]) for field in OF_A_ROUND]
            found.append((label, place, learned["seed"], float(seconds), *work, *numbers))
    return found


def told(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    columns = ["machine", "round", "seed", "seconds", *COMPARED, *OF_A_ROUND]
    return list(frame[columns].astype(object).itertuples(index=False, name=None))


def same(one: list[tuple[object, ...]], other: list[tuple[object, ...]]) -> bool:
    """Whether all values are equal, NaN to NaN too; 1 and 1.0 are."""
    ours, theirs = ([value for row in rows for value in row] for rows in (one, other))
    return len(ours) == len(theirs) and all(a == b or (a != a and b != b) for a, b in zip(ours, theirs, strict=True))


def hold(seeds: range, judged_every: int) -> int:
    """Read the files of ``seeds``; how many were accepted. Frames are made of hundreds at a time, which is quicker."""
    accepted = 0
    for first in range(seeds.start, seeds.stop, 500):
        contents = [hostile.mutated(random.Random(seed)) for seed in range(first, min(first + 500, seeds.stop))]
        found = [(content, run) for content in contents if (run := read(content))]
        expected = [row for content, _ in found for row in plainly(content)]
        assert same(told(runs.frame([run for _, run in found])), expected), first
        for _, run in found[::judged_every]:
            json.loads(formats.as_json(Findings(answer(runs.frame([run]), Question()), ())))
        accepted += len(found)
    return accepted


def test_ten_thousand_mutated_files_are_read_rightly_or_refused():
    accepted = hold(range(10_000), judged_every=25)
    assert 1_000 < accepted < 9_000


@pytest.mark.long
def test_a_hundred_thousand_more():
    hold(range(10_000, 110_000), judged_every=100)


def test_no_byte_of_an_archive_can_change_unnoticed():
    content = archive.content(rounds(hostile.right(random.Random(0))))
    random_ = random.Random(0)
    places = [*random_.sample(range(len(content)), 1_500), *range(len(content) - 300, len(content))]
    for place in places:
        changed = (
            content[:place] + bytes([content[place] ^ random_.choice((1, 2, 16, 128, 255))]) + content[place + 1 :]
        )
        with pytest.raises(ResultsError, match=r"an archive\.parquet"):
            archive.read("an archive.parquet", changed)
    for end in random_.sample(range(len(content)), 200):
        with pytest.raises(ResultsError, match=r"an archive\.parquet"):
            archive.read("an archive.parquet", content[:end])


@pytest.mark.parametrize("seed", range(20))
def test_values_that_are_legal_alone_do_not_break_the_judgement(seed):
    random_ = random.Random(seed)
    extremes = {
        "seconds": (1e-9, 1e9, 1.0),
        "training_accuracy": (0.0, 1.0, 0.5),
        "test_accuracy": (0.0, 1.0, 1 - 1e-12),
        "training_loss": (np.nan, np.inf, 0.0),
        "batch_size": (1, 2**62, 100),
    }
    frame = rounds(*(hostile.right(random_) for _ in range(3)))
    for column, values in extremes.items():
        frame[column] = pd.array([random_.choice(values) for _ in range(len(frame))], dtype=frame[column].dtype)
    found = Findings(answer(frame, Question()), ())
    assert json.loads(formats.as_json(found))["series"]
    assert formats.as_markdown(found)


def extreme(seed: int) -> Findings:
    """Two machines, each of one to four runs, whose times are legal and as far apart as can be."""
    random_ = random.Random(seed)
    sizes = random_.sample((1, 10, 100, 60_000), random_.choice((2, 2, 3, 4)))
    runs = []
    for label in ("a", "b"):
        for _ in range(random_.choice((1, 3, 4))):
            times = {size: [random_.choice((1e-9, 1e9, 1.0)) for _ in range(3)] for size in sizes}
            runs.append(saved.run({size: (own, [0.9, 0.91, 0.92]) for size, own in times.items()}, {"label": label}))
    return Findings(answer(rounds(*runs), Question()), ())


@pytest.mark.parametrize("seed", range(30))
def test_the_most_extreme_times_are_compared_without_a_warning_and_only_a_misfit_is_called_one(seed):
    found = extreme(seed)
    compared = comparing(found)
    assert np.isfinite(compared.compared.speedups["speedup"]).all()
    every = cards.cards(found.answer.summary)
    numbers = every[["seconds_per_step", "seconds_per_image"]]
    assert np.isfinite(numbers).all(axis=None)
    assert (numbers >= 0).all(axis=None)
    assert (numbers > 0).any(axis=1).all()
    assert json.loads(command.as_json(compared))["cards"]
    assert command.as_markdown(compared)
    command.show(console := Console(file=io.StringIO(), width=80), compared)
    assert console.file.getvalue()
    fitted = cards.fitted(found.answer.summary, every)
    furthest = fitted["residual"].abs().groupby([fitted[name] for name in SERIES], sort=False).max()
    marked = [cards.is_misfit(card) for card in every.to_dict("records")]
    assert marked == list(furthest > cards.MISFIT)


@pytest.mark.parametrize("seed", range(3))
def test_the_most_extreme_times_are_drawn_without_a_warning(seed):
    with style.style():
        own = comparing(extreme(seed))
        figure.picture(own.summary, own.compared).draw(style.WIDE).savefig(io.BytesIO())


@pytest.mark.parametrize("seed", range(30))
def test_the_most_extreme_times_of_workers_are_told_without_a_warning(seed):
    random_ = random.Random(seed)
    sizes = random_.sample((1, 10, 100, 60_000), random_.choice((2, 3, 4)))
    runs = []
    for fields in ({}, {"workers": 2}, {"workers": 8}, {"threads": 2}):
        times = {size: [random_.choice((1e-9, 1e9, 1.0)) for _ in range(3)] for size in sizes}
        own = {size: (seconds, [0.9, 0.91, 0.92]) for size, seconds in times.items()}
        runs.append(saved.run(own, processes=random_.choice((1, 3)), **{"threads": 1} | fields))
    found = Findings(answer(rounds(*runs), Question()), ())
    every = cards.cards(found.answer.summary)
    assert np.isfinite(every[["seconds_per_step", "seconds_per_image"]]).all(axis=None)
    assert np.isfinite(every.loc[every["workers"] > 1, "seconds_per_exchange"]).all()
    assert json.loads(formats.as_json(found))["scaling"]["speedups"]
    assert formats.as_markdown(found)
    terminal.show(console := Console(file=io.StringIO(), width=80), found)
    assert console.file.getvalue()
    if seed < 3:
        with style.style():
            page.pictures_of(found)[page.SCALING][0].draw(style.NARROW).savefig(io.BytesIO())
