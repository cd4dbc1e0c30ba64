import importlib
import sys

import pytest

from lab6.errors import OptionError
from lab6.place import Place
from tests.others import theirs


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project with the package ``theirs`` in src, from which this process imports."""
    monkeypatch.setattr(sys, "path", [str(tmp_path / "src"), *sys.path])
    for name in [name for name in sys.modules if name.partition(".")[0] == "theirs"]:
        del sys.modules[name]
    yield theirs(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "theirs"]:
        del sys.modules[name]


def test_a_module_that_an_option_names_is_found_below_the_tree_without_being_imported(folder):
    assert Place.parse("--model", "theirs.models:small", folder) == Place("theirs.models", "small", "src")
    assert Place.parse("--model", "json:loads", folder).folder is None
    assert Place.parse("--model", "nowhere.at_all:f", folder).folder is None
    assert not [name for name in sys.modules if name.startswith("theirs")]


def test_a_function_is_at_the_place_where_it_is_defined(folder):
    models = importlib.import_module("theirs.models")
    assert Place.of(models.small, folder) == Place("theirs.models", "small", "src")


def test_a_function_that_its_module_no_longer_has_is_refused(folder):
    models = importlib.import_module("theirs.models")
    replaced, models.small = models.small, None
    with pytest.raises(OptionError, match="small cannot be imported by another process"):
        Place.of(replaced, folder)


def test_a_module_that_is_found_in_another_folder_is_refused(folder, tmp_path, monkeypatch):
    """A baseline without the package must not take the working tree's."""
    (tmp_path / "baseline" / "src").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "baseline"), *sys.path])
    with pytest.raises(OptionError, match=r"there is no module theirs.models in .*baseline/src, but one in"):
        Place("theirs.models", "small", "src").function()
