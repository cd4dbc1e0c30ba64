"""The promises of a machine's history, on runs drawn from real ones, and the example of its page."""

import io

import numpy as np
import pandas as pd
import pytest

import lab6
from benchmarks import history
from lab6.history import words as history_words
from lab6.render.csv import csv
from lab6.report.findings import find
from lab6.start.answer import Question
from lab6.store.selection import select
from lab6.target import answer as targets
from tests.samples import pictures

PAGE = (history.ROOT / "docs" / "history.md").read_text()


def level(days, random):
    return random.normal(0, 0.02, (days, len(history.SIZES)))


def jumping(days, random):
    return level(days, random) + 0.1 * (np.arange(days)[:, None] >= days // 2)


def test_only_histories_with_a_change_alarm():
    assert history.alarms(level, 30, histories=50) <= 0.04
    assert history.alarms(jumping, 30, histories=10) == 1
    assert history.watched(jumping, 30, histories=5) == 1


def test_a_large_change_is_seen_within_a_few_days_and_one_that_is_none_never():
    assert np.median(history.delays(level, 30, 0.2, histories=5)) <= 7
    assert np.isinf(history.delays(level, 30, 0.0, histories=5)).all()


def test_what_is_found_is_where_and_what_it_is():
    right, inside, count = history.kept(level, 0.1, days=30, histories=10)
    assert count == 10 * len(history.SIZES)
    assert right >= 0.9
    assert inside >= 0.8


@pytest.mark.parametrize("draw", [history.quiet, history.busy])
def test_days_are_drawn_from_real_processes(draw):
    drawn = draw()(2_000, np.random.default_rng(0))
    assert drawn.shape == (2_000, len(history.SIZES))
    assert np.abs(drawn.mean(axis=0)).max() < 0.02
    assert (drawn.std(axis=0) > 0.01).all()


@pytest.mark.long
def test_the_tables_of_the_page_are_what_the_experiment_says():
    draws = {"quiet": history.quiet(), "busy": history.busy()}
    for row, kept in history.of_alarms(draws):
        assert row in PAGE
        assert kept
    for row in history.of_shifts(draws):
        assert row in PAGE


@pytest.fixture(scope="module")
def found():
    return find(select([str(history.EXAMPLE)]), Question(), targets.Question())


def test_the_example_is_what_its_command_writes():
    pd.testing.assert_frame_equal(lab6.load(str(history.EXAMPLE)), history.example(), check_dtype=False)


def test_the_page_shows_what_the_report_says_of_the_example(found):
    for sentence in (history_words.headline(found.history), *history_words.sentences(found.history)):
        assert sentence in PAGE
    drawn = pd.read_csv(history.EXAMPLE.with_name("history.csv"))
    pd.testing.assert_frame_equal(drawn, pd.read_csv(io.StringIO(csv(pictures(found)["history"].data))))
