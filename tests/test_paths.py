"""Any path that the system allows works, whatever is in it."""

import os
from pathlib import Path

import pytest

from lab6 import paths
from lab6.errors import OptionError
from lab6.report import page
from lab6.training.datasets import choose
from tests import saved
from tests.program import lab6

NAMES = [
    "a[1]",
    "a*b",
    "a?b",
    "{a,b}",
    "with space",
    "ha#sh",
    "100%20",
    "quotes ' and \"",
    "line\nend",
    "<script>alert(1)",
    "Größe機械",
    os.fsdecode(b"not\xffutf8"),
    "-dash",
    "~tilde",
    "./~",
    "$HOME",
    "back\\slash",
    "C:\\x",
    "colon:x",
    "s3:",
    "a::b",
    ".hidden",
    "l" * 255,
]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The home folder, which is not the working folder."""
    (tmp_path / "work").mkdir()
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def done(*arguments):
    result = lab6(*arguments)
    assert (result.returncode, result.stderr) == (0, ""), arguments
    return result.stdout


@pytest.mark.parametrize("name", NAMES)
def test_results_are_read_and_written_in_a_folder_of_any_name(home, name, monkeypatch):
    monkeypatch.setattr("lab6.render.picture.svg.render", lambda figure: "<svg/>")
    monkeypatch.setattr("lab6.render.picture._write_png", lambda figure, path: None)
    every = page.pictures_of
    nothing = dict.fromkeys((page.ANSWER, page.TARGET, page.SCALING, page.HISTORY), ())
    monkeypatch.setattr(page, "pictures_of", lambda own: nothing | {page.ANSWER: every(own)[page.ANSWER][-1:]})
    saved.write(Path(name, "results", "here", "0001_old.json"))
    saved.write(Path(name, "results", "here", "0002_new.json"), saved.run(seed=5))
    answer = done("report", "--format=csv", "--", f"{name}/results")
    assert done("report", "--format=csv", "--", f"{name}/results/*") == answer
    done("combine", f"--output={name}/all.parquet", "--", name)
    done("report", f"--output={name}/page", "--", f"{name}/all.parquet")
    assert Path(name, "page", "report.html").is_file()
    assert len(os.listdir()) == 1  # noqa: PTH208  # nothing beside it
    monkeypatch.chdir(name)
    assert done("report", "--format=csv", "results/here/*_*.json") == answer
    assert done("report", "--format=csv", str(Path.cwd() / "results" / "*")) == answer
    assert "all.parquet" in os.listdir()  # noqa: PTH208
    done("check", "results/here/*_old.json", "results/here/*_new.json")


def test_the_home_folder_can_be_named_in_every_option(home):
    saved.write(home / "results" / "1.json")
    done("report", "--format=csv", "~/results")
    done("combine", "--output=~/all.parquet", "~/results/*")
    done("compare", "--output=~/compared", "~/all.parquet", "lab-report")
    assert sorted(path.name for path in home.iterdir()) == ["all.parquet", "compared", "results"]
    assert os.listdir() == []  # noqa: PTH208
    assert paths.local("--data-dir", "~/x", "a folder") == home / "x"
    assert paths.local("--data-dir", "~nobody-of-this-name/x", "a folder") == Path("~nobody-of-this-name/x")


@pytest.mark.parametrize("command", ["report results", "compare results lab-report"])
@pytest.mark.parametrize("address", ["s3://bucket/x", "file:///x", "https://host/x"])
def test_an_address_for_a_folder_is_refused_in_one_sentence(home, command, address):
    result = lab6(*command.split(), f"--output={address}")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"lab6: --output: '{address}' is not allowed; give the name of a folder, such as")
    assert os.listdir() == []  # noqa: PTH208


def test_a_drive_of_windows_is_no_address_and_a_path_that_exists_neither(home):
    for text in ("C:\\x", "C:/x", "C://x", "a:b", "a::b", "file:x", "x/s3://b"):
        assert not paths.is_address(text)
    for text in ("s3://b", "memory://", "zip://a::b.zip", "simplecache::s3://b", "FILE:///x"):
        assert paths.is_address(text)
    Path("s3:").mkdir()
    assert not paths.is_address("s3://")


def test_the_cache_can_be_in_the_home_folder_but_not_on_another_store(home, monkeypatch):
    monkeypatch.setenv("LAB6_CACHE_DIR", "~/cache")
    assert choose.cache_folder() == home / "cache"
    monkeypatch.setenv("LAB6_CACHE_DIR", "s3://bucket")
    with pytest.raises(OptionError, match="LAB6_CACHE_DIR: 's3://bucket' is not allowed"):
        choose.cache_folder()
