import itertools
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab6.analysis import results
from lab6.errors import ResultsError
from lab6.measuring import journal, programs, publishing, recovery, unfinished
from lab6.measuring.journal import LOCK, RESULT, RUN
from tests.measuring import journals

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(programs, "program", lambda name: name)
    monkeypatch.setenv("TZ", "UTC")
    return tmp_path


@pytest.fixture
def machine_folder():
    return Path("results").resolve() / "my-machine"


def recovered(place: str = "results", **how: bool) -> list[str]:
    return list(recovery.recover(place, **how))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def content(path: Path):
    return json.loads(path.read_text())


def seconds(path: Path) -> dict[int, list[float]]:
    """The times of each minibatch size in a saved file."""
    return {each["params"]["batch_size"]: each["stats"]["data"] for each in content(path)["benchmarks"]}


def test_an_interrupted_run_becomes_a_numbered_file_and_its_journal_goes(machine_folder):
    journals.interrupted(machine_folder)
    (kept, show) = recovered()
    assert kept.startswith("Kept 2 benchmarks, 3 rounds, of 2026-01-0")
    assert kept.endswith(" (compiled) in results/my-machine/0001_mnist-compiled.json")
    assert show == "Show what is saved: lab6 report"
    assert names(machine_folder) == ["0001_mnist-compiled.json"]
    assert seconds(machine_folder / "0001_mnist-compiled.json") == journals.ROUNDS


def test_the_file_has_all_that_a_run_saves(machine_folder):
    journals.interrupted(machine_folder)
    recovered()
    saved = content(machine_folder / "0001_mnist-compiled.json")
    usual = content(next((ROOT / "results").glob("*/0001_*.json")))
    assert list(saved) == list(usual)
    assert saved["machine_info"] == journals.RUN.machine_info
    assert saved["commit_info"] == journals.RUN.commit_info
    assert saved["version"] == "5.2.0"
    for ours, theirs in zip(saved["benchmarks"], usual["benchmarks"], strict=False):
        assert list(ours) == list(theirs)
        assert list(ours["stats"]) == list(theirs["stats"])
    stats = saved["benchmarks"][0]["stats"]
    assert stats["data"] == [4.0, 4.1]
    assert (stats["min"], stats["max"], stats["median"], stats["rounds"]) == (4.0, 4.1, pytest.approx(4.05), 2)
    assert stats["ops"] == pytest.approx(2 / 8.1)


def test_the_report_reads_it_like_any_other(machine_folder):
    journals.interrupted(machine_folder)
    recovered()
    frame = results.load("results")
    assert sorted(frame["seconds"]) == [1.0, 4.0, 4.1]
    assert set(frame["machine"]) == {"here"}


def test_a_run_with_a_name_is_saved_under_it(machine_folder):
    journals.interrupted(machine_folder, run=journals.RUN.model_copy(update={"name": "mine"}))
    recovered()
    assert names(machine_folder) == ["0001_mine.json"]


def test_a_diverged_loss_is_kept(machine_folder):
    journal = journals.begun(machine_folder, {10: []})
    journal.add(journals.round_(loss=math.inf), 1.0)
    journal.release()
    recovered()
    (benchmark,) = content(machine_folder / "0001_mnist-compiled.json")["benchmarks"]
    assert benchmark["extra_info"]["rounds"][0]["training_loss"] == math.inf


def test_several_runs_of_several_machines_are_all_kept(machine_folder):
    other = machine_folder.parent / "other"
    for folder in (machine_folder, machine_folder, other):
        journals.interrupted(folder)
    assert len(recovered()) == 4
    assert len(names(machine_folder)) == 2
    assert len(names(other)) == 1


def test_the_folder_of_one_machine_can_be_named(machine_folder):
    journals.interrupted(machine_folder)
    recovered("results/my-machine")
    assert names(machine_folder) == ["0001_mnist-compiled.json"]


def test_a_run_that_is_under_way_is_left_alone(machine_folder):
    journal = journals.begun(machine_folder)
    (line, _) = recovered()
    assert line == "A run in results/my-machine is under way, or being recovered; it was left alone."
    assert journal.whole
    assert recovery.announcement(machine_folder.parent) is None


def test_where_nothing_was_interrupted_it_says_so():
    assert recovered() == ["No interrupted run in results."]
    Path("results").mkdir()
    assert recovered() == ["No interrupted run in results."]


@pytest.mark.parametrize("place", ["", "nowhere"])
def test_a_folder_that_is_not_there_is_named(place):
    with pytest.raises(ResultsError, match=f"'{place}': there is no such folder; give the folder of results"):
        recovered(place)


def test_a_run_in_which_nothing_was_finished_is_removed_without_a_word(machine_folder):
    journals.interrupted(machine_folder, {10: []})
    folder = machine_folder / ".unfinished" / "x"
    folder.mkdir(parents=True)
    (folder / LOCK).touch()
    assert recovery.announcement(machine_folder.parent) is None
    assert recovered() == ["No interrupted run in results."]
    assert names(machine_folder) == []


