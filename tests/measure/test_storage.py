import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.logger import Logger

from lab6.errors import ResultsError
from lab6.measure import storage as module
from lab6.measure.storage import ResultsStorage, write, write_numbered


@pytest.fixture
def storage(tmp_path):
    """It keeps the ``errors`` and ``warnings`` that it logs."""
    made = ResultsStorage(tmp_path / "results", Logger(Logger.QUIET), "my-machine")
    made.errors, made.warnings = [], []
    made.logger.error, made.logger.warning = made.errors.append, made.warnings.append
    return made


def content(path: Path) -> dict:
    return json.loads(path.read_text())


def full(*_) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_is_on_disk_before_it_has_its_name_and_then_its_name_is_too(tmp_path, monkeypatch):
    done, fsync, replace = [], os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: done.append("fsync") or fsync(descriptor))
    monkeypatch.setattr(Path, "replace", lambda self, target: done.append("rename") or replace(self, target))
    write(tmp_path / "a.json", b"whole")
    assert (tmp_path / "a.json").read_bytes() == b"whole"
    assert done == ["fsync", "rename", "fsync"]


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path, monkeypatch):
    write(tmp_path / "a.json", b"before")
    monkeypatch.setattr(os, "fsync", full)
    for call in (lambda: write(tmp_path / "a.json", b"after"), lambda: write_numbered(tmp_path, b"new", "run")):
        with pytest.raises(OSError, match="No space left on device"):
            call()
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.json", b"before")]


def test_a_number_that_is_taken_or_reserved_under_any_name_is_not_given_again(tmp_path):
    (tmp_path / "0007_other.json").touch()
    assert write_numbered(tmp_path, b"{}", "run").name == "0008_run.json"
    (tmp_path / ".0009").mkdir()  # of a run that is saved at this moment, or was killed while it was saved
    assert write_numbered(tmp_path, b"{}", "run").name == "0010_run.json"
    assert len(list(tmp_path.iterdir())) == 4
    (tmp_path / "9999_old.json").touch()
    assert [write_numbered(tmp_path, b"{}", "new").name for _ in range(2)] == ["10000_new.json", "10001_new.json"]


def test_a_number_that_is_taken_meanwhile_is_given_up(tmp_path, monkeypatch):
    real = Path.mkdir

    def overtaken(self, *arguments, **options):
        real(self, *arguments, **options)
        if self.name == ".0001":
            (tmp_path / "0001_other.json").touch()

    monkeypatch.setattr(Path, "mkdir", overtaken)
    assert write_numbered(tmp_path, b"{}", "run").name == "0002_run.json"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0001_other.json", "0002_run.json"]


SAVE_OFTEN = """
import sys
from pathlib import Path
from lab6.measure.storage import write_numbered

folder, writer = Path(sys.argv[1]), sys.argv[2]
for count in range(int(sys.argv[3])):
    write_numbered(folder, f'"{writer}-{count}"'.encode(), writer if count % 2 else "run")
"""


def test_of_processes_that_save_at_the_same_time_none_loses_a_file_and_no_number_is_given_twice(tmp_path):
    each, writers = 40, [f"w{index}" for index in range(3)]
    command = [sys.executable, "-c", SAVE_OFTEN, str(tmp_path)]
    processes = [subprocess.Popen([*command, writer, str(each)]) for writer in writers]
    assert [process.wait(60) for process in processes] == [0] * len(writers)
    files = list(tmp_path.iterdir())
    assert {content(path) for path in files} == {f"{writer}-{count}" for writer in writers for count in range(each)}
    assert sorted(int(path.name.split("_")[0]) for path in files) == list(range(1, len(files) + 1))


def test_sessions_are_numbered_in_the_machines_folder_which_is_not_made_before(tmp_path):
    for name in ("first", "second"):
        storage = ResultsStorage(tmp_path / "results", Logger(Logger.QUIET), "my-machine")
        assert storage.folder.exists() == (name == "second")
        storage.save({"benchmarks": [], "name": name}, name)
    assert sorted(path.name for path in storage.folder.iterdir()) == ["0001_first.json", "0002_second.json"]
    assert storage.folder.name == "my-machine"
    assert content(storage.saved)["name"] == "second"
    assert [path.name for path, _ in storage.load()] == ["0001_first.json", "0002_second.json"]


@pytest.fixture
def past_9999(storage):
    """A folder with runs around 10,000, one of another machine, and files without a number."""
    for name in ("1000_d.json", "9999_c.json", "10000_b.json", "10001_a.json", "notes_x.json", "2026-notes_x.json"):
        path = storage.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"benchmarks": [], "name": name}))
    other = storage.path / "other" / "10002_z.json"
    other.parent.mkdir()
    other.write_text('{"benchmarks": []}')
    return storage


def loaded(storage, *names: str) -> list[str]:
    return [path.name for path, _ in storage.load(*names)]


