import contextlib
import json
import subprocess
import threading
from pathlib import Path

import pytest
from pytest_benchmark.logger import Logger

from lab6.errors import ResultsError
from lab6.measure import publishing
from lab6.measure.storage import ResultsStorage


@pytest.fixture
def storage(tmp_path):
    return ResultsStorage(tmp_path / "results", Logger(Logger.QUIET), "my-machine")


class Messages:
    """What pytest-benchmark's logger is told."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.logger = Logger(Logger.QUIET)
        self.logger.error = self.errors.append
        self.logger.warning = self.warnings.append


@pytest.fixture
def messages() -> Messages:
    return Messages()


def content(path: Path) -> dict:
    return json.loads(path.read_text())


def test_nothing_is_created_before_something_is_saved(storage, tmp_path):
    assert not (tmp_path / "results").exists()


def session(root: Path) -> ResultsStorage:
    return ResultsStorage(root, Logger(Logger.QUIET), "my-machine")


def test_sessions_are_numbered_in_the_machines_folder(tmp_path):
    for name in ("first", "second"):
        storage = session(tmp_path)
        storage.save({"benchmarks": [], "name": name}, name)
    assert sorted(path.name for path in storage.folder.iterdir()) == ["0001_first.json", "0002_second.json"]
    assert storage.folder.name == "my-machine"
    assert content(storage.saved)["name"] == "second"
    assert [path.name for path, _ in storage.load()] == ["0001_first.json", "0002_second.json"]


def test_numbers_go_on_past_9999(storage):
    storage.folder.mkdir(parents=True)
    (storage.folder / "9999_old.json").write_text("{}")
    for _ in range(2):
        session(storage.path).save({}, "new")
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
def test_what_a_run_has_finished_stays_in_its_file_where_there_is_no_room_for_more(little_room, root, messages):
    storage = ResultsStorage(root, messages.logger, "my-machine")
    with little_room(root):
        first = storage.keep(None, {"benchmarks": "one"}, "run")
        assert storage.keep(first, {"benchmarks": "x" * 40_000}, "run") == first
        assert storage.keep(first, {"benchmarks": "x" * 40_000}, "run") == first
        assert content(first) == {"benchmarks": "one", "unfinished": True}
    (message,) = messages.warnings
    assert message.startswith(f"{storage.folder} cannot be written (")
    assert "measuring goes on" in message
    assert storage.keep(first, {"benchmarks": "x" * 40_000}, "run") == first
    assert len(content(first)["benchmarks"]) == 40_000
    assert list(storage.folder.iterdir()) == [first]


@pytest.mark.parametrize("little_room", [tiny_disk, limited_files])
def test_results_for_which_there_is_no_room_anywhere_are_on_the_screen_alone(little_room, root, messages, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/dev/null")
    storage = ResultsStorage(root, messages.logger, "my-machine")
    with little_room(root):
        storage.saved = first = storage.keep(None, {"benchmarks": "one"}, "run")
        storage.save({"benchmarks": "x" * 40_000}, "run")
    assert (storage.saved, storage.rescued) == (first, True)
    (message,) = messages.errors
    assert "nor can a temporary folder" in message
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
    assert list(storage.folder.iterdir()) == [file]


def test_a_run_that_was_interrupted_stays_unfinished(storage):
    storage.saved = storage.keep(None, {}, "run")
    storage.unfinished = True
    storage.save({"count": 1}, "run")
    assert content(storage.saved) == {"count": 1, "unfinished": True}


def test_runs_at_the_same_time_keep_files_of_their_own(storage):
    first, second = storage.keep(None, {"run": 1}, "run"), storage.keep(None, {"run": 2}, "run")
    assert (first.name, second.name) == ("0001_run.json", "0002_run.json")
    storage.keep(first, {"run": 3}, "run")
    assert (content(first)["run"], content(second)["run"]) == (3, 2)


def test_a_run_that_could_not_be_kept_at_first_is_kept_as_soon_as_it_can(storage, messages):
    storage.logger = messages.logger
    storage.path.write_text("in the way")
    assert storage.keep(None, {}, "run") is None
    assert storage.keep(None, {}, "run") is None
    assert len(messages.warnings) == 1
    storage.path.unlink()
    assert storage.keep(None, {}, "run") == storage.folder / "0001_run.json"


def test_the_other_side_of_a_duet_is_finished_in_its_own_file(storage):
    file = storage.keep(None, {"side": "baseline"}, "run")
    storage.rewrite(file, {"side": "baseline", "count": 1})
    assert content(file) == {"side": "baseline", "count": 1}
    assert storage.saved is None


def test_a_file_that_cannot_be_rewritten_stays_as_it_was_and_that_is_said(storage, messages, monkeypatch):
    storage.logger = messages.logger
    file = storage.keep(None, {"count": 1}, "run")

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "write", full)
    storage.rewrite(file, {"count": 2})
    assert content(file) == {"count": 1, "unfinished": True}
    assert messages.errors == [f"{file} cannot be written again (No space left on device): it stays unfinished."]


def test_a_kept_run_whose_last_word_has_no_room_is_rescued_whole(storage, messages, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    storage.logger = messages.logger
    kept = storage.saved = storage.keep(None, {"count": 1}, "run")
    real = publishing.write

    def full(path, content):
        if storage.path in path.parents:
            raise OSError(28, "No space left on device")
        real(path, content)

    monkeypatch.setattr(publishing, "write", full)
    storage.save({"count": 2}, "run")
    assert storage.rescued
    assert content(storage.saved) == {"count": 2}
    assert not storage.saved.is_relative_to(storage.folder)
    assert content(kept) == {"count": 1, "unfinished": True}
    (message,) = messages.errors
    assert message.endswith(
        f"so the results were kept in {storage.saved}: move that file into {storage.folder} once there is room."
    )


def test_results_that_can_be_written_nowhere_are_said_to_be_on_the_screen_alone(storage, tmp_path, monkeypatch):
    messages = []
    monkeypatch.setattr(storage.logger, "error", messages.append)
    monkeypatch.setattr("tempfile.tempdir", "/dev/null")
    storage.path.write_text("in the way")
    storage.save({"benchmarks": []}, "run")
    assert storage.saved is None
    assert messages[0].endswith("so the results are not saved: they are in the tables here alone.")
