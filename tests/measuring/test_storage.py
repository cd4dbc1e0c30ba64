import contextlib
import json
import subprocess
import threading
from pathlib import Path

import pytest
from pytest_benchmark.logger import Logger

from lab6.errors import ResultsError
from lab6.measuring import programs, publishing, recovery
from lab6.measuring.storage import ResultsStorage
from tests.measuring import journals


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


def test_the_last_run_is_the_one_of_the_largest_number(past_9999):
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
    ],
)
def test_a_run_is_found_by_its_number_however_large(past_9999, asked, found):
    assert loaded(past_9999, asked) == found


def test_a_run_is_found_by_its_path(past_9999):
    assert loaded(past_9999, str(past_9999.folder / "10000_b.json")) == ["10000_b.json"]


def test_where_nothing_was_saved_nothing_is_loaded(storage):
    assert loaded(storage) == []


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


@contextlib.contextmanager
def tiny_disk(folder: Path):
    """A disk of 24 KiB at ``folder``, which grows afterwards."""
    command = ["mount", "-t", "tmpfs", "-o", "size=24k", "tmpfs", str(folder)]
    try:
        mount = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"needs a system that can mount a tiny disk: {error}")
    if mount.returncode:
        pytest.skip(f"needs the right to mount a tiny disk: {mount.stderr.strip()}")
    yield
    subprocess.run(["mount", "-o", "remount,size=1m", str(folder)], check=True)


@contextlib.contextmanager
def limited_files(folder: Path):
    """No file may be larger than 3,000 bytes meanwhile."""
    resource = pytest.importorskip("resource", reason="needs a system that can limit a file's size")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def root(tmp_path):
    """A folder of results, on whichever disk."""
    root = tmp_path / "root"
    root.mkdir()
    yield root
    if root.is_mount():
        subprocess.run(["umount", root], check=True)


@pytest.mark.parametrize("little_room", [tiny_disk, limited_files])
def test_results_for_which_there_is_no_room_are_kept_by_their_journal(little_room, root, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/dev/null")
    messages = []
    storage = ResultsStorage(root, Logger(Logger.QUIET), "my-machine")
    monkeypatch.setattr(storage.logger, "error", messages.append)
    no_room = r"stays as it is \((No space left on device|File too large)\): make room there"
    with little_room(root):
        storage.journal = journals.begun(storage.folder)
        storage.save({"benchmarks": "x" * 20_000}, "run")
        storage.journal.release()
        with pytest.raises(ResultsError, match=no_room):
            list(recovery.recover(str(root)))
    assert (storage.saved, storage.rescued) == (None, True)
    (message,) = messages
    assert "nor can a temporary folder" in message
    assert f"once there is room, keep them with: {programs.lab6('recover', root)}" in message
    assert "Kept 2 benchmarks, 3 rounds" in next(recovery.recover(str(root)))
    assert [path.name for path in storage.folder.iterdir()] == ["0001_mnist-compiled.json"]


@pytest.mark.parametrize("whole", [True, False])
def test_a_copy_elsewhere_is_moved_by_hand_only_where_the_journal_lacks_rounds(storage, tmp_path, monkeypatch, whole):
    messages = []
    monkeypatch.setattr(storage.logger, "error", messages.append)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    storage.journal = journals.begun(storage.folder)
    real = publishing.write

    def full(path, content):
        if storage.path in path.parents:
            raise OSError(28, "No space left on device")
        real(path, content)

    monkeypatch.setattr(publishing, "write", full)
    if not whole:
        storage.journal._say = messages.append
        storage.journal.add(journals.round_(9), 1.0)
    storage.save({"benchmarks": []}, "run")
    assert json.loads(storage.saved.read_text()) == {"benchmarks": []}
    assert storage.journal.folder.is_dir()
    assert ("keep them with: " in messages[-1]) == whole
    assert (f"move that file into {storage.folder}" in messages[-1]) != whole


def test_results_that_can_be_written_nowhere_are_said_to_be_on_the_screen_alone(storage, tmp_path, monkeypatch):
    messages = []
    monkeypatch.setattr(storage.logger, "error", messages.append)
    monkeypatch.setattr("tempfile.tempdir", "/dev/null")
    storage.path.write_text("in the way")
    storage.save({"benchmarks": []}, "run")
    assert storage.saved is None
    assert messages[0].endswith("so the results are not saved: they are in the tables here alone.")
