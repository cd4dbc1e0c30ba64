import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab6.measure import publishing

SAVE_OFTEN = """
import sys
from pathlib import Path
from lab6.measure import publishing

folder, writer = Path(sys.argv[1]), sys.argv[2]
for count in range(int(sys.argv[3])):
    publishing.save(folder, f'"{writer}-{count}"'.encode(), writer if count % 2 else "run")
"""


@pytest.fixture
def steps(monkeypatch):
    """What is done to the disk, in its order."""
    done = []
    real = {"fsync": os.fsync, "replace": Path.replace}

    def fsync(descriptor):
        done.append(("fsync", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        real["fsync"](descriptor)

    def replace(self, target):
        done.append(("rename", self.name, Path(target).name))
        return real["replace"](self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    return done


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs a system that says which file is open")
def test_a_file_is_on_disk_before_it_has_its_name_and_the_name_is_too_before_one_goes_on(tmp_path, steps):
    publishing.write(tmp_path / "a.json", b"whole")
    assert (tmp_path / "a.json").read_bytes() == b"whole"
    assert steps == [("fsync", ".a.json.part"), ("rename", ".a.json.part", "a.json"), ("fsync", tmp_path.name)]


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path, monkeypatch):
    publishing.write(tmp_path / "a.json", b"before")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        publishing.write(tmp_path / "a.json", b"after")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.json", b"before")]


def test_a_saved_file_has_the_next_number_and_nothing_is_left_beside_it(tmp_path):
    for number in (1, 2):
        assert publishing.save(tmp_path, b"{}", "run") == tmp_path / f"{number:04}_run.json"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_number_that_another_name_has_is_taken(tmp_path):
    (tmp_path / "0007_other.json").touch()
    assert publishing.save(tmp_path, b"{}", "run").name == "0008_run.json"


def test_a_number_that_is_taken_meanwhile_is_given_up(tmp_path, monkeypatch):
    write = publishing.write

    def overtaken(path, content):
        write(path, content)
        if not (tmp_path / "0001_other.json").exists():
            (tmp_path / "0001_other.json").touch()

    monkeypatch.setattr(publishing, "write", overtaken)
    assert publishing.save(tmp_path, b"{}", "run").name == "0002_run.json"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0001_other.json", "0002_run.json"]


def test_a_name_that_is_taken_meanwhile_keeps_its_content(tmp_path, monkeypatch):
    write = publishing.write

    def overtaken(path, content):
        write(path, content)
        if not (tmp_path / "0001_run.json").exists():
            (tmp_path / "0001_run.json").write_bytes(b"theirs")

    monkeypatch.setattr(publishing, "write", overtaken)
    assert publishing.save(tmp_path, b"ours", "run") == tmp_path / "0002_run.json"
    assert (tmp_path / "0001_run.json").read_bytes() == b"theirs"


def test_a_saved_file_appears_whole_and_is_on_disk(tmp_path, monkeypatch):
    seen = []
    claimed = publishing._claimed

    def watched(path, part):
        seen.append(part.read_bytes())
        return claimed(path, part)

    monkeypatch.setattr(publishing, "_claimed", watched)
    path = publishing.save(tmp_path, b"whole", "run")
    assert (path.read_bytes(), seen) == (b"whole", [b"whole"])


def test_a_disk_that_is_full_leaves_nothing_of_a_new_file(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        publishing.save(tmp_path, b"{}", "run")
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_hard_links_is_good_enough(tmp_path, monkeypatch):
    def refuse(self, target):
        raise PermissionError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert publishing.save(tmp_path, b"1", "run").read_bytes() == b"1"
    assert publishing.save(tmp_path, b"2", "run").read_bytes() == b"2"
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["0001_run.json", "0002_run.json"]


def test_of_processes_that_save_at_the_same_time_none_loses_a_file_and_no_number_is_given_twice(tmp_path):
    each, writers = 25, [f"w{index}" for index in range(6)]
    processes = [
        subprocess.Popen([sys.executable, "-c", SAVE_OFTEN, str(tmp_path), writer, str(each)]) for writer in writers
    ]
    assert [process.wait(60) for process in processes] == [0] * len(writers)
    files = list(tmp_path.iterdir())
    assert {json.loads(path.read_text()) for path in files} == {
        f"{writer}-{count}" for writer in writers for count in range(each)
    }
    numbers = [int(path.name.split("_")[0]) for path in files]
    assert sorted(set(numbers)) == sorted(numbers)
