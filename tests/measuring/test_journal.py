import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab6.measuring import journal as journals_module
from lab6.measuring import publishing
from lab6.measuring.journal import LOCK, RESULT, RUN, Finished, Journal, held
from tests.measuring import journals


@pytest.fixture
def machine_folder(tmp_path):
    return tmp_path / "results" / "my-machine"


@pytest.fixture
def said():
    return []


@pytest.fixture
def full_disk(monkeypatch):
    """A disk that can be full: set ``.full``."""

    class Disk:
        full = True

    real = publishing.write

    def write(path, content):
        if Disk.full:
            raise OSError(28, "No space left on device")
        real(path, content)

    monkeypatch.setattr(publishing, "write", write)
    return Disk


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_run_in_which_nothing_was_finished_leaves_nothing_behind(machine_folder):
    journal = Journal(machine_folder, journals.RUN, print)
    journal.begin(journals.benchmark(10))
    journal.release()
    assert not machine_folder.exists()


def test_each_round_has_a_file_of_its_own_beside_that_of_its_benchmark_and_of_the_run(machine_folder):
    journal = journals.begun(machine_folder, {10: [4.0, 4.1], 100: [1.0]})
    assert names(journal.folder) == [
        "0001-00001.json",
        "0001-00002.json",
        "0001.json",
        "0002-00001.json",
        "0002.json",
        LOCK,
        RUN,
    ]
    assert journal.folder.parent == machine_folder / ".unfinished"
    assert json.loads((journal.folder / "0002.json").read_text()) == journals.benchmark(100)
    assert json.loads((journal.folder / RUN).read_text())["commit_info"] == journals.RUN.commit_info


def test_a_round_is_on_disk_to_the_last_digit_before_the_next_one_begins(machine_folder):
    journal = Journal(machine_folder, journals.RUN, print)
    journal.begin(journals.benchmark(10))
    for number, (seconds, loss) in enumerate([(0.1 + 0.2, math.nan), (5e-324, math.inf), (1 / 3, 0.1)], start=1):
        journal.add(journals.round_(number, loss), seconds)
        kept = Finished.model_validate(json.loads((journal.folder / f"0001-{number:05}.json").read_text()))
        assert kept.seconds.hex() == seconds.hex()
        assert kept.round.seed == number
        assert kept.round.training_loss == loss or math.isnan(loss)


def test_earlier_files_are_never_written_again(machine_folder):
    journal = journals.begun(machine_folder, {10: [4.0]})
    before = {path: path.stat().st_ino for path in journal.folder.iterdir()}
    journal.add(journals.round_(1), 4.1)
    assert {path: path.stat().st_ino for path in before} == before


def test_the_lock_is_held_while_the_process_lives_and_no_longer(machine_folder):
    journal = journals.begun(machine_folder)
    with held(journal.folder, patience=0) as dead:
        assert not dead
    journal.release()
    with held(journal.folder, patience=0) as dead:
        assert dead


def test_a_process_that_was_killed_holds_no_lock(machine_folder):
    code = (
        "import os, signal, sys; from pathlib import Path; from tests.measuring import journals;"
        "journals.begun(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    root = Path(__file__).parent.parent.parent
    result = subprocess.run([sys.executable, "-c", code, str(machine_folder)], cwd=root)
    assert result.returncode == -9
    (folder,) = (machine_folder / ".unfinished").iterdir()
    with held(folder, patience=0) as dead:
        assert dead


def test_saving_removes_the_journal(machine_folder):
    journal = journals.begun(machine_folder)
    saved = journal.publish(b"{}", "name")
    assert saved == machine_folder / "0001_name.json"
    assert names(machine_folder) == ["0001_name.json"]
    assert not journal.begun


def test_the_journal_stays_where_saving_failed(machine_folder, full_disk):
    full_disk.full = False
    journal = journals.begun(machine_folder)
    before = names(journal.folder)
    full_disk.full = True
    with pytest.raises(OSError, match="No space left"):
        journal.publish(b"{}", "name")
    assert names(journal.folder) == before
    assert journal.whole


def test_what_says_that_the_run_was_saved_is_removed_last(machine_folder, monkeypatch):
    journal = journals.begun(machine_folder)
    removed = []
    real = Path.unlink
    monkeypatch.setattr(Path, "unlink", lambda self, **_: (removed.append(self.name), real(self)))
    journal.publish(b"{}", "name")
    assert removed[-2:] == [RESULT, LOCK]
    assert len(removed) == 8


def test_the_journals_of_other_runs_stay_when_one_is_saved(machine_folder):
    other = journals.begun(machine_folder)
    journals.begun(machine_folder).publish(b"{}", "name")
    assert other.folder.is_dir()


def test_a_full_disk_is_said_once_and_does_not_end_the_run(machine_folder, full_disk, said):
    journal = Journal(machine_folder, journals.RUN, said.append)
    journal.begin(journals.benchmark(10))
    for number in range(3):
        journal.add(journals.round_(number), 1.0)
    (sentence,) = said
    assert "Rounds cannot be kept as they finish" in sentence
    assert "(No space left on device). The run goes on" in sentence
    assert not journal.whole


def test_rounds_that_had_no_room_are_written_when_there_is_some_again(machine_folder, full_disk, said):
    journal = Journal(machine_folder, journals.RUN, said.append)
    journal.begin(journals.benchmark(10))
    journal.add(journals.round_(0), 1.0)
    full_disk.full = False
    journal.add(journals.round_(1), 2.0)
    assert names(journal.folder) == ["0001-00001.json", "0001-00002.json", "0001.json", LOCK, RUN]
    assert journal.whole


def test_a_folder_that_cannot_be_made_is_said(tmp_path, said):
    (tmp_path / "results").write_text("in the way")
    journal = Journal(tmp_path / "results" / "here", journals.RUN, said.append)
    journal.begin(journals.benchmark(10))
    journal.add(journals.round_(), 1.0)
    assert "(Not a directory)" in said[0]
    assert not journal.begun


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot wait for a folder's names")
def test_the_names_of_new_folders_are_on_disk_before_the_first_round_is(machine_folder, monkeypatch):
    synced = []
    monkeypatch.setattr(journals_module.publishing, "sync", synced.append)
    journal = journals.begun(machine_folder, {10: [1.0]})
    first = synced.index(journal.folder)
    parents = [machine_folder / ".unfinished", machine_folder, machine_folder.parent, machine_folder.parent.parent]
    assert synced[:first] == parents
