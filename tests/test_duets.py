"""``pytest benchmarks --against``, in processes of its own, on small data."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab6.record import Record
from lab6.store.load import load
from tests.projects import SMALL, SPY, change, environment, run, saved, with_fake_workers, with_source

ARGUMENTS = ("benchmarks", *SMALL, "--engines=tape", "--batch-sizes=200,100", "--rounds=2", "--benchmark-save")
NAMES = {f"GIT_{who}_{what}": "someone" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(**NAMES), capture_output=True, text=True, check=True)
    return done.stdout


def committed(folder: Path) -> Path:
    (folder / ".gitignore").write_text("__pycache__\nresults\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=first")
    return folder


def sides(folder: Path) -> tuple[dict, dict]:
    """What is saved of baseline and candidate."""
    baseline, candidate = (json.loads(path.read_text()) for path in saved(folder))
    return baseline, candidate


def records(content: dict) -> list[Record]:
    return [Record.model_validate(own["extra_info"]) for own in content["benchmarks"]]


@pytest.fixture(scope="module")
def repository(tmp_path_factory, digits):
    """A repository whose workers train nothing."""
    return committed(with_fake_workers(with_source(tmp_path_factory.mktemp("repository"))))


@pytest.fixture(scope="module")
def played(tmp_path_factory, digits):
    """A repository with a change that is not committed, in which real duets were played; git's status before; output.

    The change marks each round of the side that has it.
    """
    folder = committed(with_source(tmp_path_factory.mktemp("played")))
    worker = folder / "lab6" / "measure" / "worker.py"
    change(worker, '"round": round_.saved()}', '"round": round_.saved() | {"gpu_celsius_before": 42}}')
    (folder / "lab6" / "new.py").write_text("")
    status = git(folder, "status", "--porcelain")
    result = run(folder, *ARGUMENTS, "--against=HEAD", "--duration=1", "--minimum-effect=100%")
    return folder, status, result


def test_each_side_trains_its_own_code_from_the_same_seeds(played):
    folder, _, result = played
    assert result.returncode == 0, result.stdout + result.stderr
    baseline, candidate = map(records, sides(folder))
    assert len(baseline) == len(candidate) == 2
    for ours, theirs in zip(candidate, baseline, strict=True):
        assert [(round_.process, round_.seed) for round_ in ours.rounds] == [(1, 0), (1, 1)]
        assert [(round_.process, round_.seed) for round_ in theirs.rounds] == [(1, 0), (1, 1)]
        assert {round_.gpu_celsius_before for round_ in ours.rounds} == {42}
        assert {round_.gpu_celsius_before for round_ in theirs.rounds} == {None}
        learned = [[round_.training_accuracy for round_ in record.rounds] for record in (ours, theirs)]
        assert learned[0] == learned[1]


def test_both_files_say_which_duet_and_which_side_they_are(played):
    baseline, candidate = map(records, sides(played[0]))
    assert len({record.duet for record in (*baseline, *candidate)}) == 1
    assert {record.side for record in baseline} == {"baseline"}
    assert {record.side for record in candidate} == {"candidate"}
    assert {record.played for record in (*baseline, *candidate)} <= {"at the same time", "in turns"}
    assert {record.threads for record in (*baseline, *candidate)} == {1}
    frame = load(str(played[0] / "results"))
    assert len(frame) == 8
    assert "unfinished" not in sides(played[0])[0] | sides(played[0])[1]


def test_the_baselines_file_has_its_commit_and_the_tree_is_untouched(played):
    folder, status, _ = played
    baseline, candidate = sides(folder)
    commit = git(folder, "rev-parse", "HEAD").strip()
    assert (baseline["commit_info"]["id"], baseline["commit_info"]["dirty"]) == (commit, False)
    assert (candidate["commit_info"]["id"], candidate["commit_info"]["dirty"]) == (commit, True)
    assert git(folder, "status", "--porcelain") == status
    assert git(folder, "stash", "list") == ""
    assert len(git(folder, "worktree", "list").splitlines()) == 1


def test_what_is_printed_says_how_it_was_played_and_where_it_is(played):
    folder, _, result = played
    text = result.stdout
    baseline, candidate = (str(path.relative_to(folder)) for path in saved(folder))
    assert Path(baseline).name == "0001_digits-200images-tape-baseline.json"
    assert Path(candidate).name == "0002_digits-200images-tape.json"
    assert "Compares the working tree with HEAD." in text
    assert "Both train cpu: " in text
    assert "  pair 1: " in text
    assert "Traceback" not in text + result.stderr
    assert f"Saved in {baseline} and {candidate}" in text
    assert f"check {baseline} {candidate}" in text
    assert text.index("Both train cpu: ") < text.index("pair 1: ") < text.index("Speed, tape on cpu")
    command = [sys.executable, "-c", "from lab6.cli import main; main()", "check", baseline, candidate]
    again = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60)
    assert again.returncode == 0, again.stdout + again.stderr


def test_pairs_have_seeds_of_their_own_and_pytest_imports_no_framework(repository):
    (repository / "spy.py").write_text(SPY)
    result = run(repository, *ARGUMENTS, "--against=HEAD", "--duration=6", "-p", "spy", "--benchmark-save=several")
    assert result.returncode == 0, result.stdout + result.stderr
    found = [json.loads(path.read_text()) for path in saved(repository) if "several" in path.name]
    for record in (record for content in found for record in records(content)):
        expected = [
            (pair, 2 * (pair - 1) + number) for pair in range(1, len(record.rounds) // 2 + 1) for number in (0, 1)
        ]
        assert [(round_.process, round_.seed) for round_ in record.rounds] == expected
        assert len(expected) >= 4
    assert (repository / "spied").read_text().endswith("workers, []")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--benchmark-disable"], "--against: nothing is timed with --benchmark-disable or with pytest-xdist's -n"),
        (["-n", "2"], "--against: nothing is timed with --benchmark-disable or with pytest-xdist's -n"),
        (["--collect-only"], "--against: nothing is timed with --collect-only: leave that out."),
        (["--check-against=x"], "--against compares by itself: leave --benchmark-compare and --check-against out."),
        (["-k", "nothing"], "--against: no benchmark was selected, so there is nothing to compare."),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_sentence(repository, arguments, message):
    if arguments[0] == "-n":
        pytest.importorskip("xdist")
    result = run(repository, *ARGUMENTS, "--against=HEAD", *arguments)
    assert result.returncode == 2, result.stdout + result.stderr
    assert (result.stdout + result.stderr).count(f"ERROR: {message}") == 1
    assert "Traceback" not in result.stdout + result.stderr
    assert "Interrupted" not in result.stdout


def test_what_is_no_revision_is_said_before_any_worker_starts(repository):
    (repository / "spy.py").write_text(SPY)
    result = run(repository, *ARGUMENTS, "--against=nothing", "-p", "spy")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    sentence = "'nothing' is no revision of this repository; give a commit, a branch or a tag, such as HEAD or main."
    assert f"ERROR: --against: {sentence}" in result.stderr
    assert (repository / "spied").read_text() == "0 workers, []"


def test_outside_of_a_repository_there_is_nothing_to_compare_with(tmp_path, digits):
    result = run(with_source(tmp_path), *ARGUMENTS, "--against=HEAD")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: --against needs the git repository that" in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
