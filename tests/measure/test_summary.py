import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from lab6.measure import summary
from lab6.measure.summary import Summary, describe_dataset
from lab6.measure.work import Data
from lab6.record import Machine
from tests import saved
from tests.measure.conftest import DIGITS
from tests.measure.test_table import result

MACHINE = Machine.model_validate(
    saved.MACHINE
    | {"usable_cores": 4, "intra_op_threads": 4, "gpus": [{"name": "A GPU", "driver": "1.2"}, {"name": "B GPU"}]}
)


@pytest.fixture(autouse=True)
def programs_are_on_the_path(monkeypatch):
    monkeypatch.setattr(summary.shutil, "which", lambda name: str(Path(sys.executable).parent / name))


def printed(results=(), storage=None, arguments=("benchmarks",), interrupted=False) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    Summary(results, [DIGITS], MACHINE, storage, arguments, interrupted).show(console)
    return console.file.getvalue().splitlines()


def test_disturbed_rounds_are_counted_over_all_benchmarks_with_the_most_that_others_used():
    quiet = result([1.0, 1.0, 1.0], others=[0.0, 0.0, 0.0])
    one = result([1.0, 2.0, 1.0], others=[0.5, 0.0, 1.2])
    other = result([1.0, 1.0], others=[0.0, 0.4], batch_size=1_000)
    (line,) = [line for line in printed([quiet, one, other]) if "isturbed" in line]
    assert line.startswith("* Disturbed: 3 of 8 rounds, in which other programs used up to 1.2 of 4 cores; they count")
    assert not [line for line in printed([quiet, result([1.0])]) if "isturbed" in line]


def test_the_data_set_and_the_machine_are_described():
    lines = printed([result([1.0])])
    assert "Data set: digits, NOT MNIST, 600 + 500 images, for tests" in lines
    machine = next(line for line in lines if line.startswith("Machine:"))
    assert "A CPU, 4 cores, 16.0 GiB, A GPU (driver 1.2), B GPU (driver unknown); threads 4" in machine
    assert "Versions: Python 3.11.7, TensorFlow 2.21.0, Keras 3.15.1, NumPy 2.4.6" in lines
    mnist = Data("mnist", "", "from /data", 60_000, 10_000, choice="mnist")
    assert describe_dataset(mnist) == "Data set: MNIST, 60,000 + 10,000 images, from /data"


@pytest.mark.parametrize(
    ("typed", "again"),
    [
        (["benchmarks", "--benchmark-save"], "pytest benchmarks"),
        (["benchmarks", "--benchmark-save", "name", "--rounds", "5"], "pytest benchmarks --rounds 5"),
        (["benchmarks", "--benchmark-save=name", "--machine=Lab desktop"], "pytest benchmarks '--machine=Lab desktop'"),
        (["--benchmark-autosave", "benchmarks", "--seed=3"], "pytest benchmarks --seed=3"),
        (["benchmarks", "--benchmark-compare", "0003", "--benchmark-compare-fail=min:5%"], "pytest benchmarks"),
    ],
)
def test_the_next_command_measures_the_same_again(tmp_path, monkeypatch, typed, again):
    (tmp_path / "benchmarks").mkdir()
    monkeypatch.chdir(tmp_path)
    results = tmp_path / "results"
    storage = SimpleNamespace(saved=results / "here" / "0007_x.json", rescued=False, path=results)
    lines = printed([result([1.0])], storage, typed)
    assert lines[-3:] == [
        "Saved in results/here/0007_x.json",
        f"Measure again and compare: {again} --benchmark-compare=0007",
        "Show it: lab6 report",
    ]
    assert printed([result([1.0])], None, typed)[-1] == f"Not saved. To keep such numbers: {again} --benchmark-save"


@pytest.mark.parametrize("rescued", [True, False])
def test_results_in_another_place_are_shown_from_there_and_rescued_ones_are_not_compared(tmp_path, rescued):
    file = tmp_path / "here" / "0001_x.json"
    lines = printed([result([1.0])], SimpleNamespace(saved=file, rescued=rescued, path=tmp_path))
    assert lines[-1] == f"Show it: lab6 report {file}"
    assert any("Measure again and compare" in line for line in lines) == (not rescued)


def test_of_a_duet_all_but_the_table_is_printed_and_both_files_are_named(tmp_path):
    files = [tmp_path / f"000{number}_x.json" for number in (1, 2)]
    endings = {
        SimpleNamespace: [f"Saved in {files[0]} and {files[1]}", f"Check them again: lab6 check {files[0]} {files[1]}"],
        type(None): ["Not saved. To keep such numbers: pytest benchmarks --against=HEAD --benchmark-save"],
    }
    for storage in (SimpleNamespace(saved=files[1], rescued=False, path=tmp_path), None):
        console = Console(file=io.StringIO(), width=80)
        whole = Summary([result([1.0])], [DIGITS], MACHINE, storage, ("benchmarks", "--against=HEAD"), False)
        whole.show_the_rest(console, files[0])
        lines = console.file.getvalue().splitlines()
        assert [line.split(":")[0] for line in lines[:4]] == ["", "Data set", "Machine", "Versions"]
        assert lines[4:] == endings[type(storage)]


@pytest.mark.parametrize(("file", "end"), [("0001_x.json", ", saved."), (None, ".")])
def test_an_interrupted_run_says_what_it_has(tmp_path, file, end):
    storage = SimpleNamespace(saved=tmp_path / file if file else None, rescued=False, path=tmp_path)
    lines = printed([result([1.0])], storage, interrupted=True)
    assert f"Interrupted; benchmarks with a finished round: 1{end}" in lines
    assert printed(interrupted=True) == ["Interrupted; benchmarks with a finished round: 0."]


def test_programs_that_are_not_on_the_path_are_named_by_theirs(tmp_path, monkeypatch):
    """The environment is in the working folder, and not activated."""
    script = tmp_path / ".venv" / "bin" / "lab6"
    script.parent.mkdir(parents=True)
    script.touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(script.parent / "python"))
    monkeypatch.setattr(summary.shutil, "which", lambda name: None)
    monkeypatch.chdir(tmp_path)
    storage = SimpleNamespace(saved=tmp_path / "my results" / "0001_x.json", rescued=True, path=tmp_path)
    last = "Show it: .venv/bin/lab6 report"
    assert printed([result([1.0])], storage)[-1] == f"{last} 'my results/0001_x.json'"