def test_the_last_run_is_the_one_of_the_largest_number(past_9999, tmp_path):
    assert loaded(ResultsStorage(tmp_path / "empty", Logger(Logger.QUIET), "my-machine")) == []
    assert loaded(past_9999) == ["1000_d.json", "9999_c.json", "10000_b.json", "10001_a.json"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("10000", ["10000_b.json"]),
        ("1000", ["1000_d.json"]),
        ("9999", ["9999_c.json"]),
        ("1000*", ["1000_d.json", "10000_b.json", "10001_a.json"]),
        ("*/10002", ["10002_z.json"]),
        ("my-machine/10001", ["10001_a.json"]),
        ("notes", ["notes_x.json"]),
        ("10009", []),
        ("{folder}/10000_b.json", ["10000_b.json"]),
    ],
)
def test_a_run_is_found_by_its_path_and_by_its_number_however_large(past_9999, asked, found):
    assert loaded(past_9999, asked.format(folder=past_9999.folder)) == found


def test_a_place_or_name_that_cannot_be_written_is_noticed_before_anything_is_measured(storage, tmp_path):
    storage.check_writable("run")
    assert list(storage.folder.iterdir()) == []
    with pytest.raises(ResultsError, match="File name too long"):
        storage.check_writable("x" * 300)
    storage.folder.rmdir()
    storage.path.rmdir()
    storage.path.write_text("in the way")
    with pytest.raises(ResultsError, match="results cannot be saved in .*: make it writable, choose another place"):
        storage.check_writable("run")


@contextlib.contextmanager
def little_room():
    """No file may be larger than 3,000 bytes meanwhile."""
    resource = pytest.importorskip("resource", reason="needs a system that can limit a file's size")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_a_run_has_finished_stays_in_its_file_if_the_disk_is_full(storage):
    with little_room():
        first = storage.keep(None, {"benchmarks": "one"}, "run")
        assert storage.keep(first, {"benchmarks": "x" * 40_000}, "run") == first
        assert storage.keep(first, {"benchmarks": "x" * 40_000}, "run") == first
        assert content(first) == {"benchmarks": "one", "unfinished": True}
    (message,) = storage.warnings
    assert message.startswith(f"{storage.folder} cannot be written (")
    assert "measuring goes on" in message
    assert storage.keep(first, {"benchmarks": "x" * 40_000}, "run") == first
    assert len(content(first)["benchmarks"]) == 40_000
    assert list(storage.folder.iterdir()) == [first]


def test_the_unfinished_file_stays_if_the_finished_one_cannot_be_written_anywhere(storage, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/dev/null")
    with little_room():
        storage.saved = first = storage.keep(None, {"benchmarks": "one"}, "run")
        storage.save({"benchmarks": "x" * 40_000}, "run")
    assert (storage.saved, storage.rescued) == (first, True)
    (message,) = storage.errors
    assert "nor can a temporary folder" in message
    assert message.endswith("so the results are not saved: they are in the tables here alone.")
    assert content(first) == {"benchmarks": "one", "unfinished": True}


def test_a_run_is_rewritten_in_its_own_file_until_it_is_finished(storage):
    file = None
    for count in range(3):
        file = storage.keep(file, {"count": count}, "run")
        assert file == storage.folder / "0001_run.json"
        assert content(file) == {"count": count, "unfinished": True}
    storage.saved = file
    storage.save({"count": 3}, "run")
    assert storage.saved == file
    assert content(file) == {"count": 3}
    storage.unfinished = True  # it was interrupted
    storage.save({"count": 4}, "run")
    assert content(file) == {"count": 4, "unfinished": True}
    assert list(storage.folder.iterdir()) == [file]


def test_a_run_that_could_not_be_kept_at_first_is_kept_as_soon_as_it_can(storage):
    storage.path.write_text("in the way")
    assert storage.keep(None, {}, "run") is None
    assert storage.keep(None, {}, "run") is None
    assert len(storage.warnings) == 1
    storage.path.unlink()
    assert storage.keep(None, {}, "run") == storage.folder / "0001_run.json"


def test_a_file_is_rewritten_and_stays_as_it_was_with_a_message_if_it_cannot_be(storage, monkeypatch):
    file = storage.keep(None, {"count": 0}, "run")
    storage.rewrite(file, {"count": 1})
    assert (content(file), storage.saved) == ({"count": 1}, None)
    monkeypatch.setattr(module, "write", full)
    storage.rewrite(file, {"count": 2})
    assert content(file) == {"count": 1}
    assert storage.errors == [f"{file} cannot be written again (No space left on device): it stays unfinished."]


def test_a_run_that_cannot_be_finished_in_its_file_is_saved_whole_elsewhere(storage, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kept = storage.saved = storage.keep(None, {"count": 1}, "run")
    monkeypatch.setattr(
        module, "write", lambda path, data: full() if storage.path in path.parents else write(path, data)
    )
    storage.save({"count": 2}, "run")
    assert storage.rescued
    assert content(storage.saved) == {"count": 2}
    assert not storage.saved.is_relative_to(storage.folder)
    assert content(kept) == {"count": 1, "unfinished": True}
    (message,) = storage.errors
    assert message.endswith(
        f"so the results were kept in {storage.saved}: move that file into {storage.folder} once there is room."
    )
