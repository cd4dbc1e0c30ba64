"""The tables of trials that come with lab6."""

from importlib.resources import files
from pathlib import Path

import pytest

from lab6 import trials
from lab6.store.load import load
from lab6.store.summary import summarise
from lab6.target import answer, settings
from lab6.target.answer import Question
from tests.projects import ROOT

TABLES = sorted((Path(str(files("lab6.target"))) / "tables").glob(f"*{trials.ENDING}"))
ADAM = "mnist-784-128-10-adam.jsonl"


def test_the_table_of_the_labs_network_is_shipped():
    assert ADAM in [path.name for path in TABLES]


@pytest.mark.parametrize("path", TABLES, ids=[path.stem for path in TABLES])
def test_every_shipped_table_can_be_read_and_has_a_setting_for_a_target(path):
    table = trials.read(path)
    target = answer.goal(table, None)
    assert len(settings.best(settings.settings(table, target)))


def test_that_of_mnist_and_adam_answers_for_97_percent_with_the_epochs_of_a_committed_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where nobody has a table of their own
    found = answer.answer(summarise(load(str(ROOT / "results" / "amd-epyc-2-cores"))), Question())
    assert found.table.source.name == ADAM
    assert found.target == 0.97
    assert {own.method for own in found.fastest} >= {"compiled", "fit", "fused"}
    assert found.headline.seconds > 0
