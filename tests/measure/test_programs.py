import sys

import pytest

from lab6.measure import programs


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The command of a virtual environment in the working folder, that is not activated."""
    script = tmp_path / ".venv" / "bin" / "lab6"
    script.parent.mkdir(parents=True)
    script.touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(script.parent / "python"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    return script


def test_programs_that_are_not_on_the_path_are_named_by_theirs(script, monkeypatch):
    assert programs.program("lab6") == ".venv/bin/lab6"
    monkeypatch.setenv("PATH", str(script.parent))
    assert programs.program("lab6") == "lab6"


def test_a_command_names_the_place_of_results_where_it_would_not_look_there_anyway(script, tmp_path):
    assert programs.lab6("report", tmp_path / "results") == ".venv/bin/lab6 report"
    assert programs.lab6("report", tmp_path / "my results") == f".venv/bin/lab6 report '{tmp_path}/my results'"


def test_paths_below_the_working_folder_are_shown_from_there(script, tmp_path):
    assert programs.shown(tmp_path / "results" / "a.json") == "results/a.json"
    assert programs.shown(tmp_path.parent) == str(tmp_path.parent)
