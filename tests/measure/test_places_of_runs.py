"""Where ``pytest benchmarks`` is told to save, to read and to compare: any path, and one sentence for all else."""

import os
from pathlib import Path

import pytest

from lab6.measure.storage import write_numbered
from tests.projects import lines, pretend, project

SMALL = ("benchmarks", "--dataset=digits", "--images=200", "--batch-sizes=100", "--processes=1", "--devices=cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, digits):
    """A clone, with a run that was saved as ``one``, in a folder whose name could be a pattern."""
    made = tmp_path_factory.mktemp("any") / "clone [1] *"
    made.mkdir()
    assert pretend(project(made), *SMALL, "--benchmark-save=one").returncode == 0
    return made


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--benchmark-storage=s3://bucket", "--benchmark-storage: 's3://bucket' is not allowed; give a folder on this"),
        ("--benchmark-storage=", "--benchmark-storage: '' is not allowed; give a folder on this machine"),
        ("--benchmark-storage=elasticsearch+http://[", "--benchmark-storage: elasticsearch+http://[ cannot be used ("),
        ("--benchmark-json=results", "--benchmark-json: results cannot be written (Is a directory): name another file"),
        ("--benchmark-json=", "--benchmark-json: . cannot be written (Is a directory): name another file"),
        (f"--benchmark-json={'l' * 300}", "cannot be written (File name too long): name another file"),
        ("--benchmark-json=s3://bucket/x", "--benchmark-json: the folder s3:/bucket does not exist"),
        ("--benchmark-save=a\nb", r"--benchmark-save: 'a\nb' is not allowed; give printable characters"),
        (f"--benchmark-save={'l' * 300}", "(File name too long): make it writable, choose another place with"),
        *((f"--benchmark-compare={name}", "there is no saved run") for name in ("a/b/c", "/dev/zero", "~/x/y")),
        ("--data-dir=s3://bucket", "--data-dir or LAB6_DATA_DIR: 's3://bucket' is not allowed; give a folder or file"),
    ],
)
def test_a_place_that_cannot_be_used_is_one_sentence_before_anything_is_measured(folder, argument, message):
    before = sorted(folder.rglob("*"))
    result = pretend(folder, *SMALL, argument)
    assert result.returncode == 4
    (line,) = [line for line in lines(result) if line.startswith("ERROR")]
    assert message in line
    assert sorted(folder.rglob("*")) == before


def test_the_home_folder_can_be_named_in_each_option(folder, home):
    for argument in ("--benchmark-storage=~/a", "--benchmark-storage=file://~/b", "--benchmark-json=~/c.json"):
        assert pretend(folder, *SMALL, "--benchmark-save=x", argument).returncode == 0
    assert sorted(path.name for path in home.iterdir()) == ["a", "b", "c.json"]
    (saved,) = home.glob("a/*/0001_x.json")
    saved.rename(home / "x.json")
    for option in ("--check-against", "--benchmark-compare"):
        assert pretend(folder, *SMALL, f"{option}=~/x.json").returncode == 0
    assert not (folder / "~").exists()


@pytest.mark.parametrize("argument", ["--benchmark-compare", "--benchmark-compare=0001", "--check-against=one"])
def test_runs_are_found_in_a_folder_whose_name_could_be_a_pattern(folder, argument):
    assert pretend(folder, *SMALL, argument).returncode == 0


def test_a_run_is_saved_beside_one_with_a_line_end_in_its_name(tmp_path):
    (tmp_path / "0006_a\nb.json").write_text("{}")
    assert write_numbered(tmp_path, b"{}", "run").name == "0007_run.json"


def test_a_name_that_is_not_utf_8_is_found(folder):
    place = os.fsdecode(b"not\xffutf8")
    for more in ("--benchmark-save=x", "--benchmark-compare", "--check-against=x"):
        assert pretend(folder, *SMALL, f"--benchmark-storage={place}", more).returncode == 0
    assert len(list(Path(folder, place).glob("*/0001_x.json"))) == 1