def test_a_run_that_was_killed_just_after_it_was_saved_is_not_saved_again(machine_folder):
    folder = journals.interrupted(machine_folder)
    publishing.write(folder / RESULT, b"{}")
    publishing.publish(folder / RESULT, machine_folder, "run")
    assert recovery.announcement(machine_folder.parent) is None
    assert recovered() == ["No interrupted run in results."]
    assert names(machine_folder) == ["0001_run.json"]


def test_a_run_that_was_killed_just_before_it_was_saved_is_saved(machine_folder):
    folder = journals.interrupted(machine_folder)
    publishing.write(folder / RESULT, b"{}")
    recovered()
    assert seconds(machine_folder / "0001_mnist-compiled.json") == journals.ROUNDS


def test_discarding_removes_the_journals_and_says_what_they_held(machine_folder):
    folder = journals.interrupted(machine_folder)
    (folder / "0001.json").write_text("{")
    (line,) = recovered(discard=True)
    assert line.startswith("Thrown away: 1 benchmark, 1 round, of 2026-01-0")
    assert names(machine_folder) == []
    assert recovered(discard=True) == ["No interrupted run in results."]


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (1, "An interrupted run was found: 2 benchmarks, 3 rounds, of 2026-01-02 03:04 (fit). Keep it: lab6 recover"),
        (
            2,
            "2 interrupted runs were found: 4 benchmarks, 6 rounds, the last of 2026-01-02 03:04 (fit). "
            "Keep them: lab6 recover",
        ),
    ],
)
def test_the_next_start_says_what_was_interrupted_and_how_to_keep_it(machine_folder, monkeypatch, count, sentence):
    local = journals.RUN.began_at.astimezone().strftime("%Y-%m-%d %H:%M")
    for _ in range(count):
        journals.interrupted(machine_folder, engine="fit")
    assert recovery.announcement(machine_folder.parent) == sentence.replace("2026-01-02 03:04", local)
    monkeypatch.chdir("/")
    assert recovery.announcement(machine_folder.parent).endswith(f": lab6 recover {machine_folder.parent}")


WHOLE = {"0001-00001.json": 4.0, "0001-00002.json": 4.1, "0002-00001.json": 1.0}
"""The rounds of a journal: file and seconds."""


def left(missing, folder: Path) -> list[float]:
    """The seconds of the rounds that can be kept when some files are ``missing``."""
    heads = {name for name in ("0001", "0002") if f"{name}.json" not in missing} if RUN not in missing else set()
    return [time for name, time in WHOLE.items() if name[:4] in heads and name not in missing]


def all_seconds(machine_folder: Path) -> list[float]:
    return [time for path in machine_folder.glob("*.json") for times in seconds(path).values() for time in times]


ORDER = (RUN, "0001.json", "0001-00001.json", "0001-00002.json", "0002.json", "0002-00001.json")
"""In which the files are written."""


@pytest.mark.parametrize("state", ["missing", "named .part", "empty", "cut off"])
@pytest.mark.parametrize("written", range(len(ORDER)))
def test_a_power_cut_between_any_two_writes_costs_only_what_was_not_written_yet(machine_folder, written, state):
    folder = journals.interrupted(machine_folder)
    for name in ORDER[written + 1 :]:
        (folder / name).unlink()
    last = folder / ORDER[written]
    if state in ("missing", "named .part"):
        (folder / f"{last.name}.part").write_bytes(last.read_bytes() if "part" in state else b"")
        last.unlink()
    else:
        last.write_bytes(b"" if state == "empty" else last.read_bytes()[:-5])
    problem = None
    try:
        recovered()
    except ResultsError as error:
        problem = str(error)
    assert all_seconds(machine_folder) == left(ORDER[written:], folder)
    damaged_round = "-" in last.name and state in ("empty", "cut off")
    assert bool(problem) == damaged_round
    assert not damaged_round or f"{last.name} (not complete JSON)" in problem


@pytest.mark.parametrize(
    "missing",
    [set(names) for count in range(len(ORDER) + 1) for names in itertools.combinations(ORDER, count)],
    ids=lambda names: " ".join(sorted(names)),
)
def test_whatever_files_are_missing_the_others_are_kept_and_none_is_thrown_away(machine_folder, missing):
    folder = journals.interrupted(machine_folder)
    for name in missing:
        (folder / name).unlink()
    before = {name: (folder / name).read_bytes() for name in ORDER if name not in missing}
    kept, orphans = left(missing, folder), set(WHOLE) - missing
    try:
        recovered()
    except ResultsError:
        (aside,) = (machine_folder / ".damaged").iterdir()
        assert {name: (aside / name).read_bytes() for name in before} == before
        assert len(orphans) > len(kept)
    else:
        assert len(orphans) == len(kept)
    assert all_seconds(machine_folder) == kept
    assert not folder.exists()
    assert recovered() == ["No interrupted run in results."]


