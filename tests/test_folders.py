import os
import sys
from pathlib import Path

import pytest

from lab6 import folders


@pytest.fixture
def top(tmp_path):
    for name in (".git", "app/src", "app/.venv/site-packages", "libs", "copy/app/src"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def test_the_repository_is_the_nearest_folder_with_git_in_it(top):
    assert folders.repository(top / "app" / "src") == top
    (top / ".git").rmdir()
    assert folders.repository(top / "app") == top / "app"


def test_code_of_the_repository_is_relative_and_everything_else_absolute(top, monkeypatch):
    assert folders.relative(top / "app" / "src", top / "app") == "src"
    assert folders.relative(top / "libs", top / "app") == os.path.join("..", "libs")  # noqa: PTH118  # a text
    assert folders.relative(Path("/usr"), top / "app") == "/usr"
    installed = top / "app" / ".venv" / "site-packages"
    monkeypatch.setattr(folders.sysconfig, "get_path", lambda name: str(installed))
    assert folders.relative(installed, top / "app") == str(installed)


def test_a_copy_imports_the_repositorys_folders_from_the_copy_and_nothing_from_the_working_tree(top, monkeypatch):
    app, copy, elsewhere = top / "app", top / "copy" / "app", top.parent
    monkeypatch.setattr(sys, "path", [str(app / "src"), str(top / "libs"), str(app / "missing"), "", sys.prefix])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(app), str(elsewhere)]))
    assert folders.imported(app, copy) == [str(copy), str(copy / "src"), str(top / "copy" / "libs"), str(elsewhere)]
    assert folders.imported(app, app) == [str(app), str(app / "src"), str(top / "libs"), str(elsewhere)]
