import json
import threading
from pathlib import Path

import pytest
from pytest_benchmark.logger import Logger

from lab6.errors import ResultsError
from lab6.measuring.storage import ResultsStorage


@pytest.fixture
def storage(tmp_path):
    return ResultsStorage(tmp_path / "results", Logger(Logger.QUIET), "my-machine")


def test_nothing_is_created_before_something_is_saved(storage, tmp_path):
    assert not (tmp_path / "results").exists()


def test_files_are_numbered_in_the_machines_folder(storage):
    for name in ("first", "second"):
        storage.save({"benchmarks": [], "name": name}, name)
    assert sorted(path.name for path in storage.folder.iterdir()) == ["0001_first.json", "0002_second.json"]
    assert storage.folder.name == "my-machine"
    assert json.loads(storage.saved.read_text())["name"] == "second"
    assert [path.name for path, _ in storage.load()] == ["0001_first.json", "0002_second.json"]


def test_numbers_go_on_past_9999(storage):
    storage.folder.mkdir(parents=True)
    (storage.folder / "9999_old.json").write_text("{}")
    for _ in range(2):
        storage.save({}, "new")
    assert {path.name for path in storage.folder.iterdir()} == {
        "9999_old.json",
        "10000_new.json",
        "10001_new.json",
    }


def test_sessions_that_save_at_the_same_time_all_survive(tmp_path):
    def save(index: int) -> None:
        ResultsStorage(tmp_path, Logger(Logger.QUIET), "shared").save({"index": index}, "run")

    threads = [threading.Thread(target=save, args=(index,)) for index in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    saved = [json.loads(path.read_text())["index"] for path in (tmp_path / "shared").iterdir()]
    assert sorted(saved) == list(range(16))


def test_a_folder_system_without_hard_links_is_good_enough(storage, monkeypatch):
    def refuse(self, target):
        raise PermissionError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    storage.save({"a": 1}, "run")
    assert json.loads((storage.folder / "0001_run.json").read_text()) == {"a": 1}
    assert len(list(storage.folder.iterdir())) == 1


def test_results_that_cannot_be_written_are_kept_elsewhere(storage, tmp_path, monkeypatch):
    messages = []
    monkeypatch.setattr(storage.logger, "error", messages.append)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "results").write_text("in the way")
    storage.save({"precious": True}, "run")
    assert json.loads(storage.saved.read_text()) == {"precious": True}
    assert not storage.saved.is_relative_to(storage.folder)
    assert storage.rescued
    (message,) = messages
    assert message.startswith(f"{storage.folder} cannot be written (Not a directory), so the results were kept in")
    assert str(storage.saved) in message


def test_a_place_that_cannot_be_written_is_noticed_before_anything_is_measured(storage, tmp_path):
    (tmp_path / "results").write_text("in the way")
    with pytest.raises(ResultsError, match="results cannot be saved in .*: make it writable, or choose another place"):
        storage.check_writable("run")


def test_a_place_that_can_be_written_is_left_as_it_was(storage):
    storage.check_writable("run")
    assert list(storage.folder.iterdir()) == []


def test_a_name_that_is_too_long_is_noticed_before_anything_is_measured(storage):
    with pytest.raises(ResultsError, match="File name too long"):
        storage.check_writable("x" * 300)