@pytest.mark.parametrize(
    ("name", "damage", "why"),
    [
        ("0001-00002.json", b"\xff\xfe", "not complete JSON"),
        ("0001-00002.json", b"[" * 100_000, "not what was written"),
        ("0001-00002.json", b'{"seconds": -1}', "not what was written"),
        ("0001-00002.json", None, "Is a directory"),
        ("0001.json", b"[]", "not what was written"),
        ("0001.json", b'{"extra_info": {"engine": 1}}', "not what was written"),
        (RUN, b"null", "not what was written"),
    ],
)
def test_a_damaged_file_is_named_and_put_aside_with_its_journal(machine_folder, name, damage, why):
    folder = journals.interrupted(machine_folder)
    (folder / name).unlink()
    (folder / name).mkdir() if damage is None else (folder / name).write_bytes(damage)
    with pytest.raises(ResultsError) as raised:
        recovered()
    message = str(raised.value)
    assert f"not kept were the damaged files {name} ({why}): they are in results/my-machine/.damaged/" in message
    assert message.startswith("Nothing of a run could be kept; " if name == RUN else "Kept ")
    assert (machine_folder / ".damaged" / folder.name / name).exists()
    assert all_seconds(machine_folder) == {"0001.json": [1.0], RUN: []}.get(name, [4.0, 1.0])


def test_a_run_that_cannot_be_saved_stays_and_does_not_hold_up_the_others(machine_folder, monkeypatch):
    first = journals.interrupted(machine_folder.parent / "a")
    journals.interrupted(machine_folder.parent / "b")
    real = publishing.write

    def write(path, written):
        if first in path.parents:
            raise OSError(28, "No space left on device")
        real(path, written)

    monkeypatch.setattr(publishing, "write", write)
    with pytest.raises(ResultsError, match=r"results/a/.* stays as it is \(No space left on device\): make room there"):
        recovered()
    assert names(machine_folder.parent / "b") == ["0001_mnist-compiled.json"]
    monkeypatch.undo()
    os.chdir(machine_folder.parent.parent)
    recovered()
    assert names(machine_folder.parent / "a") == ["0001_mnist-compiled.json"]


RECOVER = "import sys; from lab6.cli import main; sys.argv[1:] = ['recover']; main()"


def test_recoveries_at_the_same_time_save_each_run_once(machine_folder):
    for number in range(12):
        journals.interrupted(machine_folder, {10: [number + 1.0]})
    processes = [subprocess.Popen([sys.executable, "-c", RECOVER], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    printed = "".join(process.communicate(timeout=60)[0] for process in processes)
    assert [process.returncode for process in processes] == [0] * 4
    assert sorted(all_seconds(machine_folder)) == [number + 1.0 for number in range(12)]
    assert printed.count("Kept ") == 12
    assert not (machine_folder / ".unfinished").exists()


@pytest.mark.parametrize("moment", ["list", "lock", "read"])
def test_a_journal_that_another_process_removes_meanwhile_is_no_error(machine_folder, monkeypatch, moment):
    folder = journals.interrupted(machine_folder)

    def removed_before(real):
        def step(*arguments, **options):
            shutil.rmtree(machine_folder / ".unfinished", ignore_errors=True)
            return real(*arguments, **options)

        return step

    place, name = {"list": (recovery, "_listed"), "lock": (journal, "_acquire"), "read": (unfinished, "read")}[moment]
    monkeypatch.setattr(place, name, removed_before(getattr(place, name)))
    assert recovered() == ["No interrupted run in results."]
    assert recovery.announcement(machine_folder.parent) is None
    assert names(machine_folder) == []
    assert not folder.exists()


def test_journals_are_no_results(machine_folder):
    journals.interrupted(machine_folder)
    with pytest.raises(ResultsError, match="holds no results"):
        results.load("results")


def test_ten_thousand_rounds_are_read_in_their_order(machine_folder):
    folder = journals.interrupted(machine_folder, {10: [1.0]})
    round_ = (folder / "0001-00001.json").read_text()
    for number in range(9_998, 10_003):
        (folder / f"0001-{number:05}.json").write_text(round_.replace('"seconds": 1.0', f'"seconds": {number}.0'))
    (benchmark,) = unfinished.read(folder).benchmarks
    assert benchmark["stats"]["data"] == [1.0, 9998.0, 9999.0, 10000.0, 10001.0, 10002.0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks processes")
def test_no_finished_round_is_lost_or_doubled_however_often_runs_and_recoveries_are_killed(tmp_path):
    command = [sys.executable, "-m", "tests.measuring.killing", str(tmp_path), "80"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert result.returncode == 0, result.stderr
    happened = json.loads(result.stdout)
    assert happened["runs"] >= 50
    assert happened["recoveries"] >= 20
    assert happened["partial"] >= 10
