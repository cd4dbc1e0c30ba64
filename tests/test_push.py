from pathlib import Path

import pytest

from lab6.store.load import load
from tests import saved
from tests.program import lab6
from tests.store.conftest import folder as folder


@pytest.fixture
def runs(folder):
    """A folder to work in, with a run of nine rounds in results/, and one of two rounds beside it."""
    saved.write(Path("results/here/0001.json"))
    saved.write(Path("other.json"), saved.run({10: ([1.0, 1.5], [0.9, 0.9])}, {"label": "there"}, engine="fit"))
    return folder


def said(arguments):
    """What ``lab6 push`` prints on both streams."""
    result = lab6("push", *arguments.split())
    assert result.returncode == 0
    return result.stdout, result.stderr


def refused(arguments):
    result = lab6("push", *arguments.split())
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    return result.stderr


def test_a_push_says_what_was_new(runs):
    assert said("shared") == ("pushed 1 run (9 rounds) to shared\n", "")
    assert said("shared results other.json") == ("pushed 1 run (2 rounds) to shared; 1 was there already\n", "")
    assert said("shared results other.json") == ("pushed nothing to shared; 2 runs were there already\n", "")


def test_what_was_pushed_gives_the_same_answer_and_a_machine_of_it_can_be_picked(runs):
    said("shared results other.json")
    here = lab6("report", "results", "--format", "csv").stdout
    assert lab6("report", "shared", "--where", "machine=here", "--format", "csv").stdout == here
    assert "no result has machine=nowhere" in lab6("report", "shared", "--where", "machine=nowhere").stderr


def test_only_what_meets_the_conditions_is_pushed(runs):
    assert said("shared results other.json --where engine=fit") == ("pushed 1 run (2 rounds) to shared\n", "")
    assert "no result has engine=tape" in refused("shared results --where engine=tape")


def test_public_rounds_name_no_machine_and_no_file(runs):
    assert said("shared --public") == ("pushed 1 run (9 rounds) to shared\n", "")
    assert said("shared --public") == ("pushed nothing to shared; 1 run was there already\n", "")
    (machine,) = Path("shared").iterdir()
    assert machine.name.startswith("machine=machine%20")
    assert machine.name.endswith("%20%28A%20CPU%2C%202%20cores%29")
    (source,) = load("shared")["source"].unique()
    assert source.startswith("run ")


def test_what_cannot_be_read_is_refused_or_left_out_and_what_is_damaged_in_the_data_set_is_said(runs):
    Path("bad.json").write_text("{")
    assert "or give --skip-bad." in refused("shared results bad.json")
    assert not Path("shared").exists()
    assert said("shared results bad.json --skip-bad")[1].startswith("Left out: bad.json is damaged")
    (pushed,) = Path("shared").rglob("*.parquet")
    pushed.with_name("strange.parquet").write_text("strange")
    assert said("shared")[1].startswith("Left out: shared/machine=here/month=2026-01/strange.parquet is damaged")
    assert lab6("report", "shared", "--format", "csv").returncode == 0
    assert "strange.parquet is damaged" in lab6("report", "shared", "--format", "markdown").stdout


@pytest.mark.parametrize("place", ["results", "./results/", "all.parquet", "a*b", "s3://bucket/*"])
def test_a_place_that_can_be_no_shared_data_set_is_refused(runs, place):
    assert refused(f"{place} results").startswith(f"lab6: PLACE: {place!r} is ")


def test_a_place_that_cannot_be_written_is_refused(runs):
    Path("shared").write_text("a file")
    assert "shared/machine=here/month=2026-01/" in refused("shared")
