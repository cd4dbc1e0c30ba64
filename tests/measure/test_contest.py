import os
import sys

import pytest

from lab6.errors import OptionError
from lab6.measure import contest as module
from lab6.measure.contest import Contest
from lab6.measure.duet import BASELINE, CANDIDATE
from lab6.measure.places import AT_ONCE, Places
from tests.measure.conftest import options


def test_each_side_has_its_code_in_a_folder_of_its_own_until_the_end(repository):
    contest = Contest(options(against="HEAD"), repository)
    baseline, candidate = contest.sides
    assert (baseline.name, candidate.name) == (BASELINE, CANDIDATE)
    assert [(side.tree / "changed.py").read_text() for side in contest.sides] == ["old", "new"]
    assert repository not in (baseline.tree, candidate.tree)
    assert (len(baseline.commit), candidate.commit) == (40, None)
    assert {side.python for side in contest.sides} == {sys.executable}
    contest.end()
    assert not any(side.tree.exists() for side in contest.sides)
    assert (repository / "changed.py").read_text() == "new"


def test_another_interpreter_alone_runs_the_same_code(tmp_path, fake):
    contest = Contest(options(against_python=fake.python), tmp_path)
    assert [side.tree for side in contest.sides] == [tmp_path, tmp_path]
    assert [side.python for side in contest.sides] == [fake.python, sys.executable]
    assert contest.title == f"the working tree with the same code with {fake.python}"
    contest.end()
    another = Contest(options(against_python=fake.python), tmp_path)
    another.end()
    assert another.name != contest.name
    assert tmp_path.exists()


def test_an_unknown_revision_is_refused_and_leaves_no_folder(repository, tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with pytest.raises(OptionError, match="'nowhere' is not a revision"):
        Contest(options(against="nowhere"), repository)
    assert list(temporary.iterdir()) == []


def test_the_sides_of_the_first_pair_train_at_their_places(tmp_path, fake, monkeypatch):
    place = Places(AT_ONCE, ((0,), (1,)), 1, "at the same time")
    monkeypatch.setattr(module.places, "choose", lambda device, threads: place)
    contest = Contest(options(against_python=fake.python), tmp_path)
    ways = contest.ways("compiled", "cpu")
    contest.end()
    assert [(way.cores, way.python) for way in ways] == [((0,), fake.python), ((1,), sys.executable)]
    assert ways[0].programs != ways[1].programs


@pytest.mark.skipif(os.pathsep != ":", reason="no folder of Windows has a semicolon that this test could take")
def test_a_folder_that_python_imports_nothing_from_is_refused(repository, tmp_path, monkeypatch):
    (tmp_path / "a:b").mkdir()
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path / "a:b"))
    with pytest.raises(
        OptionError, match="--against: Python cannot import code from .*, because of the ':' in its name"
    ):
        Contest(options(against="HEAD"), repository)
    assert list((tmp_path / "a:b").iterdir()) == []
